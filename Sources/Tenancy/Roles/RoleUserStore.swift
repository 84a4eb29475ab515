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

    public func roleIDs(of userID: String, in organization: String? = nil) throws -> [String] {
        try sql.rows(
            "SELECT role_id FROM role_users WHERE user_id = ? AND organization_id = ? ORDER BY assigned_at, role_id",
            [userID, organization ?? ""]
        ).map { $0[0] }
    }

    public func userIDs(with roleID: String, offset: Int, limit: Int) throws -> [String] {
        try sql.rows(
            """
            SELECT user_id FROM role_users WHERE role_id = ? AND organization_id = ''
            ORDER BY assigned_at, user_id LIMIT ? OFFSET ?
            """, [roleID, limit, offset]
        ).map { $0[0] }
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
