import HTTPTypes
import StrictJSON
import Tenancy

/// Which client may get tokens for which API by itself: `/api/v2/client-grants` (spec 03 §3).
struct ClientGrantResource: WritableResource {
    static let routes: [Route] = {
        let resource = ClientGrantResource()
        return [
            resource.listRoute(access: ["read:client_grants"]),
            resource.createRoute(access: ["create:client_grants"]),
            resource.showRoute(access: ["read:client_grants"]),
            resource.changeRoute(access: ["update:client_grants"]),
            resource.deleteRoute(access: ["delete:client_grants"]),
        ]
    }()

    /// A grant with the audience of its API.
    struct Item: Sendable {
        let grant: ClientGrant
        let audience: String
        /// Made with its client (``SetUpGrant``), and neither changed nor removed but with it.
        let isSystem: Bool
    }

    let names = ResourceNames(
        path: "client-grants", plural: "client_grants", singular: "client grant", missing: .clientGrant,
        idFormat: .clientGrantID)
    let listing = Schema.listing([
        "audience": .text("Audience of the grants to list", length: 1...600),
        "client_id": .text("Client of the grants to list", length: 1...64),
    ])
    let unpagedLimit = Int.max
    let creation = properties
    let change = properties.change(immutable: ["client_id", "audience", "subject_type"], stay: ["scope"])

    let shown = properties.showing(
        always: ["id": .text("The id", format: .clientGrantID)],
        sometimes: ["is_system": .flag("Whether it came with its client and goes with it")]
    ).named("ClientGrant")

    private static let properties = Schema.object(
        "The grant",
        [
            "client_id": .text("The identifier of the client", format: .clientID),
            "audience": .text("The audience", length: 1...600, format: .audience),
            "scope": .list("The scopes granted", of: .text("", length: 1...280, format: .scope)),
            "organization_usage": .choice(
                "Whether tokens of the grant may, or must, act in an organization",
                of: OrganizationAccess.Usage.allCases.map(\.rawValue)),
            "allow_any_organization": .flag("Whether that may be any organization of the tenant"),
            "subject_type": .choice("Whose tokens the grant is for", of: ["client"]),
        ],
        required: ["client_id", "audience", "scope"])

    // MARK: Reading

    func portion(_ paging: Paging, _ call: Call, _ db: TenantDatabase) throws -> Portion<Item> {
        guard let filter = try Self.filter(call, db) else { return Portion([]) }
        return try db.clientGrants.portion(
            filter, behind: paging.place, offset: paging.offset, atMost: paging.reach
        ).map(in: db) {
            try Self.items($0, call, $1)
        }
    }

    func place(of item: Item, _ call: Call) -> ListPlace? { item.grant.place }

    func total(_ paging: Paging, _ call: Call, _ db: TenantDatabase) throws -> Int {
        try Self.filter(call, db).map(db.clientGrants.count) ?? 0
    }

    /// Nil where nothing can match: there is no such API.
    private static func filter(_ call: Call, _ db: TenantDatabase) throws -> ClientGrantFilter? {
        let clientID = call.query["client_id"]?.string
        guard let audience = call.query["audience"]?.string else { return ClientGrantFilter(clientID: clientID) }
        return try db.resourceServers.find(audience: audience, call).map {
            ClientGrantFilter(clientID: clientID, resourceServerID: $0.id)
        }
    }

    private static func items(_ grants: [ClientGrant], _ call: Call, _ db: TenantDatabase) throws -> [Item] {
        var apis: [String: ResourceServerIdentity] = [:]
        return try grants.compactMap { grant in
            guard let api = try apis[grant.resourceServerID] ?? db.resourceServers.identity(grant.resourceServerID)
            else {
                return nil
            }
            apis[grant.resourceServerID] = api
            return try item(grant, of: api, call, db)
        }
    }

    private static func item(
        _ grant: ClientGrant, of api: ResourceServerIdentity, _ call: Call, _ db: TenantDatabase
    ) throws -> Item {
        Item(
            grant: grant, audience: api.audience(call),
            isSystem: try api.isSystem && db.clients.appType(of: grant.clientID) == SetUpGrant.clientType)
    }

    func find(_ id: String, _ call: Call, _ db: TenantDatabase) throws -> Item? {
        guard let grant = try db.clientGrants.find(id),
            let api = try db.resourceServers.identity(grant.resourceServerID)
        else { return nil }
        return try Self.item(grant, of: api, call, db)
    }

    func documents(of items: [Item], for call: Call, _ occasion: Occasion) -> [JSONObject] {
        items.map { item in
            var shown: JSONObject = [
                "id": .string(item.grant.id), "client_id": .string(item.grant.clientID),
                "audience": .string(item.audience), "scope": .array(item.grant.scope.map(JSON.string)),
                // The tokens of users follow from consent and permissions; no grant is for them.
                "subject_type": "client",
            ]
            if item.isSystem { shown["is_system"] = true }
            let organizations = item.grant.organizations
            shown["organization_usage"] = organizations.usage.map { .string($0.rawValue) }
            if organizations.usage != nil || organizations.allowsAny {
                shown["allow_any_organization"] = .bool(organizations.allowsAny)
            }
            return shown
        }
    }

    // MARK: Writing

    func draft(creating call: Call) async throws -> JSONObject { call.body }

    func insert(_ body: JSONObject, _ call: Call, _ db: TenantDatabase) throws -> Item {
        let audience = body["audience"]?.string ?? ""
        guard let client = try db.clients.find(body["client_id"]?.string ?? "") else {
            throw ManagementError.inexistent(.client)
        }
        guard client.appType != SetUpGrant.clientType else {
            throw ManagementError.unfit("Client of type express_configuration cannot be used")
        }
        guard let api = try db.resourceServers.find(audience: audience, call) else {
            throw ManagementError.inexistent(.resourceServer)
        }
        let grant = ClientGrant(
            id: ClientGrant.newID(), clientID: client.clientID, resourceServerID: api.id, scope: Self.scope(body),
            organizations: OrganizationAccess().changed(by: body), createdAt: call.now)
        try db.clientGrants.insert(grant)
        return Item(grant: grant, audience: audience, isSystem: false)
    }

    func draft(changing call: Call) async throws -> JSONObject { call.body }

    func update(_ item: Item, with body: JSONObject, _ call: Call, _ db: TenantDatabase) throws -> Item {
        guard !item.isSystem else { throw ManagementError.notSupported("A system grant cannot be changed") }
        var changed = item.grant
        if body["scope"] != nil { changed.scope = Self.scope(body) }
        changed.organizations = changed.organizations.changed(by: body)
        try db.clientGrants.update(changed)
        return Item(grant: changed, audience: item.audience, isSystem: false)
    }

    func delete(_ item: Item, _ call: Call, _ db: TenantDatabase) throws {
        guard !item.isSystem else { throw ManagementError.notSupported("A system grant cannot be deleted") }
        _ = try db.clientGrants.delete(item.grant.id)
    }

    private static func scope(_ body: JSONObject) -> [String] {
        body["scope"]?.array?.compactMap(\.string) ?? []
    }
}

extension OrganizationAccess {
    fileprivate func changed(by body: JSONObject) -> OrganizationAccess {
        // What is null is taken back.
        OrganizationAccess(
            usage: body["organization_usage"].map { $0.string.flatMap(Usage.init(rawValue:)) } ?? usage,
            allowsAny: body["allow_any_organization"].map { $0.bool ?? false } ?? allowsAny)
    }
}
