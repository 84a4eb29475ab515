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
        ] + ClientCredentialRoutes.all
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
    let shown = ClientSchema.shown

    /// Properties whose change needs `update:client_keys`.
    private static let keyProperties: Set<String> = ["client_secret", "encryption_key"]

    /// What may be changed of the global client, which stands for the tenant itself: its hosted pages.
    private static let globalProperties: Set<String> = [
        "custom_login_page", "custom_login_page_on", "custom_login_page_preview", "form_template",
    ]

    // MARK: Reading

    func portion(_ paging: Paging, _ call: Call, _ db: TenantDatabase) throws -> Portion<Client> {
        try db.clients.portion(
            Self.filter(call), behind: paging.place, offset: paging.offset, atMost: paging.reach)
    }

    func place(of client: Client, _ call: Call) -> ListPlace? { client.place }

    func total(_ paging: Paging, _ call: Call, _ db: TenantDatabase) throws -> Int {
        try db.clients.count(Self.filter(call))
    }

    private static func filter(_ call: Call) -> ClientFilter {
        ClientFilter(
            isGlobal: call.query["is_global"]?.bool, isFirstParty: call.query["is_first_party"]?.bool,
            appTypes: call.query["app_type"]?.string?.split(separator: ",").map(String.init))
    }

    func find(_ id: String, _ call: Call, _ db: TenantDatabase) throws -> Client? { try db.clients.find(id) }

    /// The shard forgets what a write changes before that write is answered.
    func read(_ call: Call) async throws -> Client? { try await call.shard.client(call.id) }

    func documents(of clients: [Client], for call: Call, _ occasion: Occasion) throws -> [JSONObject] {
        let view = try ClientView(call, occasion)
        return clients.map(view.document)
    }

    // MARK: Writing

    func draft(creating call: Call) async throws -> JSONObject {
        // As the vendor's description of the operation says ("To configure client_authentication_methods, the
        // create:client_credentials scope is required"), though a new client is its maker's either way.
        if ClientCredentialSet.bringsKeys(call.body) {
            try call.caller.require(anyOf: ["create:client_credentials"])
        }
        return call.body
    }

    func insert(_ body: JSONObject, _ call: Call, _ db: TenantDatabase) throws -> Client {
        var properties = JSONObject().patched(deep: body)
        let secret = properties.removeValue(forKey: "client_secret")?.string
        try Self.takeLaterNames(in: &properties)
        try Self.check(properties, db)
        let defaults = Client.defaults.patched(deep: Self.defaults(ofType: properties["app_type"]?.string))
        let client = Client(
            clientID: Client.newID(), secret: secret ?? Client.newSecret(), isGlobal: false, createdAt: call.now,
            document: try ClientCredentialSet.completed(defaults.patched(deep: properties), before: [:], at: call.now))
        try Self.checkPrompt(client.document)
        try db.clients.insert(client)
        if try db.settings.load()?.flag("enable_client_connections") == true {
            try db.connections.enableAll(for: client.clientID)
        }
        try SetUpGrant.make(for: client, call, db)
        return client
    }

    func draft(changing call: Call) async throws -> JSONObject {
        let changed = Set(call.body.keys)
        if !changed.isDisjoint(with: Self.keyProperties) { try call.caller.require(anyOf: ["update:client_keys"]) }
        if !changed.isSubset(of: Self.keyProperties) { try call.caller.require(anyOf: ["update:clients"]) }
        // Whoever names a key of their own can prove to be the client: as at the route of credentials.
        if ClientCredentialSet.bringsKeys(call.body) {
            try call.caller.require(anyOf: ["create:client_credentials", "update:client_keys"])
        }
        return call.body
    }

    func update(_ client: Client, with body: JSONObject, _ call: Call, _ db: TenantDatabase) throws -> Client {
        guard !client.isGlobal || Set(body.keys).isSubset(of: Self.globalProperties) else {
            throw ManagementError.notSupported("Only the pages of the global client can be changed")
        }
        var properties = body
        let secret = properties.removeValue(forKey: "client_secret")?.string
        try Self.takeLaterNames(in: &properties)
        try Self.check(properties, db)
        let document = try ClientCredentialSet.completed(
            client.document.patched(deep: properties).filled(with: Client.defaults), before: client.document,
            at: call.now)
        // The grant that comes with the type (``SetUpGrant``) is nobody's to change as long as the client has it: no other
        // client takes the type on to shield a grant of its own, and none gives it up to widen the one it came with.
        let setsUp = document["app_type"]?.string == SetUpGrant.clientType
        guard setsUp == (client.appType == SetUpGrant.clientType) else {
            throw ManagementError.badRequest("app_type \(SetUpGrant.clientType) cannot be changed")
        }
        // Metadata merges, so that its bounds hold for the whole only after the merge.
        if let metadata = document["client_metadata"] {
            try ClientSchema.metadata.check(metadata, at: "client_metadata")
        }
        if body["organization_require_behavior"] != nil || body["oidc_conformant"] != nil {
            try Self.checkPrompt(document)
        }
        let changed = client.replacing(secret: secret, document: document)
        try db.clients.update(changed)
        return changed
    }

    /// One setting under its later name is stored under its first.
    private static func takeLaterNames(in properties: inout JSONObject) throws {
        guard let value = properties.removeValue(forKey: "cross_origin_authentication") else { return }
        guard properties["cross_origin_auth"] == nil || properties["cross_origin_auth"] == value else {
            throw ManagementError.badRequest("cross_origin_auth and cross_origin_authentication differ")
        }
        properties["cross_origin_auth"] = value
    }

    /// Rules between a client and other objects.
    private static func check(_ properties: JSONObject, _ db: TenantDatabase) throws {
        if let id = properties["default_organization"]?["organization_id"]?.string {
            guard try db.organizations.find(id) != nil else { throw ManagementError.inexistent(.organization) }
        }
        for setting in ["express_configuration", "my_organization_configuration"] {
            guard let id = properties[setting]?["user_attribute_profile_id"]?.string else { continue }
            guard try db.userAttributeProfiles.find(id) != nil else {
                throw ManagementError.badRequest("There is no user attribute profile \(id.prefix(64))")
            }
        }
    }

    /// Clients of the old kind have no page between login and answer.
    private static func checkPrompt(_ document: JSONObject) throws {
        guard
            document["organization_require_behavior"]?.string != Client.OrganizationPrompt.afterLogin.rawValue
                || document["oidc_conformant"]?.bool == true
        else {
            throw ManagementError.badRequest(
                "organization_require_behavior post_login_prompt requires oidc_conformant to be true")
        }
    }

    /// What a new client of a type has beside the common defaults. The one by which a directory sets other clients up proves
    /// itself by keys alone, and acts in organizations; the back end of an API asks for nothing but what it is told to.
    private static func defaults(ofType type: String?) -> JSONObject {
        switch type {
        case SetUpGrant.clientType:
            [
                "oidc_conformant": true, "grant_types": ["authorization_code", "client_credentials"],
                "callbacks": ["https://system-admin.okta.com/admin/app/generic/oauth20redirect"],
                "jwt_configuration": ["alg": "RS256"], "organization_usage": "require",
                "organization_require_behavior": "pre_login_prompt",
                "client_authentication_methods": ["private_key_jwt": ["credentials": []]],
            ]
        case "resource_server":
            ["oidc_conformant": true, "grant_types": [], "jwt_configuration": ["alg": "RS256"]]
        default: [:]
        }
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
            idFormat: names.idFormat, operation: "Rotate a client secret", successes: [.ok(shown)]
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
