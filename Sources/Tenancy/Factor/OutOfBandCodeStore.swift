import GRDB
import OpenSSL

/// Codes that were sent to a telephone or a mailbox and wait to be typed.
public struct OutOfBandCodeStore {
    let sql: SQL

    /// Seconds a code is good.
    public static let lifetime: Int64 = 300
    /// Wrong tries that a code survives.
    private static let mostAttempts = 3

    /// What became of a code that somebody typed.
    public enum Check: Sendable {
        /// No code was sent under the handle to this user, or it is too old, used, or tried too often.
        case unknown
        case wrong
        /// It was right, and is used up.
        case right(factorID: String)
    }

    /// Makes a code for a factor; those sent before are worth nothing from here on.
    /// - Parameter handle: what the page or the client says which code it means (`oob_code`).
    public func issue(for factor: Factor, handle: OpaqueSecret, at now: Timestamp) throws -> String {
        try sql.run("UPDATE out_of_band_codes SET expires_at = 0 WHERE factor_id = ?", [factor.id])
        let code = SecureRandom.digits(6)
        try sql.run(
            """
            INSERT INTO out_of_band_codes (handle_hash, factor_id, user_id, code_hash, attempts, created_at, expires_at)
            VALUES (?, ?, ?, ?, 0, ?, ?)
            """,
            [
                handle.hash, factor.id, factor.userID, Self.hash(code, handle), now.milliseconds,
                now.adding(seconds: Self.lifetime).milliseconds,
            ])
        return code
    }

    /// How many codes were sent to a user in the last hour.
    public func count(of userID: String, at now: Timestamp) throws -> Int {
        try sql.count(
            "SELECT count(*) FROM out_of_band_codes WHERE user_id = ? AND created_at > ?",
            [userID, now.adding(seconds: -3600).milliseconds])
    }

    public func redeem(_ code: String, handle: OpaqueSecret, of userID: String, at now: Timestamp) throws -> Check {
        let row = try sql.row(
            """
            SELECT factor_id, code_hash FROM out_of_band_codes
            WHERE handle_hash = ? AND user_id = ? AND attempts < ? AND expires_at > ?
            """, [handle.hash, userID, Self.mostAttempts, now.milliseconds])
        guard let row else { return .unknown }
        let (factorID, hash): (String, String) = (row[0], row[1])
        guard constantTimeEqual(hash, Self.hash(code, handle)) else {
            try sql.run("UPDATE out_of_band_codes SET attempts = attempts + 1 WHERE handle_hash = ?", [handle.hash])
            return .wrong
        }
        try sql.run("UPDATE out_of_band_codes SET expires_at = 0 WHERE handle_hash = ?", [handle.hash])
        return .right(factorID: factorID)
    }

    /// Forgets what no longer counts; see ``count(of:at:)``.
    func deletePast(at now: Timestamp, atMost limit: Int) throws -> Int {
        try sql.delete(
            "out_of_band_codes", by: "handle_hash", where: "created_at <= ?",
            [now.adding(seconds: -3600).milliseconds], atMost: limit)
    }

    /// Six digits alone could be searched back from their digest; with the handle, which the file does not hold, not.
    private static func hash(_ code: String, _ handle: OpaqueSecret) -> String {
        OpaqueSecret(text: "\(handle.text)\n\(code)").hash
    }
}
