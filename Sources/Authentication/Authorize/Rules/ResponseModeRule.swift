import TenantHTTP
import WebAddresses

/// Settles how the answer travels, before anything else can be refused that way.
struct ResponseModeRule: AuthorizeRule {
    func apply(to authorization: inout Authorization, _ context: TenantContext) throws {
        let carriesTokens = ResponseType.known(in: authorization.request.responseType ?? "").carriesTokens
        authorization.responseMode = carriesTokens ? .fragment : .query
        guard let name = authorization.request.responseMode else {
            // Where the opener cannot be told, the callback is: the contract lets us ignore `owp` (spec 02 §2).
            if authorization.request.popup == "true", Self.mayBePosted(authorization) {
                authorization.responseMode = .popup
            }
            return
        }
        guard let mode = ResponseMode(rawValue: name), mode != .popup else {
            throw OAuthError.invalidRequest("Unknown response_mode: \(name.prefix(64))")
        }
        // RFC 9700 §4.3.2: tokens never stand in a query string, which servers log and browsers keep.
        guard mode != .query || !carriesTokens else {
            throw OAuthError.invalidRequest("response_mode query is not allowed for tokens")
        }
        guard mode != .webMessage || Self.mayBePosted(authorization) else {
            throw OAuthError.invalidRequest("response_mode web_message needs an allowed web origin")
        }
        authorization.responseMode = mode
    }

    /// Whether a message may hold the answer: it is posted to the redirect URI's origin, which must be allowed to call
    /// for the client (RFC 9700 §4.17).
    private static func mayBePosted(_ authorization: Authorization) -> Bool {
        let client = authorization.client
        let origins = URLList.effectiveOrigins(
            callbacks: client.callbacks, allowedOrigins: client.allowedOrigins, webOrigins: client.webOrigins)
        return authorization.redirectURI.url.origin.map(origins.allows(origin:)) ?? false
    }
}
