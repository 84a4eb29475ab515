import Tenancy

/// What a user has authorized a client to get: what a code or a refresh token stands for.
struct UserAuthorization: Sendable {
    let familyID: String
    let user: User
    /// The connection the user came through.
    let connection: String
    /// As asked for; which of it is granted is decided when tokens are issued.
    let scope: [String]
    let audience: String?
    let nonce: String?
    let authenticatedAt: Timestamp
    let wantsAuthTime: Bool
    let mark: AccessTokenClaims.GrantMark?
    /// The browser session it was made in; nil where there was none.
    var sessionID: String?
    /// What the user had proved: the `amr` and `acr` claims.
    var strength = AuthenticationStrength.single
    /// The id of the organization the user logged in to; nil where it was none.
    var organizationID: String?
}
