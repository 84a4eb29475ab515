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
        try sql.run(
            """
            INSERT INTO sessions (id, cookie_hash, user_id, connection, client_ids, authenticated_at, created_at,
                used_at, second_factor_at, used_passkey)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
            """,
            [
                session.id, cookie.hash, session.userID, session.connection, jsonText(session.clientIDs),
                session.authenticatedAt.milliseconds, session.createdAt.milliseconds, session.usedAt.milliseconds,
                session.secondFactorAt?.milliseconds, session.usedPasskey,
            ])
    }

    /// Notes that a client used the session now.
    public func touch(_ session: Session, clientID: String, at now: Timestamp) throws {
        let clients = session.clientIDs.contains(clientID) ? session.clientIDs : session.clientIDs + [clientID]
        try sql.run(
            "UPDATE sessions SET client_ids = ?, used_at = ? WHERE id = ?",
            [jsonText(clients), now.milliseconds, session.id])
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
