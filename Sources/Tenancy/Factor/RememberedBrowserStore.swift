import GRDB

/// Browsers that need no second factor for a while: what the `auth0-mf` cookie stands for. Each belongs to one user.
public struct RememberedBrowserStore {
    let sql: SQL

    /// Seconds a browser is remembered: 30 days (spec 02 §1).
    public static let lifetime: Int64 = 30 * 86_400

    public func remember(_ cookie: OpaqueSecret, for userID: String, at now: Timestamp) throws {
        try sql.run(
            """
            INSERT INTO remembered_browsers (cookie_hash, user_id, expires_at) VALUES (?, ?, ?)
            ON CONFLICT (cookie_hash) DO UPDATE SET user_id = excluded.user_id, expires_at = excluded.expires_at
            """, [cookie.hash, userID, now.adding(seconds: Self.lifetime).milliseconds])
    }

    public func knows(_ cookie: OpaqueSecret, of userID: String, at now: Timestamp) throws -> Bool {
        try sql.count(
            "SELECT count(*) FROM remembered_browsers WHERE cookie_hash = ? AND user_id = ? AND expires_at > ?",
            [cookie.hash, userID, now.milliseconds]) > 0
    }

    public func deleteAll(of userID: String) throws {
        try sql.run("DELETE FROM remembered_browsers WHERE user_id = ?", [userID])
    }

    func deleteExpired(at now: Timestamp, atMost limit: Int) throws -> Int {
        try sql.delete(
            "remembered_browsers", by: "cookie_hash", where: "expires_at <= ?",
            [now.milliseconds], atMost: limit)
    }
}
