import Hummingbird
import StrictJSON
import Tenancy
import TenantHTTP

/// `POST /oidc/register`: anybody's application registers itself, where the tenant has switched that on (OpenID Connect
/// Dynamic Client Registration §3, spec 02 §11). What comes of it is always a third party: it asks its users for
/// consent and sees only domain connections.
struct RegistrationEndpoint: Sendable {
    /// Third parties a tenant has at most: nobody proves anything here, so nobody may fill the database.
    static let limit = 1_000
    /// Of these, what one network may have: or the first caller to try would take them all.
    static let share = 50

    func answer(_ request: Request, _ context: TenantContext) async throws -> Response {
        guard try await context.shard.settings().registersClients else { throw OAuthError.endpointDisabled }
        let facts = RequestFacts(request, context)
        let network = context.clientNetwork
        do {
            let wanted = try await RegistrationRequest(request)
            let client = Self.client(wanted, at: context.now)
            let event = Self.event(.apiOperation, "Dynamic client registration", client, facts)
            try await context.shard.write { db in
                guard try db.clients.count(ClientFilter(isFirstParty: false)) < Self.limit,
                    try db.clientRegistrations.count(from: network) < Self.share
                else { throw OAuthError.tooManyClients }
                try db.clients.insert(client)
                try db.clientRegistrations.insert(client, from: network)
                try db.logs.append(event)
            }
            return Self.response(client, wanted)
        } catch {
            guard let error = OAuthError(cause: error) else { throw error }
            let event = Self.event(.failedAPIOperation, "Dynamic client registration: \(error.message)", nil, facts)
            try await context.shard.write { try $0.logs.append(event) }
            throw error
        }
    }

    private static func client(_ wanted: RegistrationRequest, at now: Timestamp) -> Client {
        Client(
            clientID: Client.newID(), secret: Client.newSecret(), isGlobal: false, createdAt: now,
            document: Client.defaults.merging(deep: [
                "name": .string(wanted.name), "callbacks": .array(wanted.redirectURIs.map(JSON.string)),
                "token_endpoint_auth_method": .string(wanted.authMethod.rawValue), "is_first_party": false,
                "oidc_conformant": true, "jwt_configuration": ["alg": "RS256"],
                // Nothing that has no user, and nothing that puts tokens into addresses (RFC 9700 §2.1.2).
                "grant_types": [.string(AuthorizationCodeGrant.type), .string(RefreshTokenGrant.type)],
            ]))
    }

    private static func response(_ client: Client, _ wanted: RegistrationRequest) -> Response {
        .json(
            [
                "client_name": .string(wanted.name), "client_id": .string(client.clientID),
                "client_secret": .string(client.secret),
                "redirect_uris": .array(wanted.redirectURIs.map(JSON.string)),
                "token_endpoint_auth_method": .string(wanted.authMethod.rawValue), "client_secret_expires_at": 0,
            ], status: .created, contentType: "application/json")
    }

    private static func event(
        _ type: LogType, _ description: String, _ client: Client?, _ facts: RequestFacts
    ) -> LogEvent {
        var event = facts.event(type, description.bounded(512))
        event.clientID = client?.clientID
        event.clientName = client?.name
        return event
    }
}

extension TenantSettings {
    /// Whether applications may register themselves.
    var registersClients: Bool { flag("enable_dynamic_client_registration") }
}
