import GRDB
import OpenSSL
import StrictJSON

/// An API: the audience of access tokens (spec 03 §3).
public final class ResourceServer: Sendable {
    /// 24 hexadecimal digits.
    public let id: String
    /// The audience. The system API's is stored as ``systemIdentifier`` and shown as `https://DOMAIN/api/v2/` of
    /// the domain it is asked under.
    public let identifier: String
    public let isSystem: Bool
    public let createdAt: Timestamp
    /// `name`, `scopes`, `signing_alg`, lifetimes and flags under their contract names.
    public let document: JSONObject

    public init(id: String, identifier: String, isSystem: Bool, createdAt: Timestamp, document: JSONObject) {
        self.id = id
        self.identifier = identifier
        self.isSystem = isSystem
        self.createdAt = createdAt
        self.document = document
    }

    /// Stands for the Management API of whatever domain the tenant is reached under.
    public static let systemIdentifier = "urn:gatehouse:management-api"

    /// Where it stands in order of age.
    public var place: ListPlace { ListPlace(createdAt: createdAt, id: id) }

    public static func newID() -> String { SecureRandom.hex(byteCount: 12) }

    public var name: String? { document["name"]?.string }
    public var scopes: [String] { document["scopes"]?.array?.compactMap { $0["value"]?.string } ?? [] }
    public var signingAlgorithm: String { document["signing_alg"]?.string ?? "RS256" }
    public var signingSecret: String? { document["signing_secret"]?.string }
    public var allowsOfflineAccess: Bool { document["allow_offline_access"]?.bool ?? false }
    public var skipsConsentForFirstParty: Bool {
        document["skip_consent_for_verifiable_first_party_clients"]?.bool ?? false
    }
    /// Seconds.
    public var tokenLifetime: Int { document["token_lifetime"]?.int ?? Self.defaultTokenLifetime }
    /// Seconds, for tokens issued by /authorize itself.
    public var tokenLifetimeForWeb: Int { document["token_lifetime_for_web"]?.int ?? Self.defaultTokenLifetimeForWeb }

    public static let defaultTokenLifetime = 86_400
    public static let defaultTokenLifetimeForWeb = 7_200
}

/// By what tokens name an API.
public struct ResourceServerIdentity: Sendable {
    public let identifier: String
    public let isSystem: Bool
}

public struct ResourceServerStore {
    let sql: SQL
    private static let columns = "id, identifier, is_system, document, created_at"

    public func find(_ id: String) throws -> ResourceServer? {
        try sql.row("SELECT \(Self.columns) FROM resource_servers WHERE id = ?", [id]).map(Self.resourceServer)
    }

    public func find(identifier: String) throws -> ResourceServer? {
        guard identifier.isKey else { return nil }
        return try sql.row("SELECT \(Self.columns) FROM resource_servers WHERE identifier = ?", [identifier])
            .map(Self.resourceServer)
    }

    /// A part of the list in order of age.
    public func portion(
        behind place: ListPlace = .start, offset: Int = 0, atMost limit: Int = .max
    ) throws -> Portion<ResourceServer> {
        let (servers, hasMore) = try sql.portion(
            """
            SELECT \(Self.columns) FROM resource_servers WHERE (created_at, id) > (?, ?)
            ORDER BY created_at, id LIMIT ? OFFSET ?
            """, place.arguments + [limit, offset], document: 3
        ) { (try Self.resourceServer($0), 0) }
        guard hasMore, let last = servers.last else { return Portion(servers) }
        return Portion(servers) { db in
            try db.resourceServers.portion(behind: last.place, atMost: limit - servers.count)
        }
    }

    public func count() throws -> Int { try sql.count("SELECT count(*) FROM resource_servers") }

    /// What the audience of an API is made of: two columns, where the whole has a document.
    public func identity(_ id: String) throws -> ResourceServerIdentity? {
        try sql.row("SELECT identifier, is_system FROM resource_servers WHERE id = ?", [id])
            .map { ResourceServerIdentity(identifier: $0[0], isSystem: $0[1]) }
    }

    public enum Failure: Error, Sendable { case identifierTaken }

    public func insert(_ server: ResourceServer) throws {
        try mappingUniqueViolation(to: Failure.identifierTaken) {
            try sql.run(
                """
                INSERT INTO resource_servers (id, identifier, is_system, document, created_at) VALUES (?, ?, ?, ?, ?)
                """,
                [
                    server.id, server.identifier, server.isSystem, JSON.object(server.document).text(),
                    server.createdAt.milliseconds,
                ])
        }
        sql.effects.touch(.resourceServers)
    }

    public func update(_ server: ResourceServer) throws {
        try sql.run(
            "UPDATE resource_servers SET document = ? WHERE id = ?",
            [JSON.object(server.document).text(), server.id])
        sql.effects.touch(.resourceServers)
    }

    public func delete(_ id: String) throws -> Bool {
        sql.effects.touch(.resourceServers)
        return try sql.changes("DELETE FROM resource_servers WHERE id = ?", [id]) > 0
    }

    private static func resourceServer(_ row: Row) throws -> ResourceServer {
        ResourceServer(
            id: row[0], identifier: row[1], isSystem: row[2], createdAt: Timestamp(milliseconds: row[4]),
            document: try row.object(3))
    }
}
