/// Tokens that an administrator has declared worthless before their time: `/api/v2/blacklists/tokens` (spec 03 §9).
public struct BlacklistedTokenStore {
    let sql: SQL

    /// No API gives out tokens that live longer than 30 days, in seconds; after that an entry says nothing.
    private static let longestLife: Int64 = 2_592_000

    public func add(_ tokenID: String, audience: String, at now: Timestamp) throws {
        try sql.run(
            """
            INSERT INTO blacklisted_tokens (audience, token_id, created_at) VALUES (?, ?, ?) ON CONFLICT DO NOTHING
            """, [audience, tokenID, now.milliseconds])
        sql.effects.touch(.blacklist)
    }

    func deleteOld(at now: Timestamp, atMost limit: Int) throws -> Int {
        try sql.delete(
            "blacklisted_tokens", by: "audience, token_id", where: "created_at < ?",
            [now.adding(seconds: -Self.longestLife).milliseconds], atMost: limit)
    }

    public func contains(_ tokenID: String, audiences: [String]) throws -> Bool {
        guard tokenID.isKey else { return false }
        return try audiences.contains { audience in
            try audience.isKey
                && sql.count(
                    "SELECT count(*) FROM blacklisted_tokens WHERE audience = ? AND token_id = ?",
                    [audience, tokenID]) > 0
        }
    }

    public func tokenIDs(audience: String, offset: Int, limit: Int) throws -> [String] {
        guard audience.isKey else { return [] }
        return try sql.rows(
            """
            SELECT token_id FROM blacklisted_tokens WHERE audience = ? ORDER BY created_at, token_id LIMIT ? OFFSET ?
            """, [audience, limit, offset]
        ).map { $0[0] }
    }
}
