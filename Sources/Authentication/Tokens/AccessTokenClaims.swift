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

    var object: JSONObject {
        var claims: JSONObject = [
            "iss": .string(issuer), "sub": .string(subject),
            "aud": userInfoAudience.map { [.string(audience), .string($0)] } ?? .string(audience),
            "iat": .int(Int(issuedAt.seconds)), "exp": .int(Int(issuedAt.seconds) + lifetime),
            "azp": .string(clientID),
        ]
        claims["scope"] = .string(scope.joined(separator: " "))
        if let mark { claims["gty"] = .string(mark.rawValue) }
        if let proofKey { claims["cnf"] = ["jkt": .string(proofKey)] }
        if let actor { claims[VerifiedAccessToken.actorClaim] = .object(actor) }
        if let familyID { claims[VerifiedAccessToken.familyClaim] = .string(familyID) }
        return claims
    }
}
