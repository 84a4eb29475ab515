import HTTPTypes
import Hummingbird
import StrictJSON
import Tenancy
import TenantHTTP

/// The settings files of the login widget (spec 02 §13): scripts, because the widget of the era loads them across
/// origins by a script element. They hold what any visitor of a login page may see, and no secrets.
struct WidgetSettingsEndpoint: Sendable {
    /// `GET /client/CLIENT_ID.js`
    func client(_ request: Request, _ context: TenantContext) async throws -> Response {
        guard let id = Self.name(of: context.parameters.get("file")),
            let client = try await context.shard.client(id), !client.isGlobal
        else { return Self.notFound }
        let connections = try await context.shard.enabledConnections(of: client.clientID)
        let settings = WidgetClientSettings(
            client: client, connections: try await Self.shown(connections, context), context: context)
        return Self.script("Auth0.setClient(\(settings.json.scriptText()));")
    }

    /// `GET /tenants/v1/TENANT.js` and `/info-v1.js`
    func tenant(_ request: Request, _ context: TenantContext) async throws -> Response {
        if let file = context.parameters.get("file") {
            guard Self.name(of: file) == context.shard.tenantName else { return Self.notFound }
        }
        let connections = try await context.shard.read {
            try $0.connections.portion(ConnectionFilter(), atMost: 1_000).all(in: $0)
        }
        let settings = WidgetTenantSettings(
            connections: try await Self.shown(connections, context),
            defaultDirectory: try await context.shard.settings().defaultDirectory)
        return Self.script("Auth0.setTenant(\(settings.json.scriptText()));")
    }

    /// A tenant may keep to itself which companies it works with.
    static func shown(_ connections: [Connection], _ context: TenantContext) async throws -> [Connection] {
        guard try await context.shard.settings().flag("no_disclose_enterprise_connections") else { return connections }
        return connections.filter { $0.strategyType != .enterprise }
    }

    private static func name(of file: String?) -> String? {
        file.flatMap { $0.hasSuffix(".js") ? String($0.dropLast(3)) : nil }
    }

    private static let notFound = Response.text("Not found", status: .notFound)

    private static func script(_ text: String) -> Response {
        .bytes(
            Array(text.utf8), status: .ok, contentType: "application/x-javascript; charset=utf-8",
            headers: [.cacheControl: "public, max-age=60"])
    }
}
