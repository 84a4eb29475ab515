import OpenSSL
import StrictJSON

/// Secret of a client made together with its tenant; shown once.
public struct ManagementClient: Sendable {
    public let clientID: String
    public let clientSecret: String
}

/// What every new tenant has from its first moment (spec 01 §5): its signing key, the system API, the global
/// client, `Default App` and one database connection.
struct NewTenantObjects {
    let domain: String
    let signingKey: PrivateKey
    let now: Timestamp
    let wantsManagementClient: Bool

    func write(to tenant: TenantDatabase) throws -> ManagementClient? {
        // A client that is made later by the Management API has the connections that are there (spec 01 §5), so its users
        // can log in at once.
        try tenant.settings.save(["flags": ["enable_client_connections": true], "sandbox_version": "8"])
        try tenant.settings.renewTransactionKey()
        try tenant.signingKeys.setCurrent(SigningKey.make(key: signingKey, domain: domain, at: now))
        let system = Self.systemAPI(at: now)
        try tenant.resourceServers.insert(system)
        try tenant.clients.insert(globalClient)
        let app = defaultApp
        try tenant.clients.insert(app)
        var clients = [app.clientID]
        var management: ManagementClient?
        if wantsManagementClient {
            let client = managementClient
            try tenant.clients.insert(client)
            try tenant.clientGrants.insert(
                ClientGrant(
                    id: ClientGrant.newID(), clientID: client.clientID, resourceServerID: system.id,
                    scope: SystemScopes.all, createdAt: now))
            clients.append(client.clientID)
            management = ManagementClient(clientID: client.clientID, clientSecret: client.secret)
        }
        try tenant.connections.insert(database(enabledClients: clients))
        return management
    }

    private static func systemAPI(at now: Timestamp) -> ResourceServer {
        ResourceServer(
            id: ResourceServer.newID(), identifier: ResourceServer.systemIdentifier, isSystem: true, createdAt: now,
            document: [
                "name": "Auth0 Management API",
                "allow_offline_access": false,
                "skip_consent_for_verifiable_first_party_clients": false,
                "token_lifetime": 86400,
                "token_lifetime_for_web": 7200,
                "signing_alg": "RS256",
                "scopes": .array(SystemScopes.all.map { ["value": .string($0)] }),
            ])
    }

    private var globalClient: Client {
        newClient(isGlobal: true, ["name": "All Applications", "callbacks": []])
    }

    private var defaultApp: Client {
        newClient([
            "name": "Default App",
            "oidc_conformant": true,
            "callbacks": [],
            "jwt_configuration": ["alg": "RS256", "lifetime_in_seconds": 36000, "secret_encoded": false],
        ])
    }

    private var managementClient: Client {
        newClient([
            "name": "Management",
            "app_type": "non_interactive",
            "oidc_conformant": true,
            "token_endpoint_auth_method": "client_secret_post",
            "jwt_configuration": ["alg": "RS256", "lifetime_in_seconds": 36000, "secret_encoded": false],
            "grant_types": ["client_credentials"],
        ])
    }

    private func newClient(isGlobal: Bool = false, _ properties: JSONObject) -> Client {
        var document = Client.defaults
        for (key, value) in properties { document[key] = value }
        return Client(
            clientID: Client.newID(), secret: Client.newSecret(), isGlobal: isGlobal, createdAt: now,
            document: document)
    }

    private func database(enabledClients: [String]) -> Connection {
        Connection(
            id: Connection.newID(), name: Connection.defaultDatabaseName, strategy: "auth0", createdAt: now,
            enabledClients: enabledClients,
            document: [
                "options": .object(Connection.databaseDefaults), "is_domain_connection": false,
                "realms": [.string(Connection.defaultDatabaseName)],
            ])
    }
}
