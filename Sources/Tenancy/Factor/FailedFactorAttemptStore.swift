import GRDB
import OpenSSL

/// Wrong codes of the last hour, by user: what bounds guessing whichever way it is tried.
public struct FailedFactorAttemptStore {
    let sql: SQL
    private static let window: Int64 = 3600

    public func record(of userID: String, at now: Timestamp) throws {
        try sql.run(
            "INSERT INTO failed_factor_attempts (id, user_id, failed_at) VALUES (?, ?, ?)",
            [SecureRandom.hex(byteCount: 16), userID, now.milliseconds])
    }

    /// How many there were in the last hour.
    public func count(of userID: String, at now: Timestamp) throws -> Int {
        try sql.count(
            "SELECT count(*) FROM failed_factor_attempts WHERE user_id = ? AND failed_at > ?",
            [userID, now.adding(seconds: -Self.window).milliseconds])
    }

    func deletePast(at now: Timestamp, atMost limit: Int) throws -> Int {
        try sql.delete(
            "failed_factor_attempts", by: "id", where: "failed_at <= ?",
            [now.adding(seconds: -Self.window).milliseconds], atMost: limit)
    }
}
