import OpenSSL
import StrictJSON
import Tenancy

/// The claims of an id_token (OpenID Connect Core §2, spec 02 §12).
struct IDTokenClaims: Sendable {
    let issuer: String
    let client: Client
    let user: User
    let scope: [String]
    let nonce: String?
    /// When the user proved who they are; only where `max_age` asked for it.
    let authenticatedAt: Timestamp?
    let issuedAt: Timestamp
    /// The `sid` claim, for clients that are told when the session ends (OpenID Connect Back-Channel Logout §2.1).
    var sessionID: String?
    var strength = AuthenticationStrength.single

    /// - Parameters:
    ///   - accessToken: the one issued beside it.
    ///   - code: the one issued beside it.
    func object(accessToken: String?, code: String?) -> JSONObject {
        var claims = ProfileClaims.claims(of: user, scope: scope, takesClaimNames: !client.isOIDCConformant)
        claims["iss"] = .string(issuer)
        claims["sub"] = .string(user.userID)
        claims["aud"] = .string(client.clientID)
        claims["iat"] = .int(Int(issuedAt.seconds))
        claims["exp"] = .int(Int(issuedAt.seconds) + client.idTokenLifetime)
        if let authenticatedAt { claims["auth_time"] = .int(Int(authenticatedAt.seconds)) }
        if let sessionID { claims["sid"] = .string(sessionID) }
        if let nonce { claims["nonce"] = .string(nonce) }
        // What ties the id_token to what came beside it, so that neither can be exchanged on the way
        // (OpenID Connect Core §3.2.2.9, §3.3.2.11).
        if let accessToken { claims["at_hash"] = .string(Self.halfHash(accessToken)) }
        if let code { claims["c_hash"] = .string(Self.halfHash(code)) }
        if strength.isMultiFactor {
            claims["acr"] = .string(SecondFactorPolicy.multiFactorContext)
            claims["amr"] = .array(strength.methods.map(JSON.string))
        }
        return claims
    }

    /// OpenID Connect Core §3.1.3.6: the left half of the SHA-256, base64url. Every algorithm here has that digest.
    static func halfHash(_ token: String) -> String {
        Base64URL.encode(Array(Digest.sha256(token).prefix(16)))
    }
}
