import StrictJSON

/// What an identity provider issued when a user last logged in through it. It opens the user's account *there*, so it
/// is never part of the profile, the log or a token of ours.
public struct IdentityTokens: Sendable, Equatable {
    /// Such as `google-oauth2`.
    public let provider: String
    /// The user's id at the provider.
    public let identityID: String
    /// The connection the user came through.
    public let connection: String
    public let accessToken: String
    /// What renews the access token at the provider; nil where it gave none.
    public let refreshToken: String?
    public let scope: [String]
    public let expiresAt: Timestamp

    public init(
        provider: String, identityID: String, connection: String, accessToken: String, refreshToken: String? = nil,
        scope: [String], expiresAt: Timestamp
    ) {
        self.provider = provider
        self.identityID = identityID
        self.connection = connection
        self.accessToken = accessToken
        self.refreshToken = refreshToken
        self.scope = scope
        self.expiresAt = expiresAt
    }
}

extension IdentityTokens {
    /// Nil for a document of another make.
    init?(document: JSONObject) {
        guard let provider = document["provider"]?.string, let identityID = document["user_id"]?.string,
            let connection = document["connection"]?.string, let accessToken = document["access_token"]?.string,
            let expiresAt = document["expires_at"]?.int
        else { return nil }
        self.init(
            provider: provider, identityID: identityID, connection: connection, accessToken: accessToken,
            refreshToken: document["refresh_token"]?.string,
            scope: document["scope"]?.array?.compactMap(\.string) ?? [],
            expiresAt: Timestamp(milliseconds: Int64(expiresAt)))
    }

    /// What is sealed.
    var document: JSONObject {
        [
            "provider": .string(provider), "user_id": .string(identityID), "connection": .string(connection),
            "access_token": .string(accessToken), "refresh_token": refreshToken.map(JSON.string) ?? .null,
            "scope": .array(scope.map(JSON.string)), "expires_at": .int(Int(expiresAt.milliseconds)),
        ]
    }
}
