extension RefreshTokenStore {
    /// How long a token that is worth nothing stays known: one that comes back in that time is answered, and logged, for
    /// what it is; later it is unknown, and refused as that.
    private static let memory: Int64 = 2_592_000

    /// Forgets tokens that were superseded a month ago.
    func deleteSuperseded(at now: Timestamp, atMost limit: Int) throws -> Int {
        try sql.delete(
            "refresh_tokens", by: "token_hash", where: "superseded_at < ?", [Self.horizon(now)], atMost: limit)
    }

    /// Forgets tokens whose family was revoked a month ago.
    func deleteRevoked(at now: Timestamp, atMost limit: Int) throws -> Int {
        try sql.delete(
            "refresh_tokens", by: "token_hash",
            where: "family_id IN (SELECT id FROM token_families WHERE revoked_at < ?)", [Self.horizon(now)],
            atMost: limit)
    }

    /// Forgets tokens of a client that ended by its policy a month ago.
    func deleteExpired(of client: Client, at now: Timestamp, atMost limit: Int) throws -> Int {
        let policy = client.refreshTokenPolicy
        let horizon = Timestamp(milliseconds: Self.horizon(now))
        func before(_ lifetime: Int64?) -> Int64? { lifetime.map { horizon.adding(seconds: -$0).milliseconds } }
        guard policy.lifetime != nil || policy.idleLifetime != nil else { return 0 }
        return try sql.delete(
            "refresh_tokens", by: "token_hash",
            where: """
                family_id IN (SELECT id FROM token_families WHERE client_id = ?)
                    AND (COALESCE(used_at, refresh_tokens.created_at) < ?
                        OR family_id IN (SELECT id FROM token_families WHERE client_id = ? AND created_at < ?))
                """,
            [client.clientID, before(policy.idleLifetime) ?? 0, client.clientID, before(policy.lifetime) ?? 0],
            atMost: limit)
    }

    private static func horizon(_ now: Timestamp) -> Int64 { now.adding(seconds: -memory).milliseconds }
}
