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

    /// What a user may do with an API: directly, by roles, and by the roles of a member of an organization. Two searches
    /// of indexes, whatever the number of users, roles and APIs.
    /// - Parameter organizationID: the organization the user acts in; roles of others do not count.
    public func names(
        ofUser userID: String, at resourceServerID: String, in organizationID: String?
    ) throws -> [String] {
        try sql.rows(
            """
            SELECT DISTINCT permission FROM permissions
            WHERE resource_server_id = ? AND holder_id IN (
                SELECT ? UNION ALL
                SELECT role_id FROM role_users WHERE user_id = ? AND organization_id IN ('', ?))
            ORDER BY permission
            """, [resourceServerID, userID, userID, organizationID ?? ""]
        ).map { $0[0] }
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
