import HTTPTypes
import Hummingbird
import StrictJSON
import Tenancy
import TenantHTTP

/// What the audit trail will say about one call: `sapi` for a write that happened, `fapi` for one that was refused
/// (spec 04 §3).
struct AuditRecord: Sendable {
    /// Like "Create a client"; nil for reads, which are not reported.
    let operation: String?
    var clientName: String?
    var query: JSONObject = [:]
    /// The user whom the path names; nil where it names none.
    var userID: String?
    /// The body as far as it was read; empty for a write that has none.
    var body: JSON
    private let isConfidential: Bool
    private let facts: RequestFacts
    private let method: String
    private let path: String
    private let caller: Caller

    init(_ route: Route, _ request: Request, _ context: TenantContext, _ caller: Caller) {
        operation = route.operation
        body = route.body == nil ? [:] : .null
        isConfidential = route.isConfidential
        facts = RequestFacts(request, context)
        method = request.method.rawValue.lowercased()
        path = String(request.uri.path.prefix(1_024))
        self.caller = caller
    }

    /// The event of a write that is being committed.
    func event(_ answer: Answer) -> LogEvent {
        event(.apiOperation, operation, status: answer.status.code, body: answer.body ?? [:])
    }

    /// The event of a refused write.
    func event(_ refusal: ManagementError) -> LogEvent {
        var answer = refusal.body
        let told = redacted(refusal.answer.message)
        answer["message"] = .string(told)
        return event(
            .failedAPIOperation, "\(operation ?? method): \(told)", status: refusal.status.code, body: .object(answer))
    }

    /// What a refusal says, without the secrets of the body: it repeats what was not accepted, to the caller who knows it.
    func redacted(_ message: String) -> String {
        Secrets.redacted(message, about: body, all: isConfidential)
    }

    /// An event beside the report of the call: what it has done to somebody.
    /// - Parameter userID: of somebody who is not there (any more); with a user it is theirs.
    func event(
        _ type: LogType, _ description: String, about user: User? = nil, userID: String? = nil, in db: TenantDatabase
    ) throws -> LogEvent {
        var event = facts.event(type, description)
        event.clientID = caller.clientID
        event.clientName = clientName ?? ""
        event.userID = user?.userID ?? userID
        event.userName = user.flatMap { $0.email ?? $0.username ?? $0.phoneNumber }
        event.connection = try user.flatMap { try db.connections.identity(name: $0.connection) }
        return event
    }

    private func event(_ type: LogType, _ description: String?, status: Int, body answer: JSON) -> LogEvent {
        var event = facts.event(type, description)
        event.clientID = caller.clientID
        event.clientName = clientName ?? ""
        var credentials: JSONObject = ["scopes": .array(caller.scopes.sorted().map(JSON.string))]
        if let id = caller.tokenID { credentials["jti"] = .string(id) }
        let user: JSONObject = caller.subject.contains("|") ? ["user_id": .string(caller.subject)] : [:]
        event.details = [
            "request": [
                "method": .string(method), "path": .string(path), "query": .object(query),
                "userAgent": facts.userAgent.map(JSON.string) ?? .null, "body": masked(body),
                "channel": "api", "ip": .string(facts.ip),
                "auth": [
                    "user": .object(user), "strategy": "jwt", "credentials": .object(credentials),
                ],
            ],
            "response": ["statusCode": .int(status), "body": type == .apiOperation ? masked(answer) : answer],
        ]
        return event
    }

    private func masked(_ value: JSON) -> JSON { isConfidential ? Secrets.hidden(value) : Secrets.masked(value) }
}
