import StrictJSON
import Tenancy

/// By which connections members of an organization log in: `/api/v2/organizations/{id}/enabled_connections`.
enum OrganizationConnectionRoutes {
    static let all = [list, show, add, change, remove]

    private static let path = "/organizations/:id/enabled_connections"

    private static let settings: KeyValuePairs<String, Schema> = [
        "assign_membership_on_login": .flag("Whether who logs in becomes a member"),
        "show_as_button": .flag("Whether the login page has a button for it"),
        "is_signup_enabled": .flag("Whether people may sign up"),
    ]

    static let connection = schema(["connection_id": .text("The connection", format: .connectionID)])

    static let shown = connection.always(["assign_membership_on_login"]).showing(
        always: [
            "connection": .shown(
                "The connection itself", always: ["name": .text("Its name"), "strategy": .text("Its strategy")])
        ]
    ).named("OrganizationConnection")

    private static func schema(_ id: KeyValuePairs<String, Schema>) -> Schema {
        let properties = (Array(id) + Array(settings)).map { Schema.Property(name: $0.key, schema: $0.value) }
        return Schema(
            .object(Schema.ObjectRule(properties: properties, required: id.map(\.key))),
            "A connection of the organization")
    }

    private static let list = Route.listing(
        path, of: "enabled_connections", access: ["read:organization_connections"], idFormat: .organizationID,
        item: shown
    ) { paging, call, db in
        let organization = try call.organization(db)
        return try paging.part(of: try db.organizationConnections.all(of: organization.id), by: \.place).map { items in
            try items.compactMap { try shown($0, db) }
        }
    }

    private static let show = Route.read(
        "\(path)/:member", access: ["read:organization_connections"], idFormat: .organizationID,
        memberFormat: .connectionID, successes: [.ok(shown)]
    ) { call, db in
        .ok(try document(call.member, of: try call.organization(db).id, db))
    }

    private static let add = Route.write(
        .post, path, access: ["create:organization_connections"], idFormat: .organizationID, body: connection,
        operation: "Add a connection to an organization", successes: [.created(shown)]
    ) { call, db in
        let organization = try call.organization(db)
        let id = try enable(call.body, for: organization.id, call, db)
        return .created(try document(id, of: organization.id, db))
    }

    private static let change = Route.write(
        .patch, "\(path)/:member", access: ["update:organization_connections"], idFormat: .organizationID,
        memberFormat: .connectionID, body: schema([:]), operation: "Update a connection of an organization",
        successes: [.ok(shown)]
    ) { call, db in
        let organization = try call.organization(db)
        guard let item = try db.organizationConnections.find(call.member, of: organization.id) else {
            throw ManagementError.inexistent(.organizationConnection)
        }
        let document = item.document.patched(shallow: call.body)
        try check(document, connectionID: call.member, db)
        try db.organizationConnections.save(call.member, document, of: organization.id, at: call.now)
        return .ok(try Self.document(call.member, of: organization.id, db))
    }

    private static let remove = Route.write(
        .delete, "\(path)/:member", access: ["delete:organization_connections"], idFormat: .organizationID,
        memberFormat: .connectionID, operation: "Remove a connection from an organization"
    ) { call, db in
        try db.organizationConnections.delete(call.member, of: try call.organization(db).id)
        return .deleted
    }

    /// Enables a connection; returns its id.
    @discardableResult
    static func enable(
        _ body: JSONObject, for organizationID: String, _ call: Call, _ db: TenantDatabase
    ) throws -> String {
        var document = body
        let id = document.removeValue(forKey: "connection_id")?.string ?? ""
        guard try db.organizationConnections.find(id, of: organizationID) == nil else {
            throw ManagementError.taken("The connection is already enabled for the organization.")
        }
        document = document.filled(with: ["assign_membership_on_login": false])
        try check(document, connectionID: id, db)
        try db.organizationConnections.save(id, document, of: organizationID, at: call.now)
        return id
    }

    private static func check(_ document: JSONObject, connectionID: String, _ db: TenantDatabase) throws {
        guard let connection = try db.connections.find(connectionID) else {
            throw ManagementError.inexistent(.organizationConnection)
        }
        guard document["is_signup_enabled"]?.bool == true else { return }
        guard connection.isDatabase, document["assign_membership_on_login"]?.bool == true else {
            throw ManagementError.invalidBody(
                "Only database connections with assign_membership_on_login = true support is_signup_enabled = true.")
        }
    }

    private static func document(_ id: String, of organizationID: String, _ db: TenantDatabase) throws -> JSONObject {
        guard let item = try db.organizationConnections.find(id, of: organizationID), let shown = try shown(item, db)
        else { throw ManagementError.inexistent(.organizationConnection) }
        return shown
    }

    static func shown(
        _ item: OrganizationConnectionStore.Item, _ db: TenantDatabase
    ) throws -> JSONObject? {
        guard let connection = try db.connections.find(item.connectionID) else { return nil }
        var document: JSONObject = ["connection_id": .string(connection.id)]
        for (name, value) in item.document { document[name] = value }
        if !connection.isDatabase || document["is_signup_enabled"] != nil {
            document = document.filled(with: ["show_as_button": true])
        }
        document["connection"] = ["name": .string(connection.name), "strategy": .string(connection.strategy)]
        return document
    }
}
