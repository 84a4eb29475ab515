import GRDB
import GRDBSQLite

/// One database handle inside one transaction, with prepared statements kept by the connection.
/// Everything above a store sees neither this nor GRDB (ARCHITECTURE, decision 5).
struct SQL {
    let database: Database
    /// What a committed write makes stale.
    let effects: WriteEffects

    func run(_ sql: String, _ arguments: StatementArguments = StatementArguments()) throws {
        try database.cachedStatement(sql: sql).execute(arguments: arguments)
    }

    /// What ``insert(_:_:)`` takes for a column.
    enum Field {
        case text(String?)
        case number(Int64)
    }

    /// Adds one row, its columns bound by hand: of what is written with nearly every request, boxing costs as much as
    /// storing.
    func insert(_ sql: String, _ fields: Field...) throws {
        let statement = try database.cachedStatement(sql: sql).sqliteStatement
        defer {
            sqlite3_reset(statement)
            sqlite3_clear_bindings(statement)
        }
        try checkTransaction(sql)
        for (index, field) in fields.enumerated() {
            switch field {
            case .text(let text?): Self.bind(text, to: Int32(index + 1), of: statement)
            case .text(nil): break
            case .number(let number): sqlite3_bind_int64(statement, Int32(index + 1), number)
            }
        }
        let code = sqlite3_step(statement)
        guard code == SQLITE_DONE else { throw failure(code, of: sql) }
    }

    /// Runs a statement that has neither arguments nor rows, and stands around every write.
    func command(_ sql: String) throws {
        let statement = try database.cachedStatement(sql: sql).sqliteStatement
        defer { sqlite3_reset(statement) }
        try checkTransaction(sql)
        let code = sqlite3_step(statement)
        guard code == SQLITE_DONE else { throw failure(code, of: sql) }
    }

    /// SQLite gives up a whole transaction where the disk is full. What came behind that would be committed alone.
    private func checkTransaction(_ sql: String) throws {
        guard sqlite3_get_autocommit(database.sqliteConnection) == 0 else {
            throw DatabaseError(resultCode: .SQLITE_ABORT, message: "the transaction was given up", sql: sql)
        }
    }

    /// Runs a change of three texts, and a number that is always the same, again and again. They are bound by hand: with a
    /// dozen rows for every user, boxing them costs as much as storing them.
    func runEach(_ sql: String, _ rows: some Sequence<(String, String, String)>, _ number: Int) throws {
        let statement = try database.cachedStatement(sql: sql).sqliteStatement
        defer {
            sqlite3_reset(statement)
            sqlite3_clear_bindings(statement)
        }
        sqlite3_bind_int64(statement, 4, Int64(number))
        for (first, second, third) in rows {
            sqlite3_reset(statement)
            Self.bind(first, to: 1, of: statement)
            Self.bind(second, to: 2, of: statement)
            Self.bind(third, to: 3, of: statement)
            let code = sqlite3_step(statement)
            guard code == SQLITE_DONE else { throw failure(code, of: sql) }
        }
    }

    /// The first column of the first row, asked for by texts alone again and again; nil where there is none.
    func firstText(_ sql: String, _ arguments: [String]) throws -> String? {
        let statement = try database.cachedStatement(sql: sql).sqliteStatement
        defer {
            sqlite3_reset(statement)
            sqlite3_clear_bindings(statement)
        }
        sqlite3_reset(statement)
        for (index, text) in arguments.enumerated() { Self.bind(text, to: Int32(index + 1), of: statement) }
        switch sqlite3_step(statement) {
        case SQLITE_ROW: return sqlite3_column_text(statement, 0).map { String(cString: $0) }
        case SQLITE_DONE: return nil
        case let code: throw failure(code, of: sql)
        }
    }

    private func failure(_ code: Int32, of sql: String) -> DatabaseError {
        DatabaseError(
            resultCode: ResultCode(rawValue: code),
            message: String(cString: sqlite3_errmsg(database.sqliteConnection)), sql: sql)
    }

    private static func bind(_ text: String, to index: Int32, of statement: OpaquePointer) {
        var text = text
        // SQLite copies the text: the destructor -1 is `SQLITE_TRANSIENT`.
        let copying = unsafeBitCast(-1, to: sqlite3_destructor_type.self)
        text.withUTF8 { bytes in
            bytes.withMemoryRebound(to: CChar.self) { bytes in
                // An empty text has no address, and no address is `NULL`.
                _ = sqlite3_bind_text(statement, index, bytes.baseAddress ?? Self.empty, Int32(bytes.count), copying)
            }
        }
    }

    private static var empty: UnsafePointer<CChar> {
        UnsafeRawPointer(StaticString("").utf8Start).assumingMemoryBound(to: CChar.self)
    }

    /// Runs a change and says how many rows it touched.
    func changes(_ sql: String, _ arguments: StatementArguments) throws -> Int {
        try run(sql, arguments)
        return database.changesCount
    }

    /// Deletes at most so many rows; returns how many there were.
    /// - Parameter key: the columns of the primary key, or others that name few rows.
    func delete(
        _ table: String, by key: String, where condition: String, _ arguments: StatementArguments, atMost limit: Int
    ) throws -> Int {
        try changes(
            "DELETE FROM \(table) WHERE (\(key)) IN (SELECT \(key) FROM \(table) WHERE \(condition) LIMIT \(limit))",
            arguments)
    }

    func row(_ sql: String, _ arguments: StatementArguments = StatementArguments()) throws -> Row? {
        try Row.fetchOne(database.cachedStatement(sql: sql), arguments: arguments)
    }

    func rows(_ sql: String, _ arguments: StatementArguments = StatementArguments()) throws -> [Row] {
        try Row.fetchAll(database.cachedStatement(sql: sql), arguments: arguments)
    }

    /// Looks at rows one by one, so that only one of them is held, for as long as the visitor wants to go on.
    /// - Parameter isOnce: whether hardly anybody will ask for the statement again; see ``rowsOnce(_:_:)``.
    func each(
        _ sql: String, _ arguments: StatementArguments = StatementArguments(), isOnce: Bool = false,
        _ visit: (Row) throws -> Bool
    ) throws {
        let statement = try isOnce ? database.makeStatement(sql: sql) : database.cachedStatement(sql: sql)
        let rows = try Row.fetchCursor(statement, arguments: arguments)
        while let row = try rows.next(), try visit(row) {}
    }

    /// Rows of a statement that hardly anybody will ask for again: searches, whose text depends on what was searched for.
    /// Kept statements are kept for good, and callers could fill the memory with ever new ones.
    func rowsOnce(_ sql: String, _ arguments: StatementArguments) throws -> [Row] {
        try Row.fetchAll(database.makeStatement(sql: sql), arguments: arguments)
    }

    func countOnce(_ sql: String, _ arguments: StatementArguments) throws -> Int {
        try Int.fetchOne(database.makeStatement(sql: sql), arguments: arguments) ?? 0
    }

    func count(_ sql: String, _ arguments: StatementArguments = StatementArguments()) throws -> Int {
        try Int.fetchOne(database.cachedStatement(sql: sql), arguments: arguments) ?? 0
    }
}

/// The decoded read models of a shard that one batch of writes makes stale. It is used on one thread only: that
/// of the batch.
final class WriteEffects {
    private(set) var stale: Set<ReadModel> = []
    /// The id of the last log event, once one was given in this transaction: no other can have been given meanwhile.
    var lastLogID: String?

    func touch(_ model: ReadModel) { stale.insert(model) }
}

extension String {
    /// SQLite reads a bound text up to its first NUL: `https://api\0x` would find what is stored as `https://api`.
    /// So what others send is not looked up when it holds one; nothing is stored under such a key.
    var isKey: Bool { !utf8.contains(0) }
}

/// What a shard keeps decoded in memory.
enum ReadModel: Sendable, CaseIterable {
    case clients, connections, signingKeys, settings, resourceServers, clientGrants
    /// Which tokens are blacklisted, and which were found not to be.
    case blacklist
    /// Nothing of the outbox is kept; the commit wakes whoever delivers it.
    case outbox
    /// The same for logout notices, for log streams, and for events, which log streams carry on.
    case logoutNotices, logStreams, logs
}

/// Turns a violated unique index into the store's own error.
func mappingUniqueViolation<Value>(to conflict: any Error, _ body: () throws -> Value) throws -> Value {
    do {
        return try body()
    } catch let error as DatabaseError
        where error.extendedResultCode == .SQLITE_CONSTRAINT_UNIQUE
        || error.extendedResultCode == .SQLITE_CONSTRAINT_PRIMARYKEY
    {
        throw conflict
    }
}
