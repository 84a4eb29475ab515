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
    var response: Response { .json(json, contentType: "application/json") }

    var json: JSON {
        var members: JSONObject = ["access_token": .string(accessToken)]
        if let refreshToken { members["refresh_token"] = .string(refreshToken) }
        if let idToken { members["id_token"] = .string(idToken) }
        if let scope { members["scope"] = .string(scope.joined(separator: " ")) }
        members["expires_in"] = .int(expiresIn)
        members["token_type"] = isBound ? "DPoP" : "Bearer"
        if let issuedTokenType { members["issued_token_type"] = .string(issuedTokenType) }
        if let recoveryCode { members["recovery_code"] = .string(recoveryCode) }
        return .object(members)
    }
}
