import Hummingbird
import StrictJSON
import TenantHTTP

/// What a grant gives (RFC 6749 §5.1).
struct TokenResponse: Sendable {
    let accessToken: String
    let refreshToken: String?
    let idToken: String?
    /// Present where it differs from what was asked for.
    let scope: [String]?
    let expiresIn: Int
    /// What kind of token was given for another (RFC 8693 §2.2.1).
    var issuedTokenType: String?
    /// The one that takes the place of a recovery code that was used.
    var recoveryCode: String?
    /// Whether the token must be presented with a proof of its key (RFC 9449 §5).
    var isBound = false

    /// Without a charset and never to be stored (spec 07 §0, RFC 6749 §5.1).
    var response: Response {
        var members = JSONObjectWriter(reserving: 1_500)
        members.put("access_token", accessToken)
        members.put("refresh_token", refreshToken)
        members.put("id_token", idToken)
        members.put("scope", scope?.joined(separator: " "))
        members.put("expires_in", expiresIn)
        members.put("token_type", isBound ? "DPoP" : "Bearer")
        members.put("issued_token_type", issuedTokenType)
        members.put("recovery_code", recoveryCode)
        return .bytes(members.finish(), status: .ok, contentType: "application/json")
    }
}
