import StrictJSON
import Tenancy

/// What roles and users may do with the tenant's APIs: `/api/v2/roles/{id}/permissions` and
/// `/api/v2/users/{id}/permissions`. A permission is a scope of an API; no other can be given.
enum PermissionRoutes {
    static let ofRoles = routes(
        "/roles/:id/permissions", idFormat: .id("role-id"), read: ["read:roles"], change: ["update:roles"]
    ) { id, db in
        guard try db.roles.find(id) != nil else { throw ManagementError.inexistent(.role) }
        return .role(id)
    }

    static let ofUsers = routes(
        "/users/:id/permissions", idFormat: .userID, read: ["read:users"], change: ["update:users"]
    ) { id, db in
        guard try db.users.find(id) != nil else { throw ManagementError.inexistent(.user) }
        return .user(id)
    }

    private static let body = Schema.object(
        "The permissions",
        [
            "permissions": .list(
                "Scopes of APIs",
                of: .object(
                    "A scope of an API",
                    [
                        "resource_server_identifier": .text("The API", length: 1...600),
                        "permission_name": .text("The scope", length: 1...280, format: .scope),
                    ], required: ["resource_server_identifier", "permission_name"]), atMost: 1_000)
        ], required: ["permissions"])

    private static let permission = Schema.shown(
        "A permission",
        always: [
            "permission_name": .text("The scope"), "description": .text("What it allows"),
            "resource_server_name": .text("Name of the API"), "resource_server_identifier": .text("The API"),
        ],
        sometimes: [
            "sources": .list(
                "What users have it by",
                of: .shown(
                    "A source",
                    always: [
                        "source_id": .text("Id of the role; empty for none"),
                        "source_name": .text("Name of the role; empty for none"),
                        "source_type": .choice("Its kind", of: ["DIRECT", "ROLE"]),
                    ]))
        ]
    ).named("Permission")

    private static func routes(
        _ path: String, idFormat: Format, read: Access, change: Access,
        holder: @escaping @Sendable (String, TenantDatabase) throws -> PermissionStore.Holder
    ) -> [Route] {
        [
            .listing(path, of: "permissions", access: read, idFormat: idFormat, item: permission) { paging, call, db in
                let holder = try holder(call.id, db)
                let read = try db.permissions.list(
                    of: holder, behind: paging.place, offset: paging.offset, limit: paging.reach)
                return try paging.page(of: read, by: \.place, total: try db.permissions.count(of: holder))
                    .map { try shown($0, holder, call, db) }
            },
            .write(
                .post, path, access: change, idFormat: idFormat, body: body, operation: "Add permissions",
                successes: [.created(.nothing)]
            ) { call, db in
                let holder = try holder(call.id, db)
                for permission in try named(call, db, granting: true) {
                    try db.permissions.grant(permission, to: holder)
                }
                return .empty(.created)
            },
            .write(
                .delete, path, access: change, idFormat: idFormat, body: body, operation: "Remove permissions"
            ) { call, db in
                let holder = try holder(call.id, db)
                for permission in try named(call, db, granting: false) {
                    try db.permissions.revoke(permission, from: holder)
                }
                return .deleted
            },
        ]
    }

    /// The permissions a body names.
    /// - Parameter isGranting: whether each has to be a scope of its API. What is taken from a holder need not be one any
    ///   more.
    private static func named(
        _ call: Call, _ db: TenantDatabase, granting isGranting: Bool
    ) throws -> [Permission] {
        try (call.body["permissions"]?.array ?? []).map { item in
            let identifier = item["resource_server_identifier"]?.string ?? ""
            let scope = item["permission_name"]?.string ?? ""
            guard let api = try db.resourceServers.find(audience: identifier, call) else {
                throw ManagementError.inexistent(.resourceServer)
            }
            guard !isGranting || api.scopes.contains(scope) else {
                throw ManagementError.badRequest("The API \(identifier) has no scope \(scope)")
            }
            return Permission(resourceServerID: api.id, name: scope)
        }
    }

    private static func shown(
        _ held: [HeldPermission], _ holder: PermissionStore.Holder, _ call: Call, _ db: TenantDatabase
    ) throws -> [JSONObject] {
        var apis: [String: ResourceServer] = [:]
        return try held.compactMap { held in
            let permission = held.permission
            let known = try apis[permission.resourceServerID] ?? db.resourceServers.find(permission.resourceServerID)
            guard let api = known else { return nil }
            apis[api.id] = api
            let scope = api.document["scopes"]?.array?.first { $0["value"]?.string == permission.name }
            var document: JSONObject = [
                "permission_name": .string(permission.name), "description": scope?["description"] ?? "",
                "resource_server_name": .string(api.name ?? ""),
                "resource_server_identifier": .string(api.audience(call)),
            ]
            if case .user = holder { document["sources"] = .array(held.sources.map(source)) }
            return document
        }
    }

    private static func source(_ source: HeldPermission.Source) -> JSON {
        switch source {
        case .direct: ["source_id": "", "source_name": "", "source_type": "DIRECT"]
        case .role(let id, let name):
            ["source_id": .string(id), "source_name": .string(name), "source_type": "ROLE"]
        }
    }
}
