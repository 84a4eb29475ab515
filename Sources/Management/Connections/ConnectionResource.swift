import HTTPTypes
import StrictJSON
import Tenancy

/// The sources of users: `/api/v2/connections` (spec 03 §4).
struct ConnectionResource: WritableResource {
    static let routes: [Route] = {
        let resource = ConnectionResource()
        return [
            resource.listRoute(access: ["read:connections"]),
            resource.createRoute(access: ["create:connections"]),
            resource.showRoute(access: ["read:connections"]),
            resource.changeRoute(access: ["update:connections"]),
            resource.deleteRoute(access: ["delete:connections"]),
            resource.deleteUserRoute,
        ] + ConnectionClientRoutes.all + ScimRoutes.all
    }()

    let names = ResourceNames(
        path: "connections", plural: "connections", singular: "a connection", kept: ["is_domain_connection"],
        missing: .connection, idFormat: .connectionID)
    let listing = Schema.listing([
        "strategy": .list("Strategies to list", of: .text("", length: 1...64)),
        "name": .text("Name of the connection", length: 1...128),
    ])
    let unpagedLimit = Int.max
    let creation = properties.acceptingNull(except: ["name", "strategy"])
    let change = properties.change(immutable: ["name", "strategy"])

    let shown = properties.showing(
        always: [
            "id": .text("The id", format: .connectionID), "options": ConnectionOptions.shown,
            "is_domain_connection": .flag("Whether other tenants may use the connection"),
            "enabled_clients": .list(
                "The clients the connection is enabled for", of: .text("", format: .clientID), atMost: .max),
            "realms": .list("Names by which a password grant chooses the connection", of: .text("")),
        ]
    ).named("Connection")

    private static let properties = Schema.object(
        "The connection",
        [
            "name": .text("The name of the connection", length: 1...128, format: .connectionName),
            "strategy": .choice("The identity provider of the connection", of: ConnectionOptions.strategies),
            "options": .map("The connection's options"),
            "enabled_clients": .list(
                "The clients the connection is enabled for", of: .text("", length: 1...64, format: .clientID)),
            "is_domain_connection": .flag("Whether other tenants may use the connection"),
            "display_name": .text(
                "The name of the connection as people see it", length: 0...128, format: .withoutMarkup),
            "show_as_button": .flag("Whether the login page has a button for it"),
            "authentication": .object("Logins by the connection", ["active": .flag("Whether there are any")]),
            "connected_accounts": .object(
                "Accounts that users connect beside their login", ["active": .flag("Whether there are any")],
                others: .allowed),
            "realms": .list("Names by which a password grant chooses the connection", of: .text("", length: 1...128)),
            "cross_app_access_requesting_app": .map("Access of applications to one another by this connection"),
            "metadata": .map(
                "Metadata associated with the connection", of: .text("", length: 0...255), atMost: 10,
                longestName: 255),
        ],
        required: ["name", "strategy"])

    // MARK: Reading

    func portion(_ paging: Paging, _ call: Call, _ db: TenantDatabase) throws -> Portion<Connection> {
        try db.connections.portion(
            Self.filter(call), behind: paging.place, offset: paging.offset, atMost: paging.reach)
    }

    func place(of connection: Connection, _ call: Call) -> ListPlace? { connection.place }

    func total(_ paging: Paging, _ call: Call, _ db: TenantDatabase) throws -> Int {
        try db.connections.count(Self.filter(call))
    }

    private static func filter(_ call: Call) -> ConnectionFilter {
        ConnectionFilter(
            strategies: call.query["strategy"]?.array?.compactMap(\.string), name: call.query["name"]?.string)
    }

    func find(_ id: String, _ call: Call, _ db: TenantDatabase) throws -> Connection? { try db.connections.find(id) }

    func documents(of connections: [Connection], for call: Call, _ occasion: Occasion) -> [JSONObject] {
        // Options are replaced as a whole, so who may write them has to be shown all of them; others never see
        // the keys to the identity provider (spec 08 M2). What scripts are configured with nobody sees.
        let showsSecrets = ["create:connections", "update:connections"].contains(where: call.caller.holds)
        return connections.map { connection in
            let options = JSON.object(
                connection.isDatabase ? ScriptConfiguration.hidden(in: connection.options) : connection.options)
            var document: JSONObject = [
                "id": .string(connection.id),
                "options": showsSecrets ? options : Secrets.removed(from: options, in: .property("options")),
                "strategy": .string(connection.strategy), "name": .string(connection.name),
                "is_domain_connection": connection.document["is_domain_connection"] ?? false,
                "enabled_clients": .array(connection.enabledClients.map(JSON.string)),
                "realms": .array(connection.realms.map(JSON.string)),
            ]
            for name in Self.shownAsStored {
                document[name] = connection.document[name]
            }
            return document.filled(with: Self.defaults(of: connection.strategyType))
        }
    }

    private static let shownAsStored = [
        "metadata", "display_name", "show_as_button", "authentication", "connected_accounts",
        "cross_app_access_requesting_app",
    ]

    /// What is shown where nothing was said.
    private static func defaults(of type: StrategyType) -> JSONObject {
        let common: JSONObject = ["authentication": ["active": true], "connected_accounts": ["active": false]]
        return type == .enterprise ? common.filled(with: ["show_as_button": false]) : common
    }

    // MARK: Writing

    func draft(creating call: Call) async throws -> ConnectionDraft {
        let body = Self.withoutNull(JSONObject().patched(shallow: call.body))
        let strategy = body["strategy"]?.string ?? ""
        let options = body["options"]?.object ?? [:]
        try ConnectionOptions.check(options, strategy: strategy)
        if strategy == "auth0" { _ = try ScriptConfiguration.restored(in: options, from: [:]) }
        return try await .creating(body, strategy: strategy, call)
    }

    func insert(_ draft: ConnectionDraft, _ call: Call, _ db: TenantDatabase) throws -> Connection {
        let body = draft.body
        let name = body["name"]?.string ?? ""
        let strategy = body["strategy"]?.string ?? ""
        var document = body
        for property in ["name", "strategy", "enabled_clients"] { document[property] = nil }
        document["options"] = .object(
            ConnectionOptions.created(
                body["options"]?.object ?? [:], strategy: strategy, host: call.host, facts: draft.facts))
        // People see a name in any case; the buttons of enterprise connections are made of it.
        if connectionType(strategy) == .enterprise { document = document.filled(with: ["display_name": .string(name)]) }
        let connection = Connection(
            id: Connection.newID(), name: name, strategy: strategy, createdAt: call.now,
            enabledClients: Self.clients(body) ?? [],
            document: document.filled(with: ["is_domain_connection": false, "realms": [.string(name)]]))
        try db.connections.insert(connection)
        return connection
    }

    func draft(changing call: Call) async throws -> ConnectionDraft {
        guard let options = call.body["options"]?.object else { return ConnectionDraft(body: call.body) }
        guard let connection = try await call.shard.read({ try $0.connections.find(call.id) }) else {
            throw ManagementError.inexistent(.connection)
        }
        try ConnectionOptions.check(options, strategy: connection.strategy)
        return try await .changing(call.body, stored: connection.options, strategy: connection.strategy, call)
    }

    func update(
        _ connection: Connection, with draft: ConnectionDraft, _ call: Call, _ db: TenantDatabase
    ) throws -> Connection {
        var changes = Self.withoutNull(draft.body)
        let clients = changes.removeValue(forKey: "enabled_clients").map { _ in
            Self.clients(draft.body) ?? []
        }
        if let sent = changes["options"] {
            var options = sent.object ?? [:]
            if connection.isDatabase {
                options = try ScriptConfiguration.restored(in: options, from: connection.options)
            }
            changes["options"] = .object(
                ConnectionOptions.changed(
                    options, strategy: connection.strategy, host: call.host, facts: draft.facts))
        }
        let document = connection.document.patched(shallow: changes)
            .filled(with: ["is_domain_connection": false, "realms": [.string(connection.name)]])
        let changed = connection.replacing(enabledClients: clients, document: document)
        try db.connections.update(changed)
        return changed
    }

    /// Within an object null removes as well, but for options, which keep theirs.
    private static func withoutNull(_ body: JSONObject) -> JSONObject {
        var body = body
        for (name, value) in body where name != "options" {
            if let object = value.object { body[name] = .object(JSONObject().patched(deep: object)) }
        }
        return body
    }

    /// 202 with the time: connections with many users are emptied behind it in the contract (spec 07 §0).
    func deletionAnswer(_ call: Call) -> Answer {
        Answer(status: .accepted, body: ["deleted_at": .string(call.now.iso8601)])
    }

    var deletionSuccesses: [Success] {
        [.accepted(.shown("It is gone", always: ["deleted_at": .moment("Since when")])), .noContent]
    }

    func delete(_ connection: Connection, _ call: Call, _ db: TenantDatabase) throws {
        try db.removeScim(of: connection.id)
        _ = try db.connections.delete(connection.id)
    }

    private func connectionType(_ strategy: String) -> StrategyType {
        Connection(
            id: "", name: "", strategy: strategy, createdAt: Timestamp(seconds: 0), enabledClients: [], document: [:]
        ).strategyType
    }

    private static func clients(_ body: JSONObject) -> [String]? {
        guard let named = body["enabled_clients"]?.array?.compactMap(\.string) else { return nil }
        var seen: Set<String> = []
        return named.filter { seen.insert($0).inserted }
    }

    /// Deletes the user of a database that has an e-mail address.
    private var deleteUserRoute: Route {
        Route(
            method: .delete, path: "/connections/:id/users", access: ["delete:users"], idFormat: names.idFormat,
            query: .query([("email", .text("The email of the user to delete", length: 1...254))], required: ["email"]),
            operation: "Delete a connection user"
        ) { call in
            let email = call.query["email"]?.string ?? ""
            return try await call.commit { db in
                guard let connection = try db.connections.find(call.id) else {
                    throw ManagementError.inexistent(.connection)
                }
                guard connection.isDatabase else {
                    throw ManagementError.badRequest("Users can be deleted by email from database connections only")
                }
                for user in try db.users.find(email: email) where user.connection == connection.name {
                    try call.delete(user, in: db)
                }
                return .deleted
            }
        }
    }
}
