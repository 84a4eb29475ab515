import TenantHTTP

/// One rule of the authorization endpoint. It throws what the client is told, or notes what it has established.
protocol AuthorizeRule: Sendable {
    func apply(to authorization: inout Authorization, _ context: TenantContext) async throws
}

/// The rules of /authorize in their order. The first two decide whom an answer may reach; until they have passed,
/// a refusal is a page of our own. Every later refusal goes to the client, so the way it goes is settled first.
enum AuthorizeRules {
    static let rules: [any AuthorizeRule] = [
        ResponseModeRule(),
        ResponseTypeRule(),
        RequestObjectRule(),
        PushedRequestRule(),
        NonceRule(),
        GrantRule(),
        PKCERule(),
        PromptRule(),
        OrganizationRule(),
        AudienceRule(),
        ScopeRule(),
        MaxAgeRule(),
    ]

    /// Throws ``UnredirectableRefusal`` or ``AuthorizationRefusal``.
    static func establish(_ request: AuthorizeRequest, _ context: TenantContext) async throws -> Authorization {
        if let deviceID = request.deviceID {
            return try await DeviceRules.establish(request, deviceID: deviceID, context)
        }
        if let approvalID = request.approvalID {
            return try await ApprovalRules.establish(request, approvalID: approvalID, context)
        }
        let client = try await ClientRule.client(of: request, context)
        let redirectURI = try RedirectURIRule.target(of: request, client)
        var authorization = Authorization(request: request, client: client, redirectURI: redirectURI)
        for rule in rules {
            do {
                try await rule.apply(to: &authorization, context)
            } catch let error as OAuthError {
                throw AuthorizationRefusal(authorization: authorization, error: error)
            }
        }
        return authorization
    }
}
