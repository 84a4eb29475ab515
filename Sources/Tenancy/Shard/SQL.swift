import GRDB

/// One database handle inside one transaction, with prepared statements kept by the connection.
/// Everything above a store sees neither this nor GRDB (ARCHITECTURE, decision 5).
struct SQL {
    let database: Database
    /// What a committed write makes stale.
    let effects: WriteEffects

    func run(_ sql: String, _ arguments: StatementArguments = StatementArguments()) throws {
        try database.cachedStatement(sql: sql).execute(arguments: arguments)
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
    private var foundEmpty: Set<ReadModel> = []
    /// The id of the last log event, once one was given in this transaction: no other can have been given meanwhile.
    var lastLogID: String?

    /// What was found to hold nothing that waits, and was not written to.
    var emptied: Set<ReadModel> { foundEmpty.subtracting(stale) }

    func touch(_ model: ReadModel) { stale.insert(model) }

    /// Notes that nothing waits to be delivered: after the commit the tenant's mark is taken away (``TenantSignal``).
    func findEmpty(_ model: ReadModel) { foundEmpty.insert(model) }

    /// Adds those of another write of the same transaction.
    func add(_ other: WriteEffects) {
        stale.formUnion(other.stale)
        foundEmpty.formUnion(other.foundEmpty)
    }
}

extension String {
    /// GRDB binds a text up to its first NUL: `https://api\0x` would find what is stored as `https://api`. So what others
    /// send is not looked up when it holds one; nothing that is looked up is stored under such a key.
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
