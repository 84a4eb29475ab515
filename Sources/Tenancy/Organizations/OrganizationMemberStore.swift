import GRDB

/// Who belongs to which organization.
public struct OrganizationMemberStore {
    let sql: SQL

    /// Does nothing where the user is a member already.
    public func add(_ userID: String, to organizationID: String, at now: Timestamp) throws {
        try sql.run(
            """
            INSERT INTO organization_members (organization_id, user_id, joined_at) VALUES (?, ?, ?)
            ON CONFLICT DO NOTHING
            """, [organizationID, userID, now.milliseconds])
    }

    /// Ends a membership, and the roles it gave.
    public func remove(_ userID: String, from organizationID: String) throws {
        try sql.run(
            "DELETE FROM organization_members WHERE organization_id = ? AND user_id = ?", [organizationID, userID])
        try RoleUserStore(sql: sql).removeAll(in: organizationID, of: userID)
    }

    public func contains(_ userID: String, in organizationID: String) throws -> Bool {
        guard userID.isKey else { return false }
        return try sql.count(
            "SELECT count(*) FROM organization_members WHERE organization_id = ? AND user_id = ?",
            [organizationID, userID]) > 0
    }

    /// The members of an organization as they joined it, by their ids.
    public func users(
        of organizationID: String, behind place: ListPlace, offset: Int, limit: Int
    ) throws -> [ListPlace] {
        try sql.rows(
            """
            SELECT joined_at, user_id FROM organization_members
            WHERE organization_id = ? AND (joined_at, user_id) > (?, ?)
            ORDER BY joined_at, user_id LIMIT ? OFFSET ?
            """, [organizationID] + place.arguments + [limit, offset]
        ).map { ListPlace(rank: $0[0], id: $0[1]) }
    }

    public func count(of organizationID: String) throws -> Int {
        try sql.count("SELECT count(*) FROM organization_members WHERE organization_id = ?", [organizationID])
    }

    /// The organizations of a user as they were joined, by their ids.
    public func organizations(of userID: String) throws -> [ListPlace] {
        try sql.rows(
            """
            SELECT joined_at, organization_id FROM organization_members WHERE user_id = ?
            ORDER BY joined_at, organization_id
            """, [userID]
        ).map { ListPlace(rank: $0[0], id: $0[1]) }
    }

    /// Where a user belongs who logs in by a connection: the organizations that have it enabled, as they were joined.
    public func organizationIDs(of userID: String, by connectionID: String, limit: Int) throws -> [String] {
        guard userID.isKey, connectionID.isKey else { return [] }
        return try sql.rows(
            """
            SELECT member.organization_id FROM organization_members member
            JOIN organization_connections enabled
                ON enabled.organization_id = member.organization_id AND enabled.connection_id = ?
            WHERE member.user_id = ? ORDER BY member.joined_at, member.organization_id LIMIT ?
            """, [connectionID, userID, limit]
        ).map { $0[0] }
    }
}
