import GRDB

/// Active users of one client in one month (spec 01 R40–R43).
public struct ActiveUserCount: Sendable, Equatable {
    public let clientID: String
    public let kind: String
    public let users: Int
}

/// Who has used which client in which month. Facts of their own: they are written in the transaction of the login and
/// stay when its event has expired (spec 04 §5).
public struct ActiveUserStore {
    let sql: SQL

    /// Whole months that are kept beside the present one.
    private static let monthsKept: Int64 = 36

    /// Notes that a user was active. Within a day there is one write; the first kind of a month stays, so that kinds add
    /// up to the total.
    func note(_ userID: String, clientID: String, kind: StrategyType, at moment: Timestamp) throws {
        try sql.run(
            """
            INSERT INTO active_users (month, client_id, user_id, kind, last_day) VALUES (?, ?, ?, ?, ?)
            ON CONFLICT (month, client_id, user_id) DO UPDATE SET last_day = excluded.last_day
            WHERE active_users.last_day < excluded.last_day
            """, [moment.month, clientID, userID, kind.rawValue, moment.day])
    }

    /// - Parameter month: `2018-03`.
    public func counts(month: String) throws -> [ActiveUserCount] {
        try sql.rows(
            """
            SELECT client_id, kind, count(*) FROM active_users WHERE month = ? GROUP BY client_id, kind
            ORDER BY client_id, kind
            """, [month]
        ).map { ActiveUserCount(clientID: $0[0], kind: $0[1], users: $0[2]) }
    }

    /// Forgets months nobody accounts for any more.
    func deleteOld(at now: Timestamp, atMost limit: Int) throws -> Int {
        let oldest = now.adding(seconds: -(Self.monthsKept + 1) * 31 * 86_400).month
        return try sql.delete(
            "active_users", by: "month, client_id, user_id", where: "month < ?", [oldest], atMost: limit)
    }

    /// How many users were active in the last 30 days, each counted once.
    public func activeLately(at now: Timestamp) throws -> Int {
        let start = now.adding(seconds: -30 * 86_400)
        return try sql.count(
            "SELECT count(DISTINCT user_id) FROM active_users WHERE month >= ? AND last_day >= ?",
            [start.month, start.day])
    }
}

extension Timestamp {
    /// `2018-03`, in UTC.
    public var month: String { String(iso8601.prefix(7)) }
    /// `2018-03-31`, in UTC.
    public var day: String { String(iso8601.prefix(10)) }
}

extension LogEvent {
    /// A user has proved themselves to a client: what makes them active there (spec 04 §5).
    var isLogin: Bool {
        switch type {
        case .successLogin, .successSilentAuth, .successPasswordExchange, .successRefreshTokenExchange,
            .successOTPExchange, .successOOBExchange, .successRecoveryCodeExchange, .successDeviceExchange:
            true
        default: false
        }
    }
}
