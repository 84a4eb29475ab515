import GRDB
import GRDBSQLite

/// Statements that are bound and stepped by hand: what runs with nearly every request, or for every row of many, costs as
/// much in boxes for its arguments as in the database.
///
/// Texts are bound with their length, so a NUL inside one is stored and not its end.
extension SQL {
    /// A column of ``insert(_:_:)``.
    enum Field {
        case text(String?)
        case number(Int64?)
    }

    /// Adds one row. Throws `SQLITE_ABORT` where the transaction was given up.
    func insert(_ sql: String, _ fields: Field...) throws {
        let statement = try database.cachedStatement(sql: sql).sqliteStatement
        defer { Self.clear(statement) }
        Self.clear(statement)
        for (index, field) in fields.enumerated() {
            switch field {
            case .text(let text?): Self.bind(text, to: Int32(index + 1), of: statement)
            case .text(nil), .number(nil): sqlite3_bind_null(statement, Int32(index + 1))
            case .number(let number?): sqlite3_bind_int64(statement, Int32(index + 1), number)
            }
        }
        try change(statement, sql)
    }

    /// Begins, ends or undoes a savepoint. Throws `SQLITE_ABORT` where the transaction around it was given up.
    func savepoint(_ sql: String) throws {
        let statement = try database.cachedStatement(sql: sql).sqliteStatement
        defer { sqlite3_reset(statement) }
        try change(statement, sql)
    }

    /// Runs a change of three texts, and a number that is always the same, again and again.
    func runEach(_ sql: String, _ rows: some Sequence<(String, String, String)>, _ number: Int) throws {
        let statement = try database.cachedStatement(sql: sql).sqliteStatement
        defer { Self.clear(statement) }
        sqlite3_bind_int64(statement, 4, Int64(number))
        for (first, second, third) in rows {
            sqlite3_reset(statement)
            Self.bind(first, to: 1, of: statement)
            Self.bind(second, to: 2, of: statement)
            Self.bind(third, to: 3, of: statement)
            try change(statement, sql)
        }
    }

    /// The first column of the first row, asked for by texts alone again and again; nil where there is none.
    func firstText(_ sql: String, _ arguments: [String]) throws -> String? {
        let statement = try database.cachedStatement(sql: sql).sqliteStatement
        defer { Self.clear(statement) }
        Self.clear(statement)
        for (index, text) in arguments.enumerated() { Self.bind(text, to: Int32(index + 1), of: statement) }
        switch sqlite3_step(statement) {
        case SQLITE_ROW: return sqlite3_column_text(statement, 0).map { String(cString: $0) }
        case SQLITE_DONE: return nil
        case let code: throw failure(code, of: sql)
        }
    }

    /// Throws `SQLITE_ABORT` where the transaction was given up, as SQLite does where the disk is full: what came behind
    /// that would be committed alone.
    func requireTransaction(for sql: String? = nil) throws {
        guard sqlite3_get_autocommit(database.sqliteConnection) == 0 else {
            throw DatabaseError(resultCode: .SQLITE_ABORT, message: "the transaction was given up", sql: sql)
        }
    }

    /// Runs a statement without rows.
    private func change(_ statement: OpaquePointer, _ sql: String) throws {
        try requireTransaction(for: sql)
        let code = sqlite3_step(statement)
        guard code == SQLITE_DONE else { throw failure(code, of: sql) }
    }

    private func failure(_ code: Int32, of sql: String) -> DatabaseError {
        DatabaseError(
            resultCode: ResultCode(rawValue: code),
            message: String(cString: sqlite3_errmsg(database.sqliteConnection)), sql: sql)
    }

    private static func clear(_ statement: OpaquePointer) {
        sqlite3_reset(statement)
        sqlite3_clear_bindings(statement)
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
}
