/// What a token request says of the token of an identity provider it wants.
struct FederatedConnectionParameters: Sendable {
    static let requestedType = "http://auth0.com/oauth/token-type/federated-connection-access-token"
    static let refreshTokenType = "urn:ietf:params:oauth:token-type:refresh_token"

    let connection: String?
    /// Which of several identities of the connection: the user's id at the provider.
    let loginHint: String?
    private let requestedTokenType: String?

    init(_ text: (String) throws -> String?) rethrows {
        connection = try text("connection")
        loginHint = try text("login_hint")
        requestedTokenType = try text("requested_token_type")
    }

    /// The refresh token that stands for the user. Throws for what is missing or of another type.
    func subjectToken(_ subject: TokenExchangeParameters) throws(OAuthError) -> String {
        guard requestedTokenType == Self.requestedType else {
            throw .invalidRequest("requested_token_type must be \(Self.requestedType)")
        }
        guard let text = subject.subjectToken else { throw .missingParameter("subject_token") }
        guard let type = subject.subjectTokenType else { throw .missingParameter("subject_token_type") }
        guard type == Self.refreshTokenType else { throw .invalidRequest("Unsupported subject_token_type") }
        return text
    }
}
