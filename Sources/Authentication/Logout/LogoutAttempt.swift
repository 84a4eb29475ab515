import StrictJSON
import Tenancy
import TenantHTTP
import WebAddresses

/// Who asked to be logged out, and where to go then.
struct LogoutAttempt: Sendable {
    let clientID: String?
    let client: Client?
    let returnTo: String?
    /// Where the user may be sent: with a client its own list counts, without one the tenant's; an unknown client has
    /// none (spec 02 §9).
    let allowed: [String]
    /// Whether the user was to be logged out upstream too. Database connections have no upstream.
    let isFederated: Bool

    init(
        clientID: String?, client: Client?, returnTo: String?, isFederated: Bool = false, settings: TenantSettings
    ) {
        self.clientID = clientID
        self.client = client
        self.returnTo = returnTo
        self.isFederated = isFederated
        allowed = clientID == nil ? settings.allowedLogoutURLs : client?.allowedLogoutURLs ?? []
    }

    /// Whether the user may be sent where the attempt wants (spec 08 U9).
    var mayReturn: Bool { returnTo.map { URLList(allowed, .logout).allows($0) } ?? true }

    func event(_ type: LogType, _ description: String, _ facts: RequestFacts) -> LogEvent {
        var event = facts.event(type, description)
        event.clientID = clientID.map { $0.bounded(64) }
        event.clientName = client?.name ?? (clientID == nil ? nil : "N/A")
        var details: JSONObject = ["allowed_logout_url": .array(allowed.map(JSON.string))]
        if let returnTo { details["return_to"] = .string(returnTo.bounded(2048)) }
        if isFederated { details["federated"] = true }
        event.details = details
        return event
    }

    /// Logs the refusal; returns the page that says so.
    func refusal(_ message: String, _ visit: Visit) async throws -> PageError {
        let event = event(.failedLogout, message, visit.facts)
        try await visit.shard.write { try $0.logs.append(event) }
        return .badRequest(message)
    }
}
