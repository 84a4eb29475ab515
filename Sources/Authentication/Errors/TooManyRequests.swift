import HTTPTypes
import Hummingbird
import StrictJSON
import Tenancy
import TenantHTTP

/// 429 in the shape of the endpoint (spec 02 §1).
struct TooManyRequests: Error, HTTPResponseError {
    enum Family: Sendable {
        case oauth, database, generic
    }

    let family: Family
    let decision: RateDecision
    /// The moment of the refusal.
    let now: Timestamp

    var status: HTTPResponse.Status { .tooManyRequests }

    private static let message =
        "Too many requests. Check the X-RateLimit-Limit, X-RateLimit-Remaining and X-RateLimit-Reset headers."

    func response(from request: Request, context: some RequestContext) throws -> Response {
        let body: JSON =
            switch family {
            case .oauth: ["error": "too_many_requests", "error_description": .string(Self.message)]
            case .database:
                [
                    "name": "TooManyRequestsError", "code": "too_many_requests", "description": .string(Self.message),
                    "statusCode": 429,
                ]
            case .generic: ["message": .string(Self.message)]
            }
        var headers = decision.fields
        headers[.retryAfter] = String(max(1, decision.reset.seconds - now.seconds))
        return .json(body, status: status, contentType: "application/json", headers: headers)
    }
}

/// The limit of an endpoint, and how it refuses.
struct EndpointLimit: Sendable {
    let limit: RateLimit
    var family = TooManyRequests.Family.oauth

    static let token = EndpointLimit(limit: .token)
    static let tokenInfo = EndpointLimit(limit: .tokenInfo)
    static let userInfo = EndpointLimit(limit: .userInfo, family: .generic)
    static let signUp = EndpointLimit(limit: .signUp, family: .database)
    /// Whatever sends a message or makes something lasting, told as OAuth tells it.
    static let start = EndpointLimit(limit: .signUp)
    /// Names are there to be guessed.
    static let organizationName = EndpointLimit(limit: .organizationName)
    static let changePassword = EndpointLimit(limit: .changePassword, family: .database)

    /// Counts a call, whatever it will be answered: refusals of the handler are calls like any other.
    func count(_ request: Request, _ context: TenantContext) async throws -> RateDecision {
        try await context.count(request, against: limit)
    }

    /// The answer to one who has called too often.
    func refusal(_ decision: RateDecision, _ request: Request, _ context: TenantContext) throws -> Response {
        try TooManyRequests(family: family, decision: decision, now: context.now)
            .response(from: request, context: context)
    }
}
