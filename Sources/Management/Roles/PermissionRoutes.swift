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
                        "source_id": .text("Its id"), "source_name": .text("Its name"),
                        "source_type": .text("Its kind"),
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
                return paging.part(of: try shown(try db.permissions.list(of: holder), holder, call, db))
            },
            .write(
                .post, path, access: change, idFormat: idFormat, body: body, operation: "Add permissions",
                successes: [.created(.nothing)]
            ) { call, db in
                let holder = try holder(call.id, db)
                for permission in try named(call, db) { try db.permissions.grant(permission, to: holder) }
                return .empty(.created)
            },
            .write(
                .delete, path, access: change, idFormat: idFormat, body: body, operation: "Remove permissions"
            ) { call, db in
                let holder = try holder(call.id, db)
                for permission in try named(call, db) { try db.permissions.revoke(permission, from: holder) }
                return .deleted
            },
        ]
    }

    private static func named(_ call: Call, _ db: TenantDatabase) throws -> [Permission] {
        try (call.body["permissions"]?.array ?? []).map { item in
            let identifier = item["resource_server_identifier"]?.string ?? ""
            let scope = item["permission_name"]?.string ?? ""
            guard let api = try db.resourceServers.find(audience: identifier, call) else {
                throw ManagementError.inexistent(.resourceServer)
            }
            guard api.scopes.contains(scope) else {
                throw ManagementError.badRequest("The API \(identifier) has no scope \(scope)")
            }
            return Permission(resourceServerID: api.id, name: scope)
        }
    }

    private static func shown(
        _ permissions: [Permission], _ holder: PermissionStore.Holder, _ call: Call, _ db: TenantDatabase
    ) throws -> [JSONObject] {
        try permissions.compactMap { permission in
            guard let api = try db.resourceServers.find(permission.resourceServerID) else { return nil }
            let scope = api.document["scopes"]?.array?.first { $0["value"]?.string == permission.name }
            var document: JSONObject = [
                "permission_name": .string(permission.name), "description": scope?["description"] ?? "",
                "resource_server_name": .string(api.name ?? ""),
                "resource_server_identifier": .string(api.audience(call)),
            ]
            if case .user = holder {
                document["sources"] = [["source_id": "", "source_name": "", "source_type": "DIRECT"]]
            }
            return document
        }
    }
}
