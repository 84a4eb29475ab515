import TenantHTTP
import WebAddresses

/// Settles how the answer travels, before anything else can be refused that way.
struct ResponseModeRule: AuthorizeRule {
    func apply(to authorization: inout Authorization, _ context: TenantContext) throws {
        let carriesTokens = ResponseType.known(in: authorization.request.responseType ?? "").carriesTokens
        authorization.responseMode = carriesTokens ? .fragment : .query
        guard let name = authorization.request.responseMode else { return }
        guard let mode = ResponseMode(rawValue: name) else {
            throw OAuthError.invalidRequest("Unknown response_mode: \(name.prefix(64))")
        }
        // RFC 9700 §4.3.2: tokens never stand in a query string, which servers log and browsers keep.
        guard mode != .query || !carriesTokens else {
            throw OAuthError.invalidRequest("response_mode query is not allowed for tokens")
        }
        if mode == .webMessage { try checkOrigin(of: authorization) }
        authorization.responseMode = mode
    }

    /// The message is posted to the redirect URI's origin, which must be allowed to call for the client
    /// (RFC 9700 §4.17).
    private func checkOrigin(of authorization: Authorization) throws {
        let client = authorization.client
        let origins = URLList.effectiveOrigins(
            callbacks: client.callbacks, allowedOrigins: client.allowedOrigins, webOrigins: client.webOrigins)
        guard let origin = authorization.redirectURI.url.origin, origins.allows(origin: origin) else {
            throw OAuthError.invalidRequest("response_mode web_message needs an allowed web origin")
        }
    }
}
