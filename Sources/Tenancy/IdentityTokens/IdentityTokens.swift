import StrictJSON

/// What an identity provider issued when a user last logged in through it. It opens the user's account *there*, so it
/// is never part of the profile, the log or a token of ours.
public struct IdentityTokens: Sendable, Equatable {
    /// Which of the user's identities they belong to.
    public struct Identity: Sendable, Hashable {
        public let userID: String
        /// Such as `google-oauth2`.
        public let provider: String
        /// The user's id at the provider.
        public let identityID: String

        public init(userID: String, provider: String, identityID: String) {
            self.userID = userID
            self.provider = provider
            self.identityID = identityID
        }
    }

    public let identity: Identity
    /// The connection the user came through.
    public let connection: String
    public let accessToken: String
    /// What renews the access token at the provider; nil where it gave none.
    public let refreshToken: String?
    public let scope: [String]
    public let expiresAt: Timestamp

    public init(
        identity: Identity, connection: String, accessToken: String, refreshToken: String? = nil, scope: [String],
        expiresAt: Timestamp
    ) {
        self.identity = identity
        self.connection = connection
        self.accessToken = accessToken
        self.refreshToken = refreshToken
        self.scope = scope
        self.expiresAt = expiresAt
    }
}

extension IdentityTokens {
    /// Nil for a document of another make.
    init?(identity: Identity, connection: String, document: JSONObject) {
        guard let accessToken = document["access_token"]?.string, let expiresAt = document["expires_at"]?.int else {
            return nil
        }
        self.init(
            identity: identity, connection: connection, accessToken: accessToken,
            refreshToken: document["refresh_token"]?.string,
            scope: document["scope"]?.array?.compactMap(\.string) ?? [],
            expiresAt: Timestamp(milliseconds: Int64(expiresAt)))
    }

    /// What is sealed.
    var document: JSONObject {
        [
            "access_token": .string(accessToken), "refresh_token": refreshToken.map(JSON.string) ?? .null,
            "scope": .array(scope.map(JSON.string)), "expires_at": .int(Int(expiresAt.milliseconds)),
        ]
    }
}
