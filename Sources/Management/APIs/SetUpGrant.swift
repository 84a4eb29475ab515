import Tenancy

/// What the client by which a directory sets other clients up (`express_configuration`) may do at the Management API. It
/// comes with the client, and the contract names it: connections, their organizations and tokens of SCIM, and reading what
/// these need.
enum SetUpGrant {
    static let clientType = "express_configuration"

    private static let scope = [
        "read:clients", "read:user_attribute_profiles", "read:connection_profiles", "read:organizations_summary",
        "read:connections", "create:connections", "update:connections", "read:connections_options",
        "update:connections_options", "read:organization_connections", "create:organization_connections",
        "update:organization_connections", "create:scim_config", "read:scim_token", "create:scim_token",
        "delete:scim_token",
    ]

    /// Grants it to a new client of the type, where whoever makes the client may make grants at all: otherwise making
    /// clients would be a way to permissions that nobody has given.
    static func make(for client: Client, _ call: Call, _ db: TenantDatabase) throws {
        guard client.appType == clientType, call.caller.holds("create:client_grants"),
            let api = try db.resourceServers.find(identifier: ResourceServer.systemIdentifier)
        else { return }
        try db.clientGrants.insert(
            ClientGrant(
                id: ClientGrant.newID(), clientID: client.clientID, resourceServerID: api.id, scope: scope,
                createdAt: call.now))
    }
}
