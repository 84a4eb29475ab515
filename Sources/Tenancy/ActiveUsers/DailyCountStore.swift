import GRDB

/// What happened on one day, in UTC (spec 03 §7).
public struct DailyCount: Sendable, Equatable {
    /// `2018-10-09`
    public let day: String
    public let logins: Int
    public let signUps: Int
    public let leakedPasswords: Int
}

/// Counts of the days of one tenant, kept when the log expires.
public struct DailyCountStore {
    let sql: SQL

    /// Counts an event, if it is of a kind that is counted.
    func count(_ event: LogEvent) throws {
        let column: String
        switch event.type {
        case .successLogin, .successPasswordExchange, .successOTPExchange, .successOOBExchange,
            .successRecoveryCodeExchange, .successDeviceExchange:
            column = "logins"
        case .successSignup: column = "signups"
        case .breachedPassword: column = "leaked_passwords"
        default: return
        }
        let counts = ["logins", "signups", "leaked_passwords"].map { $0 == column ? 1 : 0 }
        try sql.run(
            """
            INSERT INTO daily_counts (day, logins, signups, leaked_passwords) VALUES (?, ?, ?, ?)
            ON CONFLICT (day) DO UPDATE SET \(column) = daily_counts.\(column) + 1
            """, [event.date.day, counts[0], counts[1], counts[2]])
    }

    /// The days with something on them, both ends included.
    public func days(from first: String, to last: String) throws -> [DailyCount] {
        try sql.rows(
            "SELECT day, logins, signups, leaked_passwords FROM daily_counts WHERE day >= ? AND day <= ? ORDER BY day",
            [first, last]
        ).map { DailyCount(day: $0[0], logins: $0[1], signUps: $0[2], leakedPasswords: $0[3]) }
    }
}
