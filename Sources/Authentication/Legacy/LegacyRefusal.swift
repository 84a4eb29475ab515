import HTTPTypes

/// What the legacy token endpoints refuse (spec 02 §6, spec 08 T33).
enum LegacyRefusal: Error, OAuthShaped {
    /// The tenant has switched the endpoint off, or the client is one of the new kind.
    case endpointDisabled
    case invalidClient
    case grantTypeNotAllowed(String)
    case unsupportedGrantType(String)
    case missing(String)
    case invalidRequest(String)
    case dottedFields
    case connectionNotFound
    case connectionDisabled
    case unsupportedStrategy
    /// The connection exists, but what it needs to check anybody does not.
    case connectionNotConfigured
    case invalidGrant(String)
    case wrongCredentials
    case unauthorized(String)
    case accessDenied(String)
    /// The tenant wants a second factor of the client's users.
    case secondFactorRequired
    case refused(OAuthError)

    init(_ reason: PasswordRefusal.Reason) {
        if case .wrongCredentials = reason {
            self = .wrongCredentials
        } else {
            self = .refused(reason.oauthError)
        }
    }

    var row: (status: HTTPResponse.Status, code: String, message: String) {
        switch self {
        case .endpointDisabled: (.notFound, "endpoint_disabled", "The endpoint is disabled.")
        case .invalidClient: (.forbidden, "unauthorized_client", "invalid client")
        case .grantTypeNotAllowed(let type):
            (.forbidden, "unauthorized_client", "Grant type '\(type)' not allowed for the client.")
        case .unsupportedGrantType(let type):
            (.badRequest, "unsupported_grant_type", "Unsupported grant type: \(type.prefix(128))")
        case .missing(let name): (.badRequest, "invalid_request", "missing \(name) parameter")
        case .invalidRequest(let message): (.badRequest, "invalid_request", message)
        case .dottedFields:
            (
                .badRequest, "invalid_request",
                "Fields with \".\" are not allowed, please remove all dotted fields..."
            )
        case .connectionNotFound: (.badRequest, "invalid_request", "the connection was not found")
        case .connectionDisabled: (.badRequest, "invalid_request", "the connection was disabled")
        case .unsupportedStrategy:
            (.badRequest, "invalid_request", "specified strategy does not support requested operation")
        case .connectionNotConfigured:
            (.badRequest, "invalid_request", "The connection is not yet configured...")
        case .invalidGrant(let message): (.badRequest, "invalid_grant", message)
        case .wrongCredentials: (.unauthorized, "invalid_user_password", "Wrong email or password.")
        case .unauthorized(let message): (.unauthorized, "unauthorized", message)
        case .accessDenied(let message): (.forbidden, "access_denied", message)
        case .secondFactorRequired: (.unauthorized, "a0.mfa_required", "Multifactor authentication required")
        case .refused(let error): (error.status, error.code, error.message)
        }
    }

    static let userIsBlocked = LegacyRefusal.unauthorized("user is blocked")
}
