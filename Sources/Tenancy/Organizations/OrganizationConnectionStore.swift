import GRDB
import StrictJSON

/// The connections by which members of an organization log in.
public struct OrganizationConnectionStore {
    /// One of them: `assign_membership_on_login` and its like are in the document.
    public struct Item: Sendable {
        public let connectionID: String
        public let document: JSONObject

        /// Whether who logs in by it becomes a member.
        public var assignsMembership: Bool { document["assign_membership_on_login"]?.bool == true }
    }

    let sql: SQL

    public func find(_ connectionID: String, of organizationID: String) throws -> Item? {
        guard connectionID.isKey else { return nil }
        return try sql.row(
            "SELECT connection_id, document FROM organization_connections WHERE organization_id = ? AND connection_id = ?",
            [organizationID, connectionID]
        ).map(Self.item)
    }

    public func all(of organizationID: String) throws -> [Item] {
        try sql.rows(
            """
            SELECT connection_id, document FROM organization_connections WHERE organization_id = ?
            ORDER BY enabled_at, connection_id
            """, [organizationID]
        ).map(Self.item)
    }

    public func save(_ connectionID: String, _ document: JSONObject, of organizationID: String, at now: Timestamp)
        throws
    {
        try sql.run(
            """
            INSERT INTO organization_connections (organization_id, connection_id, document, enabled_at)
            VALUES (?, ?, ?, ?)
            ON CONFLICT (organization_id, connection_id) DO UPDATE SET document = excluded.document
            """, [organizationID, connectionID, JSON.object(document).text(), now.milliseconds])
    }

    public func delete(_ connectionID: String, of organizationID: String) throws {
        try sql.run(
            "DELETE FROM organization_connections WHERE organization_id = ? AND connection_id = ?",
            [organizationID, connectionID])
    }

    private static func item(_ row: Row) throws -> Item { Item(connectionID: row[0], document: try row.object(1)) }
}
