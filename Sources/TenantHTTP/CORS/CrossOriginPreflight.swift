import HTTPTypes
import Hummingbird

/// Answers `OPTIONS`. A preflight carries no body, so its client is unknown: any client of the tenant that allows
/// the origin will do, and the real request is held against the one it names (spec 01 §3).
public struct CrossOriginPreflight: Sendable {
    private let policy: CrossOriginPolicy
    private let methods: [HTTPRequest.Method]

    private static let allowedHeaders = "Content-Type, Authorization, Auth0-Client, X-Requested-With, DPoP"
    /// Seconds a browser may remember the answer; the real request is checked whatever it remembers.
    private static let maximumAge = "3600"

    /// - Parameter methods: what the path answers, beside `OPTIONS`.
    public init(policy: CrossOriginPolicy, methods: [HTTPRequest.Method]) {
        self.policy = policy
        self.methods = methods
    }

    /// Throws ``OriginRefusal``, and what reading the clients or writing the event throws.
    public func answer(_ request: Request, _ context: TenantContext) async throws -> Response {
        let check = CrossOriginCheck(request, context)
        if policy != .open { try await check.admitAnyClient() }
        var fields: HTTPFields = [:]
        policy.addFields(for: check.origin, to: &fields)
        let methods = methods.map(\.rawValue).joined(separator: ", ")
        fields[.allow] = methods + ", OPTIONS"
        if check.origin.text != nil {
            fields[.accessControlAllowMethods] = methods
            fields[.accessControlAllowHeaders] = Self.allowedHeaders
            fields[.accessControlMaxAge] = Self.maximumAge
        }
        return Response(status: .noContent, headers: fields)
    }
}
