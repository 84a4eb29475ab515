import GRDB

/// The browser sessions of one tenant.
public struct SessionStore {
    let sql: SQL
    private static let columns =
        "id, user_id, connection, client_ids, authenticated_at, created_at, used_at, second_factor_at, used_passkey"

    /// The session a cookie stands for, alive or not.
    public func find(cookie: OpaqueSecret) throws -> Session? {
        try sql.row("SELECT \(Self.columns) FROM sessions WHERE cookie_hash = ?", [cookie.hash]).map(Self.session)
    }

    public func find(id: String) throws -> Session? {
        try sql.row("SELECT \(Self.columns) FROM sessions WHERE id = ?", [id]).map(Self.session)
    }

    /// The sessions of a user, alive or not, oldest first.
    public func all(of userID: String) throws -> [Session] {
        try sql.rows(
            "SELECT \(Self.columns) FROM sessions WHERE user_id = ? ORDER BY created_at, id", [userID]
        ).map(Self.session)
    }

    public func insert(_ session: Session, cookie: OpaqueSecret) throws {
        try sql.insert(
            """
            INSERT INTO sessions (id, cookie_hash, user_id, connection, client_ids, authenticated_at, created_at,
                used_at, second_factor_at, used_passkey)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
            """,
            .text(session.id), .text(cookie.hash), .text(session.userID), .text(session.connection),
            .text(jsonText(session.clientIDs)), .number(session.authenticatedAt.milliseconds),
            .number(session.createdAt.milliseconds), .number(session.usedAt.milliseconds),
            .number(session.secondFactorAt?.milliseconds), .number(session.usedPasskey ? 1 : 0))
    }

    /// Notes that a client used the session now.
    public func touch(_ session: Session, clientID: String, at now: Timestamp) throws {
        let used = session.used(by: clientID)
        // Just begun, or used by this client in the same millisecond: the row says so already.
        guard used.clientIDs.count > session.clientIDs.count || session.usedAt != now else { return }
        try sql.run(
            "UPDATE sessions SET client_ids = ?, used_at = ? WHERE id = ?",
            [jsonText(used.clientIDs), now.milliseconds, session.id])
    }

    /// False where there was none.
    public func delete(id: String) throws -> Bool {
        try sql.changes("DELETE FROM sessions WHERE id = ?", [id]) > 0
    }

    /// Removes sessions that ended by time, at most so many; returns how many.
    func deleteEnded(at now: Timestamp, lifetime: Session.Lifetime, atMost limit: Int) throws -> Int {
        try sql.delete(
            "sessions", by: "id", where: "created_at < ? OR used_at < ?",
            [
                now.adding(seconds: -lifetime.absoluteSeconds).milliseconds,
                now.adding(seconds: -lifetime.idleSeconds).milliseconds,
            ], atMost: limit)
    }

    private static func session(_ row: Row) throws -> Session {
        let secondFactorAt: Int64? = row[7]
        return Session(
            id: row[0], userID: row[1], connection: row[2], clientIDs: try row.strings(3),
            authenticatedAt: Timestamp(milliseconds: row[4]), createdAt: Timestamp(milliseconds: row[5]),
            usedAt: Timestamp(milliseconds: row[6]),
            secondFactorAt: secondFactorAt.map(Timestamp.init(milliseconds:)), usedPasskey: row[8])
    }
}
