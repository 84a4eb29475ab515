import HTTPTypes
import Hummingbird
import Tenancy

/// Whether calls are counted. The operator switches it for the whole service: `--rate-limits on|off`.
public enum RateLimiting: String, Sendable, CaseIterable {
    case on
    case off
}

/// The limits of the contract (spec 02 §1, spec 03 §1). The sizes are the recorded ones, or the documented where
/// nothing was recorded; the refill is far above what an SDK asks for and below what hurts.
extension RateLimit {
    public static let token = RateLimit("token", size: 100, refill: 50)
    public static let signUp = RateLimit("signup", size: 50, refill: 5)
    public static let userInfo = RateLimit("userinfo", size: 20, refill: 10)
    public static let changePassword = RateLimit("change_password", size: 10, refill: 1)
    public static let tokenInfo = RateLimit("tokeninfo", size: 20, refill: 10)
    /// Of one address and user.
    public static let delegation = RateLimit("delegation", size: 10, refill: 10.0 / 60)
    /// Not of the contract. There is room for an office behind one address where everybody comes by twice in the
    /// morning; to try a list of names takes long.
    public static let organizationName = RateLimit("organization_name", size: 120, refill: 2)
    public static let management = RateLimit("management", size: 50, refill: 50)
}

extension RateDecision {
    /// The header fields SDKs and scripts pace themselves by.
    public var fields: HTTPFields {
        [
            .rateLimit: String(limit), .rateLimitRemaining: String(remaining), .rateLimitReset: String(reset.seconds),
        ]
    }
}

extension RateLimit {
    /// The event of a refusal. One a minute for each bucket, or a flood of calls would be a flood of events.
    public var logType: LogType {
        switch name {
        case RateLimit.userInfo.name: .tooManyUserInfoCalls
        case RateLimit.delegation.name: .tooManyDelegations
        default: .apiRateLimit
        }
    }
}

extension TenantContext {
    /// Counts a call of the request's network; where it is one too many and nobody has been told of it for a minute,
    /// an event says so.
    /// - Parameter user: whose call it is, for limits by address and user.
    public func count(
        _ request: Request, against limit: RateLimit, user: String? = nil
    ) async throws -> RateDecision {
        let network = clientNetwork.description
        let caller = user.map { network + "\n" + $0 } ?? network
        let decision = shard.rateLimiter.take(limit, caller: caller, at: now)
        if decision.isToBeLogged {
            var event = RequestFacts(request, self).event(limit.logType, "Too many calls to \(request.uri.path)")
            event.userID = user
            event.details = ["limit": .int(limit.size), "path": .string(request.uri.path)]
            let reported = event
            try await shard.write { try $0.logs.append(reported) }
        }
        return decision
    }
}

extension HTTPField.Name {
    public static let rateLimit = HTTPField.Name("X-RateLimit-Limit")!
    public static let rateLimitRemaining = HTTPField.Name("X-RateLimit-Remaining")!
    public static let rateLimitReset = HTTPField.Name("X-RateLimit-Reset")!
}
