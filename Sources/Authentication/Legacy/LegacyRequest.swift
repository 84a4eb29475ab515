import Hummingbird
import StrictJSON
import Tenancy
import TenantHTTP

/// A request to a legacy endpoint: its parameters, its client and the facts of its events.
struct LegacyRequest: Sendable {
    let parameters: APIParameters
    let clientID: String
    let client: Client?
    let settings: TenantSettings
    let context: TenantContext
    let facts: RequestFacts

    /// Reads the request and holds its origin against the client's.
    init(_ request: Request, _ context: TenantContext) async throws {
        parameters = try await request.apiParameters()
        guard !parameters.names.contains(where: { $0.contains(".") }) else { throw LegacyRefusal.dottedFields }
        self.context = context
        facts = RequestFacts(request, context, telemetry: try parameters.text("auth0Client"))
        settings = try await context.shard.settings()
        clientID = try Self.required("client_id", parameters)
        client = try await context.shard.client(clientID)
        try await CrossOriginCheck(request, context).admit(client)
    }

    var shard: Shard { context.shard }

    /// A parameter that must be there; throws ``LegacyRefusal/missing(_:)``.
    func required(_ name: String) throws -> String { try Self.required(name, parameters) }

    func optional(_ name: String) throws -> String? {
        try parameters.text(name).flatMap { $0.isEmpty ? nil : $0 }
    }

    /// The scopes asked for, each once.
    func scope() throws -> [String] {
        guard let value = parameters[json: "scope"] else { return [] }
        guard let text = value.string else { throw LegacyRefusal.invalidRequest("scope parameter must be a string") }
        return Scopes.parse(text)
    }

    /// A connection of the client by its name.
    func connection(for client: Client) async throws -> Connection {
        guard let connection = try await shard.connection(named: try required("connection")) else {
            throw LegacyRefusal.connectionNotFound
        }
        guard connection.isEnabled(for: client.clientID) else { throw LegacyRefusal.connectionDisabled }
        return connection
    }

    func event(_ type: LogType, _ description: String?, connection: Connection? = nil, user: User? = nil) -> LogEvent {
        var event = facts.event(type, description)
        event.clientID = client?.clientID ?? clientID.bounded(64)
        event.clientName = client?.name ?? "N/A"
        event.connection = connection?.identity
        event.userID = user?.userID
        event.userName = user.flatMap { $0.email ?? $0.username ?? $0.name }
        return event
    }

    private static func required(_ name: String, _ parameters: APIParameters) throws -> String {
        guard let value = try parameters.text(name), !value.isEmpty else { throw LegacyRefusal.missing(name) }
        return value
    }
}
