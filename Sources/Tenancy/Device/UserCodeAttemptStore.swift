import GRDB

/// Wrong user codes by the network they came from: so few bits may not be searched (RFC 8628 §5.1).
public struct UserCodeAttemptStore {
    let sql: SQL

    /// Wrong codes a network may enter within ``window`` seconds.
    public static let limit = 10
    public static let window: Int64 = 900

    public func mayTry(from address: String, at now: Timestamp) throws -> Bool {
        let failures = try sql.count(
            "SELECT count(*) FROM user_code_failures WHERE address = ? AND failed_at > ?",
            [ClientNetwork(of: address).description, now.adding(seconds: -Self.window).milliseconds])
        return failures < Self.limit
    }

    public func noteFailure(from address: String, at now: Timestamp) throws {
        try sql.run(
            "INSERT INTO user_code_failures (address, failed_at) VALUES (?, ?)",
            [ClientNetwork(of: address).description, now.milliseconds])
    }

    func deleteOld(at now: Timestamp, atMost limit: Int) throws -> Int {
        try sql.delete(
            "user_code_failures", by: "address, failed_at", where: "failed_at <= ?",
            [now.adding(seconds: -Self.window).milliseconds], atMost: limit)
    }
}
