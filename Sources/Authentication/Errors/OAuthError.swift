import HTTPTypes
import Hummingbird
import StrictJSON
import TenantHTTP

/// What the Authentication API refuses, each case with its status, code and description (spec 02 §1, §2 and §5).
/// Thrown from a handler it renders itself as JSON; /authorize puts ``code`` and ``message`` into its redirect.
public enum OAuthError: Error, Sendable, Equatable {
    // MARK: The request
    case missingParameter(String)
    case invalidRequest(String)
    /// RFC 6749 §3.2: no parameter more than once.
    case duplicateParameters([String])
    case invalidScope(String)
    case bodyTooLarge
    case unsupportedMediaType(String?)
    case methodNotAllowed(allowed: [HTTPRequest.Method])

    // MARK: The client
    /// Unknown client, wrong or missing secret: one answer for all, so that nobody learns which.
    case clientNotAuthenticated(challengesBasic: Bool)
    case grantTypeNotAllowed(String)
    case unsupportedGrantType
    case unsupportedResponseType(String)
    case accessDenied(String)
    /// The password grant names no directory, and the tenant has no default one.
    case noDefaultDirectory
    /// No audience where client credentials need one.
    case noAudience
    /// Client credentials name an API the tenant does not have.
    case serviceNotEnabled(audience: String)
    /// Client credentials name an API that has no client grant for the client.
    case noClientGrant(audience: String)
    /// /authorize or a grant of a user names an API the tenant does not have.
    case serviceNotFound(audience: String)

    // MARK: The grant
    case invalidGrant(String)
    case wrongRedirectURI(sent: String, expected: String)
    /// RFC 9449 §5.
    case invalidProof(String)
    case userIsBlocked

    // MARK: The user's turn at /authorize
    case loginRequired
    case consentRequired
    case interactionRequired(String)

    // MARK: The service
    case serverError(String)
    /// A queue is full or the tenant's shard out of service: the client may come back.
    case temporarilyUnavailable

    public static let invalidCode = OAuthError.invalidGrant("Invalid authorization code")
    public static let wrongVerifier = OAuthError.invalidGrant("Failed to verify code verifier")
    public static let invalidRefreshToken = OAuthError.invalidGrant("Unknown or invalid refresh token.")
}

extension OAuthError {
    /// The `error` member.
    public var code: String { row.code }
    /// The `error_description` member.
    public var message: String { row.message }

    private var row: (status: HTTPResponse.Status, code: String, message: String) {
        switch self {
        case .missingParameter(let name): (.badRequest, "invalid_request", "Missing required parameter: \(name)")
        case .invalidRequest(let message): (.badRequest, "invalid_request", message)
        case .duplicateParameters(let names):
            (.badRequest, "invalid_request", "Duplicate parameter: \(names.joined(separator: ", "))")
        case .invalidScope(let message): (.badRequest, "invalid_scope", message)
        case .bodyTooLarge: (.contentTooLarge, "invalid_request", "The body is too large")
        case .unsupportedMediaType(let type):
            (.unsupportedMediaType, "invalid_request", "Unsupported content type: \(type ?? "none")")
        case .methodNotAllowed: (.methodNotAllowed, "method_not_allowed", "Method not allowed")
        case .clientNotAuthenticated: (.unauthorized, "access_denied", "Unauthorized")
        case .grantTypeNotAllowed(let type):
            (.forbidden, "unauthorized_client", "Grant type '\(type)' not allowed for the client.")
        case .unsupportedGrantType: (.badRequest, "unsupported_grant_type", "Grant type not supported")
        case .unsupportedResponseType(let message): (.notImplemented, "unsupported_response_type", message)
        case .accessDenied(let message): (.forbidden, "access_denied", message)
        case .noDefaultDirectory:
            (.badRequest, "server_error", "Authorization server not configured with default connection.")
        case .noAudience: (.forbidden, "access_denied", "Non-global clients are not allowed access to APIv1")
        case .serviceNotEnabled(let audience):
            (.forbidden, "access_denied", "Service not enabled within domain: \(audience)")
        case .noClientGrant(let audience):
            (
                .forbidden, "access_denied",
                "Client is not authorized to access \"\(audience)\". You might probably want to create a "
                    + "\"client-grant\" associated to this API. See: "
                    + "https://auth0.com/docs/api/v2#!/Client_Grants/post_client_grants"
            )
        case .serviceNotFound(let audience): (.forbidden, "access_denied", "Service not found: \(audience)")
        case .invalidGrant(let message): (.forbidden, "invalid_grant", message)
        case .wrongRedirectURI(let sent, let expected):
            (
                .forbidden, "server_error",
                "The redirect URI is wrong. You send [\(sent)], and we expected [\(expected)]"
            )
        case .invalidProof(let message): (.badRequest, "invalid_dpop_proof", message)
        case .userIsBlocked: (.unauthorized, "unauthorized", "user is blocked")
        case .loginRequired: (.unauthorized, "login_required", "Login required")
        case .consentRequired: (.forbidden, "consent_required", "Consent required")
        case .interactionRequired(let message): (.forbidden, "interaction_required", message)
        case .serverError(let message): (.internalServerError, "server_error", message)
        case .temporarilyUnavailable:
            (.serviceUnavailable, "temporarily_unavailable", "The service is busy, try again in a moment")
        }
    }
}

extension OAuthError: HTTPResponseError {
    public var status: HTTPResponse.Status { row.status }

    public func response(from request: Request, context: some RequestContext) throws -> Response {
        .json(
            ["error": .string(code), "error_description": .string(message)],
            status: status, contentType: "application/json", headers: headers)
    }

    private var headers: HTTPFields {
        switch self {
        case .clientNotAuthenticated(challengesBasic: true): [.wwwAuthenticate: "Basic realm=\"Clients\""]
        case .methodNotAllowed(let allowed): [.allow: allowed.map(\.rawValue).joined(separator: ", ")]
        case .temporarilyUnavailable: [.retryAfter: "1"]
        default: [:]
        }
    }
}
