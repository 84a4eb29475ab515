import GRDB
import StrictJSON

/// Which events a listing wants; nil means any.
public struct LogFilter: Sendable {
    public var userID: String?
    public var clientID: String?
    /// A short code, known or not.
    public var type: String?

    public init(userID: String? = nil, clientID: String? = nil, type: String? = nil) {
        self.userID = userID
        self.clientID = clientID
        self.type = type
    }
}

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

    /// A page of events, newest first unless told otherwise. Ids sort by time, so they need no index of dates.
    public func page(
        _ filter: LogFilter = LogFilter(), newestFirst: Bool = true, offset: Int, limit: Int
    ) throws -> [JSONObject] {
        let direction = newestFirst ? "DESC" : "ASC"
        let (condition, arguments) = Self.condition(filter)
        return try sql.rows(
            """
            SELECT document FROM logs\(condition)
            ORDER BY log_id \(direction) LIMIT ? OFFSET ?
            """, arguments + [limit, offset]
        ).map { try $0.object(0) }
    }

    public func count(_ filter: LogFilter = LogFilter()) throws -> Int {
        let (condition, arguments) = Self.condition(filter)
        return try sql.count("SELECT count(*) FROM logs\(condition)", arguments)
    }

    /// The events after a checkpoint (exclusive; nil means from the beginning), oldest first.
    public func after(_ id: String?, limit: Int) throws -> [JSONObject] {
        try sql.rows(
            "SELECT document FROM logs WHERE log_id > ? ORDER BY log_id LIMIT ?", [id ?? "", limit]
        ).map { try $0.object(0) }
    }

    private static func condition(_ filter: LogFilter) -> (String, StatementArguments) {
        var terms: [String] = []
        var arguments = StatementArguments()
        for (column, value) in [("user_id", filter.userID), ("client_id", filter.clientID), ("type", filter.type)] {
            guard let value else { continue }
            terms.append("\(column) = ?")
            arguments += [value]
        }
        return (terms.isEmpty ? "" : " WHERE " + terms.joined(separator: " AND "), arguments)
    }
}
