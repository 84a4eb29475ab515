import GRDB
import StrictJSON

/// The connections by which members of an organization log in.
public struct OrganizationConnectionStore {
    /// One of them: `assign_membership_on_login` and its like are in the document.
    public struct Item: Sendable {
        public let connectionID: String
        public let document: JSONObject
        /// Where it stands among those of the organization, as they were enabled.
        public let place: ListPlace

        /// Whether who logs in by it becomes a member.
        public var assignsMembership: Bool { Self.assignsMembership(document) }

        fileprivate static func assignsMembership(_ document: JSONObject) -> Bool {
            document["assign_membership_on_login"]?.bool == true
        }
    }

    let sql: SQL

    public func find(_ connectionID: String, of organizationID: String) throws -> Item? {
        guard connectionID.isKey else { return nil }
        return try sql.row(
            """
            SELECT connection_id, document, enabled_at FROM organization_connections
            WHERE organization_id = ? AND connection_id = ?
            """, [organizationID, connectionID]
        ).map(Self.item)
    }

    public func all(of organizationID: String) throws -> [Item] {
        try sql.rows(
            """
            SELECT connection_id, document, enabled_at FROM organization_connections WHERE organization_id = ?
            ORDER BY enabled_at, connection_id
            """, [organizationID]
        ).map(Self.item)
    }

    public func save(_ connectionID: String, _ document: JSONObject, of organizationID: String, at now: Timestamp)
        throws
    {
        try sql.run(
            """
            INSERT INTO organization_connections
                (organization_id, connection_id, document, assigns_membership, enabled_at)
            VALUES (?, ?, ?, ?, ?)
            ON CONFLICT (organization_id, connection_id)
                DO UPDATE SET document = excluded.document, assigns_membership = excluded.assigns_membership
            """,
            [
                organizationID, connectionID, JSON.object(document).text(),
                Item.assignsMembership(document), now.milliseconds,
            ])
    }

    /// The one organization that users of a connection belong to by logging in; nil where there is none, or more than
    /// one.
    public func onlyOrganizationID(assignedBy connectionID: String) throws -> String? {
        guard connectionID.isKey else { return nil }
        let ids: [String] = try sql.rows(
            """
            SELECT organization_id FROM organization_connections WHERE connection_id = ? AND assigns_membership = 1
            LIMIT 2
            """, [connectionID]
        ).map { $0[0] }
        return ids.count == 1 ? ids[0] : nil
    }

    public func delete(_ connectionID: String, of organizationID: String) throws {
        try sql.run(
            "DELETE FROM organization_connections WHERE organization_id = ? AND connection_id = ?",
            [organizationID, connectionID])
    }

    private static func item(_ row: Row) throws -> Item {
        let id: String = row[0]
        return Item(connectionID: id, document: try row.object(1), place: ListPlace(rank: row[2], id: id))
    }
}
