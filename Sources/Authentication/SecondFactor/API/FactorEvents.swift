import Hummingbird
import Tenancy
import TenantHTTP

/// The audit events of the MFA API.
struct FactorEvents: Sendable {
    private let facts: RequestFacts
    private let client: Client

    init(_ request: Request, _ context: TenantContext, _ caller: FactorCaller) {
        facts = RequestFacts(request, context)
        client = caller.client
    }

    func event(_ type: LogType, _ description: String, _ user: User?) -> LogEvent {
        var event = facts.event(type, description)
        event.clientID = client.clientID
        event.clientName = client.name
        event.userID = user?.userID
        event.userName = user.flatMap { $0.email ?? $0.username ?? $0.name }
        return event
    }
}
