import OpenSSL
import StrictJSON
import Tenancy
import TenantHTTP

/// The claims of an access token for an API (spec 02 §12).
struct AccessTokenClaims: Sendable {
    /// Grants whose tokens say how they came about.
    enum GrantMark: String, Sendable {
        case clientCredentials = "client-credentials"
        case refreshToken = "refresh_token"
        case password
    }

    let issuer: String
    let subject: String
    /// As the client named it.
    let audience: String
    /// The second audience of a user's token that is good for /userinfo too.
    let userInfoAudience: String?
    let clientID: String
    let scope: [String]
    let issuedAt: Timestamp
    let lifetime: Int
    let mark: GrantMark?
    /// Nil where no user is behind the token.
    let familyID: String?
    /// The thumbprint of the key the token is bound to (RFC 9449 §6.1).
    var proofKey: String?
    /// Who acts for the subject, where somebody does (RFC 8693 §4.1).
    var actor: JSONObject?
    /// The organization the bearer acts in.
    var organization: ActingOrganization?
    /// What the bearer may do, where the API wants to be told.
    var permissions: [String]?
    var dialect = TokenDialect.accessToken
    /// How the user had logged in; told by RFC 9068 §2.2.1 alone.
    var login: Login?

    struct Login: Sendable {
        let authenticatedAt: Timestamp
        let strength: AuthenticationStrength
    }

    /// The claims as the JSON text that is signed.
    var text: [UInt8] {
        var claims = JSONObjectWriter(reserving: 600)
        claims.put("iss", issuer)
        claims.put("sub", subject)
        if let userInfoAudience {
            claims.put("aud", [audience, userInfoAudience])
        } else {
            claims.put("aud", audience)
        }
        claims.put("iat", Int(issuedAt.seconds))
        claims.put("exp", Int(issuedAt.seconds) + lifetime)
        if dialect.isProfile {
            claims.put("client_id", clientID)
            claims.put("jti", SecureRandom.base64URL(byteCount: 16))
        } else {
            claims.put("azp", clientID)
        }
        claims.put("scope", scope.joined(separator: " "))
        if !dialect.isProfile { claims.put("gty", mark?.rawValue) }
        claims.put("cnf", json: proofKey.map { ["jkt": .string($0)] })
        claims.put(VerifiedAccessToken.actorClaim, json: actor.map(JSON.object))
        claims.put(VerifiedAccessToken.familyClaim, familyID)
        claims.put(ActingOrganization.idClaim, organization?.id)
        claims.put(ActingOrganization.nameClaim, organization?.name)
        claims.put("permissions", permissions)
        if dialect.isProfile, let login {
            claims.put("auth_time", Int(login.authenticatedAt.seconds))
            if login.strength.isMultiFactor {
                claims.put("acr", SecondFactorPolicy.multiFactorContext)
                claims.put("amr", login.strength.methods)
            }
        }
        return claims.finish()
    }
}
