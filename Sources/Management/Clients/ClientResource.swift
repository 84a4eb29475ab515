import HTTPTypes
import StrictJSON
import Tenancy

/// The client registry: `/api/v2/clients` (spec 03 §2).
struct ClientResource: WritableResource {
    static let routes: [Route] = {
        let resource = ClientResource()
        return [
            resource.listRoute(access: ["read:clients", "read:client_keys"]),
            resource.createRoute(access: ["create:clients"]),
            resource.showRoute(access: ["read:clients", "read:client_keys"]),
            resource.changeRoute(access: ["update:clients", "update:client_keys"]),
            resource.deleteRoute(access: ["delete:clients"]),
            resource.rotateSecretRoute,
        ]
    }()

    let names = ResourceNames(
        path: "clients", plural: "clients", singular: "a client", kept: ["tenant"], missing: .client,
        idFormat: .clientID)
    let listing = Schema.listing([
        "is_global": .flag("Whether to list the global client or the others"),
        "is_first_party": .flag("Whether to list first party clients or the others"),
        "app_type": .text("A comma separated list of application types", length: 1...500, format: .fieldList),
    ])
    let unpagedLimit = Int.max
    let creation = ClientSchema.creation
    let change = ClientSchema.change

    /// Properties whose change needs `update:client_keys`.
    private static let keyProperties: Set<String> = ["client_secret", "encryption_key"]

    /// What may be changed of the global client, which stands for the tenant itself: its hosted pages.
    private static let globalProperties: Set<String> = [
        "custom_login_page", "custom_login_page_on", "custom_login_page_preview", "form_template",
    ]

    // MARK: Reading

    func page(_ paging: Paging, _ call: Call, _ db: TenantDatabase) throws -> (items: [Client], total: Int) {
        let filter = ClientFilter(
            isGlobal: call.query["is_global"]?.bool, isFirstParty: call.query["is_first_party"]?.bool,
            appTypes: call.query["app_type"]?.string?.split(separator: ",").map(String.init))
        return (
            try db.clients.list(filter, offset: paging.offset, limit: paging.limit), try db.clients.count(filter)
        )
    }

    func find(_ id: String, _ call: Call, _ db: TenantDatabase) throws -> Client? { try db.clients.find(id) }

    func documents(of clients: [Client], for call: Call, _ occasion: Occasion) throws -> [JSONObject] {
        let view = try ClientView(call, occasion)
        return clients.map(view.document)
    }

    // MARK: Writing

    func draft(creating call: Call) async throws -> JSONObject { call.body }

    func insert(_ body: JSONObject, _ call: Call, _ db: TenantDatabase) throws -> Client {
        var properties = JSONObject().patched(deep: body)
        let secret = properties.removeValue(forKey: "client_secret")?.string
        try ClientSchema.checkKeys(of: properties)
        let client = Client(
            clientID: Client.newID(), secret: secret ?? Client.newSecret(), isGlobal: false, createdAt: call.now,
            document: Client.defaults.patched(deep: properties))
        try db.clients.insert(client)
        if try db.settings.load()?.flag("enable_client_connections") == true {
            try db.connections.enableAll(for: client.clientID)
        }
        return client
    }

    func draft(changing call: Call) async throws -> JSONObject {
        let changed = Set(call.body.keys)
        if !changed.isDisjoint(with: Self.keyProperties) { try call.caller.require(anyOf: ["update:client_keys"]) }
        if !changed.isSubset(of: Self.keyProperties) { try call.caller.require(anyOf: ["update:clients"]) }
        return call.body
    }

    func update(_ client: Client, with body: JSONObject, _ call: Call, _ db: TenantDatabase) throws -> Client {
        guard !client.isGlobal || Set(body.keys).isSubset(of: Self.globalProperties) else {
            throw ManagementError.notSupported("Only the pages of the global client can be changed")
        }
        var properties = body
        let secret = properties.removeValue(forKey: "client_secret")?.string
        let document = client.document.patched(deep: properties).filled(with: Client.defaults)
        // Metadata merges, so that its bounds hold for the whole only after the merge.
        if let metadata = document["client_metadata"] {
            try ClientSchema.metadata.check(metadata, at: "client_metadata")
        }
        try ClientSchema.checkKeys(of: document)
        let changed = client.replacing(secret: secret, document: document)
        try db.clients.update(changed)
        return changed
    }

    func delete(_ client: Client, _ call: Call, _ db: TenantDatabase) throws {
        guard !client.isGlobal else { throw ManagementError.notSupported("The global client cannot be deleted") }
        guard client.clientID != call.caller.clientID else {
            throw ManagementError.notSupported("A client cannot delete itself")
        }
        _ = try db.clients.delete(client.clientID)
    }

    private var rotateSecretRoute: Route {
        Route(
            method: .post, path: "/clients/:id/rotate-secret", access: ["update:client_keys"],
            idFormat: names.idFormat, operation: "Rotate a client secret"
        ) { call in
            try await call.commit { db in
                guard let client = try db.clients.find(call.id) else {
                    throw ManagementError.inexistent(.client)
                }
                let rotated = client.replacing(secret: Client.newSecret())
                try db.clients.update(rotated)
                return .ok(try document(of: rotated, for: call, .rotation))
            }
        }
    }
}
