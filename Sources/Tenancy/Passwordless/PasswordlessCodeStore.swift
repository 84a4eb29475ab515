import GRDB
import OpenSSL

/// The codes of passwordless logins: one for each mailbox or telephone, the newest.
public struct PasswordlessCodeStore {
    let sql: SQL

    /// Wrong tries that a code survives (spec 02 §7).
    private static let mostAttempts = 3
    /// Codes one recipient gets in an hour. Each new code gives three new tries, so they have to be bounded too.
    private static let mostStartsAnHour = 10

    /// What became of a code that somebody typed or followed.
    public enum Check: Sendable {
        /// There is none: never sent, too old, used, or tried too often.
        case none
        case wrong
        case right
    }

    /// Makes a code; the one before is worth nothing from here on. Nil where the recipient has had too many.
    public func issue(
        connection: String, recipient: String, clientID: String, length: Int, lifetime: Int64, at now: Timestamp
    ) throws -> String? {
        let row = try sql.row(
            "SELECT starts, window_ends_at FROM passwordless_codes WHERE connection = ? AND recipient = ?",
            [connection, recipient])
        var (starts, windowEnd): (Int, Int64) = (0, now.adding(seconds: 3600).milliseconds)
        if let row, row[1] > now.milliseconds { (starts, windowEnd) = (row[0], row[1]) }
        guard starts < Self.mostStartsAnHour else { return nil }
        let code = SecureRandom.digits(length)
        try sql.run(
            """
            INSERT INTO passwordless_codes (connection, recipient, code_hash, client_id, attempts, starts,
                window_ends_at, expires_at)
            VALUES (?, ?, ?, ?, 0, ?, ?, ?)
            ON CONFLICT (connection, recipient) DO UPDATE SET code_hash = excluded.code_hash,
                client_id = excluded.client_id, attempts = 0,
                starts = excluded.starts, window_ends_at = excluded.window_ends_at,
                expires_at = excluded.expires_at
            """,
            [
                connection, recipient, Self.hash(code, connection, recipient), clientID, starts + 1, windowEnd,
                now.adding(seconds: lifetime).milliseconds,
            ])
        return code
    }

    /// Holds a code against the newest one and counts a wrong try.
    /// - Parameter clientID: who redeems it: a code is good for the client that had it sent. Nil where nobody is given
    ///   anything for it yet.
    /// - Parameter usingUp: whether a right one is gone afterwards, or waits for the request that follows.
    public func check(
        _ code: String, connection: String, recipient: String, clientID: String?, usingUp: Bool, at now: Timestamp
    ) throws -> Check {
        guard recipient.isKey, connection.isKey else { return .none }
        let row = try sql.row(
            """
            SELECT code_hash, client_id FROM passwordless_codes
            WHERE connection = ? AND recipient = ? AND attempts < ? AND expires_at > ?
            """, [connection, recipient, Self.mostAttempts, now.milliseconds])
        guard let row else { return .none }
        let isForClient = clientID == nil || clientID == row[1]
        let isRight = constantTimeEqual(row[0] as String, Self.hash(code, connection, recipient)) && isForClient
        if isRight && !usingUp { return .right }
        let change = isRight ? "expires_at = 0" : "attempts = attempts + 1"
        try sql.run(
            "UPDATE passwordless_codes SET \(change) WHERE connection = ? AND recipient = ?", [connection, recipient])
        return isRight ? .right : .wrong
    }

    /// Ends the codes, and the links that carry them, by which somebody could log in as a user.
    public func endAll(of userID: String) throws {
        let names = try sql.rows(
            "SELECT connection, recipient FROM passwordless_identities WHERE user_id = ?", [userID])
        for name in names {
            let (connection, recipient): (String, String) = (name[0], name[1])
            try sql.run(
                "UPDATE passwordless_codes SET expires_at = 0 WHERE connection = ? AND recipient = ?",
                [connection, recipient])
        }
    }

    func deletePast(at now: Timestamp, atMost limit: Int) throws -> Int {
        try sql.delete(
            "passwordless_codes", by: "connection, recipient", where: "expires_at <= ? AND window_ends_at <= ?",
            [now.milliseconds, now.milliseconds], atMost: limit)
    }

    private static func hash(_ code: String, _ connection: String, _ recipient: String) -> String {
        OpaqueSecret(text: "\(connection)\n\(recipient)\n\(code)").hash
    }
}
