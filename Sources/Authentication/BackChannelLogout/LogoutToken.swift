import StrictJSON
import Tenancy

/// What tells a client that a session of its user has ended (OpenID Connect Back-Channel Logout §2.4).
struct LogoutToken: Sendable {
    /// Its own type, so that it is never taken for an id_token (RFC 8725 §3.11).
    static let type = "logout+jwt"
    static let event = "http://schemas.openid.net/event/backchannel-logout"
    /// Seconds; it is made anew for every attempt.
    static let lifetime = 120

    let notice: LogoutNotice
    let issuedAt: Timestamp

    /// Never with a `nonce`, which would make it look like an id_token.
    var claims: JSONObject {
        [
            "iss": .string(notice.issuer), "sub": .string(notice.userID), "aud": .string(notice.clientID),
            "iat": .int(Int(issuedAt.seconds)), "exp": .int(Int(issuedAt.seconds) + Self.lifetime),
            "jti": .string(notice.id), "sid": .string(notice.sessionID),
            "events": .object([Self.event: .object([:])]),
        ]
    }

    /// Signed as the client's id_tokens are. Slow: not on an event loop.
    func signed(for client: Client, by key: SigningKey) throws -> String {
        try client.signed(claims, type: Self.type, by: key)
    }
}
