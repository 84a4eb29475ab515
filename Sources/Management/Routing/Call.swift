import Hummingbird
import StrictJSON
import Tenancy
import TenantHTTP

/// A request that passed every general check: the caller is known and may do this, and path, query and body have
/// the declared form.
struct Call: Sendable {
    let caller: Caller
    let shard: Shard
    let services: ManagementServices
    /// The audience of the Management API under the domain of the request.
    let managementAudience: String
    let signingKeys: SigningKeys
    let now: Timestamp
    let id: String
    /// The captured segments of the path beside `:id`, by name.
    let innerIDs: [String: String]
    let query: JSONObject
    let body: JSONObject
    /// The body, whatever it is.
    let content: JSON
    /// The body where it is a list.
    let items: [JSON]
    /// The request as it came, for the route that takes a file.
    let request: Request
    let audit: AuditRecord

    /// The issuer under the domain of the request: what links and tokens name.
    var issuer: String { String(managementAudience.dropLast("api/v2/".count)) }

    /// The tenant's host of the request, with its port where it is not the standard one.
    var host: String { String(issuer.dropFirst("https://".count).dropLast()) }

    /// Commits a write together with the audit event that reports it.
    func commit(
        _ change: @escaping @Sendable (TenantDatabase) throws -> Answer
    ) async throws -> Answer {
        try await shard.write { [audit] db in
            let answer = try change(db)
            try db.logs.append(audit.event(answer))
            return answer
        }
    }
}
