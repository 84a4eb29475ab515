import StrictJSON
import Tenancy
import TenantHTTP

/// Makes the events around an account's tickets (spec 04 §2): asked for, used, refused.
struct TicketAudit: Sendable {
    let facts: RequestFacts
    var client: Client?
    var connection: Connection?

    func event(
        _ type: LogType, _ description: String? = nil, user: User? = nil, name: String? = nil, error: String? = nil
    ) -> LogEvent {
        var event = facts.event(type, description ?? error)
        event.clientID = client?.clientID
        event.clientName = client?.name
        event.connection = connection?.identity
        event.userID = user?.userID
        event.userName = user?.email ?? user?.username ?? name.map { $0.bounded(320) }
        if let error { event.details = ["error": ["message": .string(error)]] }
        return event
    }
}
