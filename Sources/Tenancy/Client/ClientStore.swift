import GRDB
import StrictJSON

/// Which clients a listing wants; nil means any.
public struct ClientFilter: Sendable {
    public var isGlobal: Bool?
    public var isFirstParty: Bool?
    public var appTypes: [String]?

    public init(isGlobal: Bool? = nil, isFirstParty: Bool? = nil, appTypes: [String]? = nil) {
        self.isGlobal = isGlobal
        self.isFirstParty = isFirstParty
        self.appTypes = appTypes
    }
}

/// The client registry of one tenant.
public struct ClientStore {
    let sql: SQL
    private static let columns = "client_id, client_secret, is_global, document, created_at"

    public func find(_ clientID: String) throws -> Client? {
        guard clientID.isKey else { return nil }
        return try sql.row("SELECT \(Self.columns) FROM clients WHERE client_id = ?", [clientID]).map(Self.client)
    }

    /// What kind of application a client is: one column, where the whole has a document.
    public func appType(of clientID: String) throws -> String? {
        try sql.row("SELECT app_type FROM clients WHERE client_id = ?", [clientID])?[0]
    }

    /// Visits all clients, oldest first, of which only one is held at a time.
    public func each(_ visit: (Client) throws -> Void) throws {
        try sql.each("SELECT \(Self.columns) FROM clients ORDER BY created_at, client_id") { row in
            try visit(try Self.client(row))
            return true
        }
    }

    /// The client that stands for the tenant as a whole (spec 01 §5).
    public func global() throws -> Client? {
        try sql.row("SELECT \(Self.columns) FROM clients WHERE is_global ORDER BY created_at, client_id LIMIT 1")
            .map(Self.client)
    }

    /// A part of the registry in order of age.
    public func portion(
        _ filter: ClientFilter, behind place: ListPlace = .start, offset: Int = 0, atMost limit: Int = .max
    ) throws -> Portion<Client> {
        let (condition, arguments) = Self.condition(filter)
        let (clients, hasMore) = try sql.portion(
            """
            SELECT \(Self.columns) FROM clients WHERE (created_at, client_id) > (?, ?)\(condition)
            ORDER BY created_at, client_id LIMIT ? OFFSET ?
            """, place.arguments + arguments + [limit, offset], isOnce: filter.appTypes != nil, document: 3
        ) { (try Self.client($0), 0) }
        guard hasMore, let last = clients.last else { return Portion(clients) }
        return Portion(clients) { db in
            try db.clients.portion(filter, behind: last.place, atMost: limit - clients.count)
        }
    }

    public func count(_ filter: ClientFilter) throws -> Int {
        let (condition, arguments) = Self.condition(filter)
        let query = "SELECT count(*) FROM clients WHERE true\(condition)"
        return try filter.appTypes == nil ? sql.count(query, arguments) : sql.countOnce(query, arguments)
    }

    public func insert(_ client: Client) throws {
        try sql.run(
            """
            INSERT INTO clients
                (client_id, name, client_secret, is_global, is_first_party, app_type, document, created_at)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?)
            """,
            [
                client.clientID, client.name, client.secret, client.isGlobal, client.isFirstParty, client.appType,
                JSON.object(client.document).text(), client.createdAt.milliseconds,
            ])
        sql.effects.touch(.clients)
        // Domain connections admit third parties without naming them.
        if !client.isFirstParty { sql.effects.touch(.connections) }
    }

    public func update(_ client: Client) throws {
        try sql.run(
            """
            UPDATE clients SET name = ?, client_secret = ?, is_first_party = ?, app_type = ?, document = ?
            WHERE client_id = ?
            """,
            [
                client.name, client.secret, client.isFirstParty, client.appType,
                JSON.object(client.document).text(), client.clientID,
            ])
        sql.effects.touch(.clients)
        // It may have been made a third party, or the tenant's own.
        sql.effects.touch(.connections)
    }

    /// Deletes a client with everything that hangs on it: grants, sessions' tokens, consents, enabled connections.
    /// False where there was none.
    public func delete(_ clientID: String) throws -> Bool {
        sql.effects.touch(.clients)
        sql.effects.touch(.connections)
        return try sql.changes("DELETE FROM clients WHERE client_id = ?", [clientID]) > 0
    }

    private static func condition(_ filter: ClientFilter) -> (String, StatementArguments) {
        var terms: [String] = []
        var arguments = StatementArguments()
        if let isGlobal = filter.isGlobal {
            terms.append("is_global = ?")
            arguments += [isGlobal]
        }
        if let isFirstParty = filter.isFirstParty {
            terms.append("is_first_party = ?")
            arguments += [isFirstParty]
        }
        if let appTypes = filter.appTypes {
            terms.append("app_type IN (\(appTypes.map { _ in "?" }.joined(separator: ", ")))")
            arguments += StatementArguments(appTypes)
        }
        return (terms.map { " AND \($0)" }.joined(), arguments)
    }

    private static func client(_ row: Row) throws -> Client {
        Client(
            clientID: row[0], secret: row[1], isGlobal: row[2],
            createdAt: Timestamp(milliseconds: row[4]), document: try row.object(3))
    }
}

extension Row {
    /// A column that holds a JSON object as text.
    func object(_ column: Int) throws -> JSONObject {
        let text: String = self[column]
        return try JSON.parse(text).object ?? [:]
    }

    /// A column that holds a JSON array of strings as text.
    func strings(_ column: Int) throws -> [String] {
        let text: String = self[column]
        return try JSON.parse(text).array?.compactMap(\.string) ?? []
    }
}

func jsonText(_ strings: [String]) -> String {
    JSON.array(strings.map(JSON.string)).text()
}
