import TenantHTTP

/// Some clients want no request that a browser made up (RFC 9126 §6, client metadata).
struct PushedRequestRule: AuthorizeRule {
    func apply(to authorization: inout Authorization, _ context: TenantContext) throws {
        guard authorization.client.document["require_pushed_authorization_requests"]?.bool == true,
            authorization.request.pushed == nil
        else { return }
        throw OAuthError.invalidRequest("Pushed authorization requests are required")
    }
}
