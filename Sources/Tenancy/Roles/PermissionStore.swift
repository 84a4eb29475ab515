import GRDB

/// A scope of an API that a role or a user has.
public struct Permission: Sendable, Hashable {
    public let resourceServerID: String
    public let name: String

    public init(resourceServerID: String, name: String) {
        self.resourceServerID = resourceServerID
        self.name = name
    }
}

/// What roles and users may do with the tenant's APIs.
public struct PermissionStore {
    public enum Holder: Sendable {
        case role(String)
        case user(String)

        var id: String {
            switch self {
            case .role(let id), .user(let id): id
            }
        }
    }

    let sql: SQL

    /// Does nothing where the holder has it already.
    public func grant(_ permission: Permission, to holder: Holder) throws {
        var (role, user): (String?, String?) = (nil, nil)
        switch holder {
        case .role(let id): role = id
        case .user(let id): user = id
        }
        try sql.run(
            """
            INSERT INTO permissions (holder_id, resource_server_id, permission, role_id, user_id)
            VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING
            """, [holder.id, permission.resourceServerID, permission.name, role, user])
    }

    public func revoke(_ permission: Permission, from holder: Holder) throws {
        try sql.run(
            "DELETE FROM permissions WHERE holder_id = ? AND resource_server_id = ? AND permission = ?",
            [holder.id, permission.resourceServerID, permission.name])
    }

    public func list(of holder: Holder) throws -> [Permission] {
        try sql.rows(
            """
            SELECT resource_server_id, permission FROM permissions WHERE holder_id = ?
            ORDER BY resource_server_id, permission
            """, [holder.id]
        ).map { Permission(resourceServerID: $0[0], name: $0[1]) }
    }
}
