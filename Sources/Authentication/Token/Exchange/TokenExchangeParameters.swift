import TenantHTTP

/// What a token request says of the exchange of a token (RFC 8693 §2.1).
struct TokenExchangeParameters: Sendable {
    static let accessTokenType = "urn:ietf:params:oauth:token-type:access_token"
    static let idTokenType = "urn:ietf:params:oauth:token-type:id_token"
    private static let jwtType = "urn:ietf:params:oauth:token-type:jwt"

    let subjectToken: String?
    let subjectTokenType: String?
    private let requestedTokenType: String?
    private let actorToken: String?
    private let resource: String?

    init(_ text: (String) throws -> String?) rethrows {
        subjectToken = try text("subject_token")
        subjectTokenType = try text("subject_token_type")
        requestedTokenType = try text("requested_token_type")
        actorToken = try text("actor_token")
        resource = try text("resource")
    }

    /// Refuses what RFC 8693 knows and this service does not do.
    func checkSupport() throws(OAuthError) {
        guard requestedTokenType.map([Self.accessTokenType, Self.jwtType].contains) ?? true else {
            throw .invalidRequest("Only access tokens are issued in exchange")
        }
        // Who acts is the client that has proven itself, and nobody it brings along.
        guard actorToken == nil else { throw .invalidRequest("The actor_token parameter is not supported") }
        guard resource == nil else { throw .invalidTarget("The resource parameter is not supported, name an audience") }
    }
}
