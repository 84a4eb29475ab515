import Tenancy
import TenantHTTP

/// Whether the user logs in to an organization, and to which: the parameters `organization` and `invitation`, and what
/// the client says about them (`organization_usage`).
struct OrganizationRule: AuthorizeRule {
    func apply(to authorization: inout Authorization, _ context: TenantContext) async throws {
        let (request, usage) = (authorization.request, authorization.client.organizationUsage)
        guard let named = request.organization else {
            guard request.invitation == nil else {
                throw OAuthError.invalidRequest("parameter organization is required to accept an invitation")
            }
            guard usage != .require else { throw OAuthError.organizationRequired }
            return
        }
        guard usage != .deny else {
            throw OAuthError.invalidRequest("parameter organization is not allowed for this client")
        }
        let takesNames = try await context.shard.settings().namesOrganizations
        authorization.organization = try await context.shard.read { db in
            let found = try db.organizations.find(named) ?? (takesNames ? db.organizations.find(name: named) : nil)
            guard let found else { throw OAuthError.invalidRequest("parameter organization is invalid") }
            return OrganizationLogin(
                organization: found, connections: try db.organizationConnections.all(of: found.id),
                ticket: request.invitation)
        }
    }
}

extension OAuthError {
    /// The client is for members of organizations alone.
    static let organizationRequired = OAuthError.invalidRequest("parameter organization is required for this client")
}
