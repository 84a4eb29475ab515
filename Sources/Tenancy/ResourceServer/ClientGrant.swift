import GRDB
import OpenSSL

/// Which client may get which scopes of which API by client credentials (spec 01, client grant).
public struct ClientGrant: Sendable {
    public let id: String
    public let clientID: String
    public let resourceServerID: String
    public var scope: [String]
    public var organizations: OrganizationAccess
    public let createdAt: Timestamp

    public init(
        id: String, clientID: String, resourceServerID: String, scope: [String],
        organizations: OrganizationAccess = OrganizationAccess(), createdAt: Timestamp
    ) {
        self.id = id
        self.clientID = clientID
        self.resourceServerID = resourceServerID
        self.scope = scope
        self.organizations = organizations
        self.createdAt = createdAt
    }

    /// Where it stands in order of age.
    public var place: ListPlace { ListPlace(createdAt: createdAt, id: id) }

    public static func newID() -> String { "cgr_" + SecureRandom.alphanumeric(16) }
}

/// Which client grants a listing wants; nil means any.
public struct ClientGrantFilter: Sendable {
    public var clientID: String?
    public var resourceServerID: String?

    public init(clientID: String? = nil, resourceServerID: String? = nil) {
        self.clientID = clientID
        self.resourceServerID = resourceServerID
    }

    fileprivate var arguments: StatementArguments { [clientID, clientID, resourceServerID, resourceServerID] }
}

public struct ClientGrantStore {
    let sql: SQL
    private static let columns =
        "id, client_id, resource_server_id, scope, created_at, organization_usage, allow_any_organization"

    public enum Failure: Error, Sendable { case alreadyExists }

    public func find(clientID: String, resourceServerID: String) throws -> ClientGrant? {
        try sql.row(
            "SELECT \(Self.columns) FROM client_grants WHERE client_id = ? AND resource_server_id = ?",
            [clientID, resourceServerID]
        ).map(Self.grant)
    }

    public func find(_ id: String) throws -> ClientGrant? {
        try sql.row("SELECT \(Self.columns) FROM client_grants WHERE id = ?", [id]).map(Self.grant)
    }

    /// A part of the list in order of age.
    public func portion(
        _ filter: ClientGrantFilter, behind place: ListPlace = .start, offset: Int = 0, atMost limit: Int = .max
    ) throws -> Portion<ClientGrant> {
        let (grants, hasMore) = try sql.portion(
            """
            SELECT \(Self.columns) FROM client_grants WHERE (created_at, id) > (?, ?) AND \(Self.condition)
            ORDER BY created_at, id LIMIT ? OFFSET ?
            """, place.arguments + filter.arguments + [limit, offset], document: 3
        ) { (try Self.grant($0), 0) }
        guard hasMore, let last = grants.last else { return Portion(grants) }
        return Portion(grants) { db in
            try db.clientGrants.portion(filter, behind: last.place, atMost: limit - grants.count)
        }
    }

    public func count(_ filter: ClientGrantFilter) throws -> Int {
        try sql.count("SELECT count(*) FROM client_grants WHERE \(Self.condition)", filter.arguments)
    }

    private static let condition = "(? IS NULL OR client_id = ?) AND (? IS NULL OR resource_server_id = ?)"

    public func insert(_ grant: ClientGrant) throws {
        sql.effects.touch(.clientGrants)
        try mappingUniqueViolation(to: Failure.alreadyExists) {
            try sql.run(
                "INSERT INTO client_grants (\(Self.columns)) VALUES (?, ?, ?, ?, ?, ?, ?)",
                [
                    grant.id, grant.clientID, grant.resourceServerID, jsonText(grant.scope),
                    grant.createdAt.milliseconds, grant.organizations.usage?.rawValue, grant.organizations.allowsAny,
                ])
        }
    }

    /// Client and API of a grant never change.
    public func update(_ grant: ClientGrant) throws {
        sql.effects.touch(.clientGrants)
        try sql.run(
            "UPDATE client_grants SET scope = ?, organization_usage = ?, allow_any_organization = ? WHERE id = ?",
            [
                jsonText(grant.scope), grant.organizations.usage?.rawValue, grant.organizations.allowsAny, grant.id,
            ])
    }

    public func delete(_ id: String) throws -> Bool {
        sql.effects.touch(.clientGrants)
        return try sql.changes("DELETE FROM client_grants WHERE id = ?", [id]) > 0
    }

    private static func grant(_ row: Row) throws -> ClientGrant {
        let usage: String? = row[5]
        return ClientGrant(
            id: row[0], clientID: row[1], resourceServerID: row[2], scope: try row.strings(3),
            organizations: OrganizationAccess(
                usage: usage.flatMap(OrganizationAccess.Usage.init(rawValue:)), allowsAny: row[6]),
            createdAt: Timestamp(milliseconds: row[4]))
    }
}
