import Tenancy
import TenantHTTP

/// The rules of an authorization that a client began by ``BackChannelLoginEndpoint``: as for a device, those of /authorize
/// that do not speak of redirects. The client names the organization, as it names the user.
enum ApprovalRules {
    private static let rules: [any AuthorizeRule] = [PromptRule(), OrganizationRule(), AudienceRule(), ScopeRule()]

    /// Throws ``OAuthError``.
    static func authorization(
        _ request: AuthorizeRequest, _ client: Client, _ context: TenantContext
    ) async throws -> Authorization {
        var authorization = try await DeviceRules.authorization(
            request, client, backTo: ApprovalPaths.question, rules, context)
        // Who is asked has a question to answer, and not another one besides.
        guard authorization.organization != nil || client.organizationUsage != .require else {
            throw OAuthError.organizationRequired
        }
        authorization.organizationPrompt = .never
        return authorization
    }

    /// ``AuthorizeRules/establish(_:_:)`` for the pages of who is asked: the question must still be open.
    static func establish(
        _ request: AuthorizeRequest, approvalID: String, _ context: TenantContext
    ) async throws -> Authorization {
        let client = try await ClientRule.client(of: request, context)
        let now = context.now
        let question = try await context.shard.read { try $0.approvals.find(id: approvalID) }
        guard let question, question.isOpen(at: now), question.clientID == client.clientID,
            client.allows(grantType: BackChannelLoginGrant.type)
        else { throw UnredirectableRefusal(page: .approvalGone, type: "expired_token", client: client) }
        do {
            return try await authorization(request, client, context)
        } catch let error as OAuthError {
            throw UnredirectableRefusal(
                page: .forbidden(error.message, code: error.code), type: error.code, client: client)
        }
    }
}

extension AuthorizeRequest {
    /// What a client asks for, in the words of /authorize. Consent is always asked: the answer to it is the approval.
    init(approvalOf clientID: String, scope: String, audience: String?, organization: String?) {
        self.init([:])
        self[.clientID] = clientID
        self[.scope] = scope
        self[.audience] = audience
        self[.organization] = organization
        self[.prompt] = "consent"
    }

    /// Nil for a question that is no client's.
    /// - Parameter asksForLogin: whether the session that the browser has is of no use.
    init?(_ question: ApprovalRequest, asksForLogin: Bool) {
        guard case .login(let scope, let audience, let organizationID) = question.subject else { return nil }
        self.init(
            approvalOf: question.clientID, scope: scope, audience: audience, organization: organizationID)
        if asksForLogin { self[.prompt] = "login consent" }
        self[.approvalID] = question.id
    }
}
