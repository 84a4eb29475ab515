import TenantHTTP

/// A code is only given to a client that may redeem it.
struct GrantRule: AuthorizeRule {
    func apply(to authorization: inout Authorization, _ context: TenantContext) throws {
        guard authorization.client.allows(grantType: "authorization_code") else {
            throw OAuthError.grantTypeNotAllowed("authorization_code")
        }
    }
}
