import GRDB
import StrictJSON

/// Which events a listing wants; nil means any.
public struct LogFilter: Sendable {
    public var userID: String?
    public var clientID: String?
    /// A short code, known or not.
    public var type: String?
    public var search: LogSearch?

    public init(userID: String? = nil, clientID: String? = nil, type: String? = nil, search: LogSearch? = nil) {
        self.userID = userID
        self.clientID = clientID
        self.type = type
        self.search = search
    }
}

/// The audit trail of one tenant. Events are written by the transaction that does what they report.
public struct LogStore {
    let sql: SQL

    /// Adds an event, and the facts that outlive it: who was active, and what the day has seen.
    public func append(_ event: LogEvent) throws { _ = try record(event) }

    /// ``append(_:)``, and the event's id.
    public func record(_ event: LogEvent) throws -> String {
        let id = LogID.next(at: event.date, after: try sql.effects.lastLogID ?? lastID())
        sql.effects.lastLogID = id
        sql.effects.touch(.logs)
        try sql.insert(
            "INSERT INTO logs (log_id, date, type, user_id, client_id, document) VALUES (?, ?, ?, ?, ?, ?)",
            .text(id), .number(event.date.milliseconds), .text(event.type.rawValue), .text(event.userID),
            .text(event.clientID), .text(event.document(id: id)))
        if event.isLogin, let userID = event.userID, let clientID = event.clientID {
            try ActiveUserStore(sql: sql).note(
                userID, clientID: clientID, kind: event.connection?.strategyType ?? .database, at: event.date)
        }
        try DailyCountStore(sql: sql).count(event)
        return id
    }

    /// The newest id there is.
    public func lastID() throws -> String? { try sql.row("SELECT max(log_id) FROM logs")?[0] }

    public func find(_ id: String) throws -> JSONObject? {
        try sql.row("SELECT document FROM logs WHERE log_id = ?", [id]).map { try $0.object(0) }
    }

    /// A page of events, newest first unless told otherwise. Ids sort by time, so they need no index of dates.
    public func page(
        _ filter: LogFilter = LogFilter(), newestFirst: Bool = true, offset: Int, limit: Int
    ) throws -> [JSONObject] {
        try portion(filter, newestFirst: newestFirst, offset: offset, atMost: limit).all(in: TenantDatabase(sql: sql))
    }

    /// The beginning of such a page: events hold what was asked and answered, and can be long.
    /// - Parameter id: the event that they come behind (exclusive); nil for the first there is.
    public func portion(
        _ filter: LogFilter = LogFilter(), newestFirst: Bool = true, behind id: String? = nil, offset: Int = 0,
        atMost limit: Int
    ) throws -> Portion<JSONObject> {
        let (place, order) = newestFirst ? ("log_id < ?", "DESC") : ("log_id > ?", "ASC")
        let begin = id.map { [SearchCondition(sql: place, arguments: [$0])] } ?? []
        let condition = SearchCondition.all([Self.condition(filter)] + begin)
        let (events, hasMore) = try sql.portion(
            """
            SELECT document, log_id FROM logs WHERE \(condition.sql) ORDER BY log_id \(order) LIMIT ? OFFSET ?
            """, StatementArguments(condition.arguments + [limit, offset]),
            isOnce: true, document: 0
        ) { row in ((document: try row.object(0), id: row[1] as String), 0) }
        let documents = events.map(\.document)
        guard hasMore, let last = events.last?.id else { return Portion(documents) }
        return Portion(documents) { db in
            try db.logs.portion(filter, newestFirst: newestFirst, behind: last, atMost: limit - documents.count)
        }
    }

    public func count(_ filter: LogFilter = LogFilter()) throws -> Int {
        let condition = Self.condition(filter)
        return try sql.countOnce(
            "SELECT count(*) FROM logs WHERE \(condition.sql)", StatementArguments(condition.arguments))
    }

    /// What follows a place in the log, as much as may be sent at once.
    public struct Batch: Sendable {
        public let events: [JSONObject]
        /// The last id that was looked at: nothing between the place and it is left. Nil where nothing follows.
        public let end: String?
        /// Whether more may follow.
        public let hasMore: Bool
    }

    /// The next events of some types, oldest first.
    /// - Parameters:
    ///   - types: short codes; nil for all.
    ///   - limit: how many events there may be; ten times as many are looked at.
    ///   - bytes: after how many bytes of events no further one is added.
    public func batch(after id: String, types: Set<String>?, limit: Int, bytes: Int) throws -> Batch {
        let lookedAt = types == nil ? limit : limit * 10
        // Without a choice everything is wanted; with one, only what is chosen is read.
        let window = try sql.rows(
            types == nil
                ? "SELECT log_id, type, document FROM logs WHERE log_id > ? ORDER BY log_id LIMIT ?"
                : "SELECT log_id, type FROM logs WHERE log_id > ? ORDER BY log_id LIMIT ?", [id, lookedAt])
        var events: [JSONObject] = []
        var size = 0
        var end: String?
        for row in window {
            let (id, type): (String, String) = (row[0], row[1])
            if types?.contains(type) ?? true {
                guard events.count < limit, size < bytes else {
                    return Batch(events: events, end: end, hasMore: true)
                }
                let stored: Row? =
                    types == nil ? row : try sql.row("SELECT log_id, type, document FROM logs WHERE log_id = ?", [id])
                guard let stored else { continue }
                size += (stored[2] as String).utf8.count
                events.append(try stored.object(2))
            }
            end = id
        }
        return Batch(events: events, end: end, hasMore: window.count == lookedAt)
    }

    private static func condition(_ filter: LogFilter) -> SearchCondition {
        var parts: [SearchCondition] = []
        for (column, value) in [("user_id", filter.userID), ("client_id", filter.clientID), ("type", filter.type)] {
            guard let value else { continue }
            parts.append(SearchCondition(sql: "\(column) = ?", arguments: [value]))
        }
        if let search = filter.search { parts.append(search.condition) }
        return .all(parts)
    }
}
