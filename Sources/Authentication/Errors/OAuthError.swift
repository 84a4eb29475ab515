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

    // MARK: Dynamic registration (RFC 7591 §3.2.2)
    case invalidRedirectURI(String)
    case invalidClientMetadata(String)
    /// The tenant has not switched the endpoint on.
    case endpointDisabled
    case tooManyClients

    // MARK: The grant
    case invalidGrant(String)
    case wrongRedirectURI(sent: String, expected: String)
    /// RFC 9449 §5.
    case invalidProof(String)
    case userIsBlocked
    /// A shield is up (spec 05 §7): `too_many_attempts` or `too_many_logins`.
    case tooManyAttempts(code: String, String)
    case passwordLeaked(String)

    /// The target of a token exchange (RFC 8693 §2.2.2).
    case invalidTarget(String)

    // MARK: A device that waits for its user (RFC 8628 §3.5)
    case deviceIsWaiting
    case devicePollsTooOften
    case deviceCodeExpired

    // MARK: A user who is asked elsewhere (CIBA Core §11, §13)
    /// CIBA Core §13 tells by 400 what the token endpoint tells by 403.
    case backChannelNotAllowed
    case unknownUser(String)
    case invalidBindingMessage(String)
    /// RFC 9396 §5: none are supported.
    case invalidAuthorizationDetails
    case approvalDenied(String)
    case approvalExpired

    // MARK: The user's turn at /authorize
    case loginRequired
    case consentRequired
    case interactionRequired(String)

    // MARK: The second factor
    /// An `mfa_token` that was good and is too old.
    case expiredToken(String)
    case invalidAccessToken
    case insufficientScope(String)
    /// Wrong codes, or codes sent, more than an hour allows.
    case tooManyFactorAttempts
    /// The user has no second factor yet.
    case associationRequired
    case unsupportedChallengeType

    // MARK: The service
    case serverError(String)
    /// A queue is full or the tenant's shard out of service: the client may come back.
    case temporarilyUnavailable

    public static let invalidCode = OAuthError.invalidGrant("Invalid authorization code")
    public static let wrongVerifier = OAuthError.invalidGrant("Failed to verify code verifier")
    public static let invalidSubjectToken = OAuthError.invalidRequest("The subject_token is not valid")
    public static let invalidDeviceCode = OAuthError.invalidGrant("Invalid or expired device code")
    public static let invalidApproval = OAuthError.invalidGrant("Invalid or expired auth_req_id")
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
        // /authorize tells it by a redirect. Where a client is told directly, it is the client's mistake (RFC 9126 §2.3).
        case .unsupportedResponseType(let message): (.badRequest, "unsupported_response_type", message)
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
        case .invalidRedirectURI(let message): (.badRequest, "invalid_redirect_uri", message)
        case .invalidClientMetadata(let message): (.badRequest, "invalid_client_metadata", message)
        case .endpointDisabled: (.notFound, "endpoint_disabled", "Dynamic client registration is not enabled")
        case .tooManyClients:
            (.tooManyRequests, "too_many_requests", "This tenant takes no more registrations at the moment")
        case .invalidGrant(let message): (.forbidden, "invalid_grant", message)
        case .wrongRedirectURI(let sent, let expected):
            (
                .forbidden, "server_error",
                "The redirect URI is wrong. You send [\(sent)], and we expected [\(expected)]"
            )
        case .invalidProof(let message): (.badRequest, "invalid_dpop_proof", message)
        case .userIsBlocked: (.unauthorized, "unauthorized", "user is blocked")
        case .invalidTarget(let message): (.badRequest, "invalid_target", message)
        case .deviceIsWaiting:
            (
                .badRequest, "authorization_pending",
                "Authorization pending: please repeat the request in a few seconds."
            )
        case .devicePollsTooOften:
            (.tooManyRequests, "slow_down", "You are polling faster than the specified interval")
        case .backChannelNotAllowed:
            (
                .badRequest, "unauthorized_client",
                "Grant type '\(BackChannelLoginGrant.type)' not allowed for the client."
            )
        case .unknownUser(let message): (.badRequest, "unknown_user_id", message)
        case .invalidBindingMessage(let message): (.badRequest, "invalid_binding_message", message)
        case .invalidAuthorizationDetails:
            (.badRequest, "invalid_authorization_details", "authorization_details are not supported")
        case .approvalDenied(let message): (.badRequest, "access_denied", message)
        case .approvalExpired: (.badRequest, "expired_token", "The request has expired")
        case .deviceCodeExpired: (.badRequest, "expired_token", "The device code has expired")
        case .tooManyAttempts(let code, let message): (.tooManyRequests, code, message)
        case .passwordLeaked(let message): (.unauthorized, "password_leaked", message)
        case .loginRequired: (.unauthorized, "login_required", "Login required")
        case .consentRequired: (.forbidden, "consent_required", "Consent required")
        case .interactionRequired(let message): (.forbidden, "interaction_required", message)
        case .expiredToken(let message): (.unauthorized, "expired_token", message)
        case .invalidAccessToken: (.unauthorized, "invalid_token", "The token is not valid for the MFA API")
        case .insufficientScope(let scope):
            (.forbidden, "insufficient_scope", "Insufficient scope, expected: \(scope)")
        case .tooManyFactorAttempts:
            (
                .tooManyRequests, "too_many_attempts",
                "Too many failed codes. Wait for some minutes before retrying."
            )
        case .associationRequired:
            (
                .forbidden, "association_required",
                "User is not enrolled. You can use /mfa/associate endpoint to enroll the first authenticator."
            )
        case .unsupportedChallengeType:
            (
                .badRequest, "unsupported_challenge_type",
                "The user has no authenticator of the challenge types asked for"
            )
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
