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
    var usedSecondFactor = false

    /// - Parameter accessToken: the one issued beside it.
    func object(accessToken: String) -> JSONObject {
        var claims = ProfileClaims.claims(of: user, scope: scope, takesClaimNames: !client.isOIDCConformant)
        claims["iss"] = .string(issuer)
        claims["sub"] = .string(user.userID)
        claims["aud"] = .string(client.clientID)
        claims["iat"] = .int(Int(issuedAt.seconds))
        claims["exp"] = .int(Int(issuedAt.seconds) + client.idTokenLifetime)
        if let authenticatedAt { claims["auth_time"] = .int(Int(authenticatedAt.seconds)) }
        if let nonce { claims["nonce"] = .string(nonce) }
        if usedSecondFactor {
            claims["acr"] = .string(SecondFactorPolicy.multiFactorContext)
            claims["amr"] = ["mfa"]
        }
        claims["at_hash"] = .string(Self.halfHash(accessToken))
        return claims
    }

    /// OpenID Connect Core §3.1.3.6: the left half of the SHA-256, base64url.
    static func halfHash(_ token: String) -> String {
        Base64URL.encode(Array(Digest.sha256(token).prefix(16)))
    }
}

extension Client {
    /// RS256 where the client says so or is OIDC-conformant and says nothing; else HS256 (spec 01 §5).
    var signsIDTokensByTenantKey: Bool { (idTokenAlgorithm ?? (isOIDCConformant ? "RS256" : "HS256")) == "RS256" }
}
