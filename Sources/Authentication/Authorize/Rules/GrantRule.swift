import TenantHTTP

/// A code is only given to a client that may redeem it, a token only to one that may have it from a browser.
struct GrantRule: AuthorizeRule {
    /// The grant of what /authorize gives without /oauth/token (RFC 6749 §4.2).
    static let implicit = "implicit"

    func apply(to authorization: inout Authorization, _ context: TenantContext) throws {
        let type = authorization.responseType
        if type.contains(.code) { try require(AuthorizationCodeGrant.type, authorization) }
        if type.carriesTokens { try require(Self.implicit, authorization) }
        // A browser carries no proof of a key, so a token of /authorize is one anybody may bear.
        guard !type.contains(.token) || !authorization.client.requiresProofOfPossession else {
            throw OAuthError.grantTypeNotAllowed(Self.implicit)
        }
    }

    private func require(_ grantType: String, _ authorization: Authorization) throws(OAuthError) {
        guard authorization.client.allows(grantType: grantType) else { throw .grantTypeNotAllowed(grantType) }
    }
}
