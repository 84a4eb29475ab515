import GRDB
import StrictJSON

/// The audit trail of one tenant. Events are written by the transaction that does what they report.
public struct LogStore {
    let sql: SQL

    public func append(_ event: LogEvent) throws {
        try sql.run(
            "INSERT INTO logs (log_id, date, type, user_id, client_id, document) VALUES (?, ?, ?, ?, ?, ?)",
            [
                event.id, event.date.milliseconds, event.type.rawValue, event.userID, event.clientID,
                JSON.object(event.document).text(),
            ])
    }

    public func find(_ id: String) throws -> JSONObject? {
        try sql.row("SELECT document FROM logs WHERE log_id = ?", [id]).map { try $0.object(0) }
    }

    /// A page of events, newest first unless told otherwise.
    public func page(newestFirst: Bool = true, userID: String? = nil, offset: Int, limit: Int) throws -> [JSONObject] {
        let direction = newestFirst ? "DESC" : "ASC"
        return try sql.rows(
            """
            SELECT document FROM logs WHERE ? IS NULL OR user_id = ?
            ORDER BY date \(direction), log_id \(direction) LIMIT ? OFFSET ?
            """, [userID, userID, limit, offset]
        ).map { try $0.object(0) }
    }

    public func count(userID: String? = nil) throws -> Int {
        try sql.count("SELECT count(*) FROM logs WHERE ? IS NULL OR user_id = ?", [userID, userID])
    }

    /// The events after a checkpoint (exclusive; nil means from the beginning), oldest first.
    public func after(_ id: String?, limit: Int) throws -> [JSONObject] {
        try sql.rows(
            "SELECT document FROM logs WHERE log_id > ? ORDER BY log_id LIMIT ?", [id ?? "", limit]
        ).map { try $0.object(0) }
    }
}
