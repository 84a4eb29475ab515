import GRDB

/// Who has which role, everywhere or in one organization.
public struct RoleUserStore {
    let sql: SQL

    /// Does nothing where the user has the role already.
    /// - Parameter organization: where the role counts; nil for everywhere.
    public func assign(_ roleID: String, to userID: String, in organization: String? = nil, at now: Timestamp) throws {
        try sql.run(
            """
            INSERT INTO role_users (role_id, organization_id, user_id, assigned_at) VALUES (?, ?, ?, ?)
            ON CONFLICT DO NOTHING
            """, [roleID, organization ?? "", userID, now.milliseconds])
    }

    public func remove(_ roleID: String, from userID: String, in organization: String? = nil) throws {
        try sql.run(
            "DELETE FROM role_users WHERE role_id = ? AND organization_id = ? AND user_id = ?",
            [roleID, organization ?? "", userID])
    }

    /// The roles of a user as they were assigned, by their ids.
    public func roles(of userID: String, in organization: String? = nil) throws -> [ListPlace] {
        try sql.rows(
            """
            SELECT assigned_at, role_id FROM role_users WHERE user_id = ? AND organization_id = ?
            ORDER BY assigned_at, role_id
            """, [userID, organization ?? ""]
        ).map { ListPlace(rank: $0[0], id: $0[1]) }
    }

    public func roleIDs(of userID: String, in organization: String? = nil) throws -> [String] {
        try roles(of: userID, in: organization).map(\.id)
    }

    /// Who has a role everywhere, as it was assigned to them, by their ids.
    public func users(with roleID: String, behind place: ListPlace, offset: Int, limit: Int) throws -> [ListPlace] {
        try sql.rows(
            """
            SELECT assigned_at, user_id FROM role_users
            WHERE role_id = ? AND organization_id = '' AND (assigned_at, user_id) > (?, ?)
            ORDER BY assigned_at, user_id LIMIT ? OFFSET ?
            """, [roleID] + place.arguments + [limit, offset]
        ).map { ListPlace(rank: $0[0], id: $0[1]) }
    }

    public func count(with roleID: String) throws -> Int {
        try sql.count("SELECT count(*) FROM role_users WHERE role_id = ? AND organization_id = ''", [roleID])
    }

    /// Ends the roles that members have in an organization.
    public func removeAll(in organization: String, of userID: String? = nil) throws {
        try sql.run(
            "DELETE FROM role_users WHERE organization_id = ? AND (? IS NULL OR user_id = ?)",
            [organization, userID, userID])
    }
}
