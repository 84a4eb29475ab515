import TenantHTTP

/// Without a code there is no exchange that ties an id_token to the browser that asked for it: a nonce does
/// (OpenID Connect Core §3.2.2.1, spec 08 T9).
struct NonceRule: AuthorizeRule {
    func apply(to authorization: inout Authorization, _ context: TenantContext) throws {
        let type = authorization.responseType
        guard type.contains(.idToken), type.isFragmentOnly, authorization.request.nonce == nil else { return }
        throw OAuthError.missingParameter("nonce")
    }
}
