import HTTPTypes

/// What /co/authenticate refuses (spec 02 §4).
enum CrossOriginRefusal: Error, OAuthShaped {
    /// Members are missing, or there are others.
    case invalidBody(required: [String])
    case unsupportedCredentialType
    case unknownRealm(String)
    /// Unknown client, one of the old kind, or one without `cross_origin_auth`.
    case notAllowed
    case wrongCredentials
    /// The proof is of a kind nobody here can check.
    case authenticationError
    case blockedUser
    /// What protects passwords has refused the attempt.
    case refused(OAuthError)

    var row: (status: HTTPResponse.Status, code: String, message: String) {
        switch self {
        case .invalidBody(let names):
            (
                .badRequest, "invalid_request",
                "Invalid request body. All and only of \(names.joined(separator: ", ")) are required."
            )
        case .unsupportedCredentialType:
            (.badRequest, "unsupported_credential_type", "Unknown credential type parameter.")
        case .unknownRealm(let realm): (.badRequest, "invalid_request", "Unknown realm \(realm.prefix(128)).")
        case .notAllowed: (.unauthorized, "unauthorized_client", "Cross origin login not allowed.")
        case .wrongCredentials: (.forbidden, "access_denied", "Wrong email or password.")
        case .authenticationError: (.forbidden, "access_denied", "Authentication error")
        case .blockedUser: (.forbidden, "blocked_user", "Blocked user")
        case .refused(let error): (error.status, error.code, error.message)
        }
    }

    init(_ reason: PasswordRefusal.Reason) {
        if case .wrongCredentials = reason {
            self = .wrongCredentials
        } else {
            self = .refused(reason.oauthError)
        }
    }
}
