import Tenancy
import TenantHTTP

/// Whether the user logs in to an organization, and to which: the parameters `organization` and `invitation`, what the
/// client says about them (`organization_usage`), and where it names none what the user has answered or is to be asked
/// (`organization_require_behavior`).
struct OrganizationRule: AuthorizeRule {
    func apply(to authorization: inout Authorization, _ context: TenantContext) async throws {
        let (request, usage) = (authorization.request, authorization.client.organizationUsage)
        guard let named = request.organization else {
            guard request.invitation == nil else {
                throw OAuthError.invalidRequest("parameter organization is required to accept an invitation")
            }
            return try await choose(&authorization, context)
        }
        guard usage != .deny else {
            throw OAuthError.invalidRequest("parameter organization is not allowed for this client")
        }
        authorization.organization = try await Self.login(to: named, ticket: request.invitation, context)
    }

    private func choose(_ authorization: inout Authorization, _ context: TenantContext) async throws {
        let client = authorization.client
        switch authorization.request.organizationChoice {
        case .organization(let id)? where client.organizationUsage != .deny:
            authorization.organization = try await Self.login(to: id, ticket: nil, context)
        case .personal? where client.organizationUsage == .allow: break
        default:
            let isSilent = authorization.prompt.contains(.none)
            switch client.organizationUsage {
            case .deny: break
            // Who may not be asked logs in to what the client named.
            case .allow: authorization.organizationPrompt = isSilent ? .never : client.organizationPrompt
            case .require:
                guard client.organizationPrompt != .never else { throw OAuthError.organizationRequired }
                authorization.organizationPrompt = client.organizationPrompt
            }
        }
    }

    private static func login(
        to named: String, ticket: String?, _ context: TenantContext
    ) async throws -> OrganizationLogin {
        let takesNames = try await context.shard.settings().namesOrganizations
        return try await context.shard.read { db in
            guard let found = try db.organization(named: named, takesNames: takesNames) else {
                throw OAuthError.unknownOrganization
            }
            return try db.login(to: found, ticket: ticket)
        }
    }
}

extension TenantDatabase {
    /// The organization of a parameter.
    /// - Parameter takesNames: whether the tenant lets them go by name, too
    ///   (`allow_organization_name_in_authentication_api`).
    func organization(named text: String, takesNames: Bool) throws -> Organization? {
        try organizations.find(text) ?? (takesNames ? organizations.find(name: text) : nil)
    }

    func login(to organization: Organization, ticket: String? = nil) throws -> OrganizationLogin {
        OrganizationLogin(
            organization: organization, connections: try organizationConnections.all(of: organization.id),
            ticket: ticket)
    }
}

extension OAuthError {
    /// The client is for members of organizations alone.
    static let organizationRequired = OAuthError.invalidRequest("parameter organization is required for this client")
    static let unknownOrganization = OAuthError.invalidRequest("parameter organization is invalid")
    /// The grant gives tokens to nobody as a member of an organization.
    static let organizationNotSupported = OAuthError.invalidRequest(
        "parameter organization is not supported by this grant")
    /// Somebody would have to be asked, and the client has asked for silence.
    static let organizationUndecided = OAuthError.interactionRequired("The user has to choose an organization")
    /// Told to users of no organization at a client that is for members alone.
    static let noOrganization = OAuthError.invalidRequest(
        "client requires organization membership, but user does not belong to any organization")
}
