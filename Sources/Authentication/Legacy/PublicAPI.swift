import Hummingbird
import StrictJSON
import Tenancy
import TenantHTTP

/// `/public/api` of the first SDKs (spec 02 §13): questions of pages, for clients of the old kind alone.
struct PublicAPI: Sendable {
    let passwords: PasswordLogin

    /// `POST /public/api/users/validate_userpassword`: whether a password is right, by 200, or by 404, which is no. It
    /// is an attempt to log in like any other: counted, shielded and logged.
    func validate(_ request: Request, _ context: TenantContext) async throws -> Response {
        let legacy = try await LegacyRequest(request, context)
        let client = try LegacyFeature.password.admit(legacy.client, legacy.settings)
        let connection = try await legacy.connection(for: client)
        guard connection.isDatabase else { throw LegacyRefusal.unsupportedStrategy }
        let name = try legacy.optional("username") ?? legacy.required("email")
        let password = try legacy.required("password")
        do {
            _ = try await legacy.userID(of: name, password, at: connection, for: client, by: passwords)
        } catch let refusal as PasswordRefusal {
            guard case .wrongCredentials = refusal.reason else { throw LegacyRefusal(refusal.reason) }
            return .text("false", status: .notFound)
        }
        try await legacy.shard.write { try LegacyFeature.password.note(client, legacy.facts, in: $0) }
        return .text("true", status: .ok)
    }

    /// `GET /public/api/CLIENT_ID/connections`: what the client's users may choose from. It says no more than
    /// `/client/CLIENT_ID.js`.
    func connections(_ request: Request, _ context: TenantContext) async throws -> Response {
        let id = context.parameters.get("id") ?? ""
        let client = try await context.shard.client(id)
        try await CrossOriginCheck(request, context).admit(client)
        guard let client, !client.isGlobal else { throw LegacyRefusal.invalidClient }
        guard !client.isOIDCConformant else { throw LegacyRefusal.endpointDisabled }
        let enabled = try await context.shard.enabledConnections(of: client.clientID)
        let connections = try await WidgetSettingsEndpoint.shown(enabled, context)
        return .json(
            .array(connections.map { ["name": .string($0.name), "strategy": .string($0.strategy), "status": true] }))
    }
}
