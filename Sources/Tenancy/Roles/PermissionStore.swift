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

/// A permission, and by what its holder has it.
public struct HeldPermission: Sendable {
    public enum Source: Sendable, Equatable {
        /// The holder was given it.
        case direct
        case role(id: String, name: String)
    }

    public let permission: Permission
    /// At least one: the direct one first, roles by their names.
    public fileprivate(set) var sources: [Source]

    /// Where it stands among those of its holder. Ids of APIs hold nothing that sorts before a space.
    public var place: ListPlace { ListPlace(id: "\(permission.resourceServerID) \(permission.name)") }
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

    /// Takes scopes of an API from everyone who has them. For each, the permissions of the API are gone through once.
    public func revoke(_ scopes: some Sequence<String>, of resourceServerID: String) throws {
        for scope in scopes {
            try sql.run(
                "DELETE FROM permissions WHERE resource_server_id = ? AND permission = ?", [resourceServerID, scope])
        }
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

    /// A part of what a holder has: of a user, by roles too, but not by those of a member of an organization. One query,
    /// which reads the holder's own permissions and those of its roles.
    public func list(
        of holder: Holder, behind place: ListPlace = .start, offset: Int, limit: Int
    ) throws -> [HeldPermission] {
        let rows = try sql.rows(
            """
            SELECT held.resource_server_id, held.permission, held.role_id, documents.name
            FROM (
                SELECT resource_server_id, permission, role_id,
                    DENSE_RANK() OVER (ORDER BY resource_server_id, permission) AS place
                FROM permissions
                WHERE holder_id IN (\(Self.holders)) AND resource_server_id || ' ' || permission > ?
            ) held
            LEFT JOIN documents ON documents.id = held.role_id
            WHERE held.place > ? AND held.place - ? <= ?
            ORDER BY held.place, held.role_id IS NOT NULL, documents.name, held.role_id
            """, [holder.id, holder.id, place.id, offset, offset, limit])
        var list: [HeldPermission] = []
        for row in rows {
            let permission = Permission(resourceServerID: row[0], name: row[1])
            let source = Self.source(row, of: holder)
            if list.last?.permission == permission {
                list[list.count - 1].sources.append(source)
            } else {
                list.append(HeldPermission(permission: permission, sources: [source]))
            }
        }
        return list
    }

    /// How many permissions ``list(of:behind:offset:limit:)`` has in all.
    public func count(of holder: Holder) throws -> Int {
        try sql.count(
            """
            SELECT count(*) FROM (
                SELECT DISTINCT resource_server_id, permission FROM permissions WHERE holder_id IN (\(Self.holders))
            ) held
            """, [holder.id, holder.id])
    }

    /// A holder and its roles, of which a role has none.
    private static let holders =
        "SELECT ? UNION ALL SELECT role_id FROM role_users WHERE user_id = ? AND organization_id = ''"

    private static func source(_ row: Row, of holder: Holder) -> HeldPermission.Source {
        let (roleID, name): (String?, String?) = (row[2], row[3])
        guard let roleID, roleID != holder.id else { return .direct }
        return .role(id: roleID, name: name ?? "")
    }
}
