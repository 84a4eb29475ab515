import GRDB
import StrictJSON

/// Which connections a listing wants; nil means any.
public struct ConnectionFilter: Sendable {
    public var strategies: [String]?
    public var name: String?
    /// A client it is enabled for.
    public var clientID: String?

    public init(strategies: [String]? = nil, name: String? = nil, clientID: String? = nil) {
        self.strategies = strategies
        self.name = name
        self.clientID = clientID
    }
}

public enum ConnectionStoreError: Error, Sendable {
    case nameTaken
    case unknownClient(String)
}

/// The connections of one tenant.
public struct ConnectionStore {
    let sql: SQL
    private static let columns = "id, name, strategy, document, created_at"

    public func find(_ id: String) throws -> Connection? {
        try sql.row("SELECT \(Self.columns) FROM connections WHERE id = ?", [id]).map(connection)
    }

    public func find(name: String) throws -> Connection? {
        guard name.isKey else { return nil }
        return try sql.row("SELECT \(Self.columns) FROM connections WHERE name = ?", [name]).map(connection)
    }

    /// What the audit trail says of a connection: three columns, where the whole has options to unseal and clients to
    /// collect, however many there are.
    public func identity(name: String) throws -> ConnectionIdentity? {
        guard name.isKey else { return nil }
        return try sql.row("SELECT id, name, strategy FROM connections WHERE name = ?", [name])
            .map { ConnectionIdentity(id: $0[0], name: $0[1], strategy: $0[2]) }
    }

    /// The connections a client may use, oldest first: a third party's are the domain connections.
    public func enabled(for clientID: String) throws -> [Connection] {
        guard try !isThirdParty(clientID) else {
            return try sql.rows("SELECT \(Self.columns) FROM connections ORDER BY created_at, id")
                .map(connection).filter { $0.isDomainConnection && $0.acceptsLogins }
        }
        return try sql.rows(
            """
            SELECT \(Self.columns) FROM connections
            WHERE id IN (SELECT connection_id FROM connection_clients WHERE client_id = ?)
            ORDER BY created_at, id
            """, [clientID]
        ).map(connection).filter(\.acceptsLogins)
    }

    private func isThirdParty(_ clientID: String) throws -> Bool {
        try sql.count("SELECT count(*) FROM clients WHERE client_id = ? AND is_first_party = 0", [clientID]) > 0
    }

    /// A part of the list in order of age.
    public func portion(
        _ filter: ConnectionFilter, behind place: ListPlace = .start, offset: Int = 0, atMost limit: Int = .max
    ) throws -> Portion<Connection> {
        let (condition, arguments) = Self.condition(filter)
        let (connections, hasMore) = try sql.portion(
            """
            SELECT \(Self.columns) FROM connections WHERE (created_at, id) > (?, ?)\(condition)
            ORDER BY created_at, id LIMIT ? OFFSET ?
            """, place.arguments + arguments + [limit, offset], isOnce: filter.strategies != nil, document: 3
        ) { row in
            let connection = try connection(row)
            return (connection, (connection.enabledClients.count + connection.admittedClients.count) * Self.clientSize)
        }
        guard hasMore, let last = connections.last else { return Portion(connections) }
        return Portion(connections) { db in
            try db.connections.portion(filter, behind: last.place, atMost: limit - connections.count)
        }
    }

    /// What the id of a client takes in a portion.
    private static let clientSize = 40

    /// The clients a connection is enabled for, oldest first, by their ids.
    public func clients(of connectionID: String) throws -> [ListPlace] {
        try sql.rows(
            """
            SELECT clients.created_at, clients.client_id FROM connection_clients
            JOIN clients ON clients.client_id = connection_clients.client_id
            WHERE connection_id = ? ORDER BY clients.created_at, clients.client_id
            """, [connectionID]
        ).map { ListPlace(rank: $0[0], id: $0[1]) }
    }

    public func names() throws -> [String] {
        try sql.rows("SELECT name FROM connections ORDER BY created_at, id").map { $0[0] }
    }

    public func count(_ filter: ConnectionFilter) throws -> Int {
        let (condition, arguments) = Self.condition(filter)
        let query = "SELECT count(*) FROM connections WHERE true\(condition)"
        return try filter.strategies == nil ? sql.count(query, arguments) : sql.countOnce(query, arguments)
    }

    /// Throws ``ConnectionStoreError``.
    public func insert(_ connection: Connection) throws {
        try mappingUniqueViolation(to: ConnectionStoreError.nameTaken) {
            try sql.run(
                "INSERT INTO connections (id, name, strategy, document, created_at) VALUES (?, ?, ?, ?, ?)",
                [
                    connection.id, connection.name, connection.strategy,
                    try sealed(connection.id).text(connection.document), connection.createdAt.milliseconds,
                ])
        }
        try writeClients(of: connection)
    }

    /// Throws ``ConnectionStoreError``. Name and strategy never change.
    public func update(_ connection: Connection) throws {
        try sql.run(
            "UPDATE connections SET document = ? WHERE id = ?",
            [try sealed(connection.id).text(connection.document), connection.id])
        try writeClients(of: connection)
    }

    /// Deletes a connection with its users. False where there was none.
    public func delete(_ id: String) throws -> Bool {
        guard let connection = try find(id) else { return false }
        try sql.run("DELETE FROM users WHERE connection = ?", [connection.name])
        try LinkedIdentityStore(sql: sql).deleteAll(connection: connection.name)
        try sql.run("DELETE FROM connections WHERE id = ?", [id])
        sql.effects.touch(.connections)
        return true
    }

    /// Enables every existing connection for a new client (tenant flag `enable_client_connections`, spec 01 §5).
    public func enableAll(for clientID: String) throws {
        try sql.run(
            "INSERT INTO connection_clients (connection_id, client_id) SELECT id, ? FROM connections WHERE true"
                + " ON CONFLICT DO NOTHING",
            [clientID])
        sql.effects.touch(.connections)
    }

    private func writeClients(of connection: Connection) throws {
        sql.effects.touch(.connections)
        try sql.run("DELETE FROM connection_clients WHERE connection_id = ?", [connection.id])
        for client in connection.enabledClients {
            guard try sql.count("SELECT count(*) FROM clients WHERE client_id = ?", [client]) == 1 else {
                throw ConnectionStoreError.unknownClient(client)
            }
            try sql.run(
                "INSERT INTO connection_clients (connection_id, client_id) VALUES (?, ?) ON CONFLICT DO NOTHING",
                [connection.id, client])
        }
    }

    /// The keys to the identity provider are sealed, as is all that the scripts of a custom database are given.
    private func sealed(_ id: String) -> SealedSecrets {
        SealedSecrets(sql: sql, owner: "connection/\(id)", holdsSecret: { SecretProperties.isSecret($0, $1, in: $2) })
    }

    private static func condition(_ filter: ConnectionFilter) -> (String, StatementArguments) {
        var terms: [String] = []
        var arguments = StatementArguments()
        if let strategies = filter.strategies {
            terms.append("strategy IN (\(strategies.map { _ in "?" }.joined(separator: ", ")))")
            arguments += StatementArguments(strategies)
        }
        if let name = filter.name {
            terms.append("name = ?")
            arguments += [name]
        }
        if let clientID = filter.clientID {
            terms.append("id IN (SELECT connection_id FROM connection_clients WHERE client_id = ?)")
            arguments += [clientID]
        }
        return (terms.map { " AND \($0)" }.joined(), arguments)
    }

    private func connection(_ row: Row) throws -> Connection {
        let id: String = row[0]
        let clients = try sql.rows(
            """
            SELECT connection_clients.client_id, clients.is_first_party FROM connection_clients
            JOIN clients ON clients.client_id = connection_clients.client_id
            WHERE connection_id = ? ORDER BY clients.created_at, clients.client_id
            """, [id])
        let document = try sealed(id).open(try row.object(3))
        var admitted = Set(clients.filter { $0[1] }.map { $0[0] as String })
        if document["is_domain_connection"]?.bool == true {
            admitted.formUnion(
                try sql.rows("SELECT client_id FROM clients WHERE is_first_party = 0").map { $0[0] as String })
        }
        return Connection(
            id: id, name: row[1], strategy: row[2], createdAt: Timestamp(milliseconds: row[4]),
            enabledClients: clients.map { $0[0] }, document: document, admittedClients: admitted)
    }
}

extension ConnectionStore {
    /// A connection's document as it lies in the database, secrets sealed.
    package func storedText(of id: String) throws -> String? {
        try sql.row("SELECT document FROM connections WHERE id = ?", [id]).map { $0[0] }
    }
}
