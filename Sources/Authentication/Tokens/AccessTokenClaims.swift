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

    var object: JSONObject {
        var claims: JSONObject = [
            "iss": .string(issuer), "sub": .string(subject),
            "aud": userInfoAudience.map { [.string(audience), .string($0)] } ?? .string(audience),
            "iat": .int(Int(issuedAt.seconds)), "exp": .int(Int(issuedAt.seconds) + lifetime),
        ]
        if dialect.isProfile {
            claims["client_id"] = .string(clientID)
            claims["jti"] = .string(SecureRandom.base64URL(byteCount: 16))
        } else {
            claims["azp"] = .string(clientID)
        }
        claims["scope"] = .string(scope.joined(separator: " "))
        if let mark, !dialect.isProfile { claims["gty"] = .string(mark.rawValue) }
        if let proofKey { claims["cnf"] = ["jkt": .string(proofKey)] }
        if let actor { claims[VerifiedAccessToken.actorClaim] = .object(actor) }
        if let familyID { claims[VerifiedAccessToken.familyClaim] = .string(familyID) }
        if let organization { claims.add(organization) }
        if let permissions { claims["permissions"] = .array(permissions.map(JSON.string)) }
        if dialect.isProfile, let login {
            claims["auth_time"] = .int(Int(login.authenticatedAt.seconds))
            if login.strength.isMultiFactor {
                claims["acr"] = .string(SecondFactorPolicy.multiFactorContext)
                claims["amr"] = .array(login.strength.methods.map(JSON.string))
            }
        }
        return claims
    }
}
