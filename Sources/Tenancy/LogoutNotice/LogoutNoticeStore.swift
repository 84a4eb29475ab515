import GRDB

/// The logout notices of one tenant that wait to be delivered.
public struct LogoutNoticeStore {
    let sql: SQL

    /// Queues a notice; the commit wakes whoever delivers it.
    public func enqueue(_ notice: LogoutNotice, at now: Timestamp) throws {
        sql.effects.touch(.logoutNotices)
        try sql.run(
            """
            INSERT INTO logout_notices (id, client_id, url, issuer, user_id, session_id, attempts, due_at)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?)
            """,
            [
                notice.id, notice.clientID, notice.url, notice.issuer, notice.userID, notice.sessionID,
                notice.attempts, now.milliseconds,
            ])
    }

    /// Whom notices wait for, and when each of them is due, in the order of their URLs.
    public func receivers() throws -> [(url: String, due: Timestamp)] {
        // From one URL to the next by the index, past whatever waits for it.
        try sql.rows(
            """
            WITH RECURSIVE receivers (url) AS (
                SELECT min(url) FROM logout_notices
                UNION ALL
                SELECT (SELECT min(url) FROM logout_notices WHERE url > receivers.url) FROM receivers
                WHERE receivers.url IS NOT NULL
            )
            SELECT url, (SELECT min(due_at) FROM logout_notices WHERE url = receivers.url) FROM receivers
            WHERE url IS NOT NULL
            """
        ).map { (url: $0[0], due: Timestamp(milliseconds: $0[1])) }
    }

    /// Those of one receiver whose time has come, the longest waiting first.
    public func due(for url: String, at now: Timestamp, limit: Int) throws -> [LogoutNotice] {
        try sql.rows(
            """
            SELECT id, client_id, url, issuer, user_id, session_id, attempts FROM logout_notices
            WHERE url = ? AND due_at <= ? ORDER BY due_at LIMIT ?
            """, [url, now.milliseconds, limit]
        ).map { row in
            LogoutNotice(
                id: row[0], clientID: row[1], url: row[2], issuer: row[3], userID: row[4], sessionID: row[5],
                attempts: row[6])
        }
    }

    /// When the next one's time comes; nil where none waits.
    public func nextDue() throws -> Timestamp? {
        try sql.row("SELECT due_at FROM logout_notices ORDER BY due_at LIMIT 1")
            .map { Timestamp(milliseconds: $0[0]) }
    }

    public func postpone(_ id: String, until due: Timestamp) throws {
        try sql.run(
            "UPDATE logout_notices SET attempts = attempts + 1, due_at = ? WHERE id = ?", [due.milliseconds, id])
    }

    public func delete(_ id: String) throws {
        try sql.run("DELETE FROM logout_notices WHERE id = ?", [id])
    }

    func deleteAll() throws { try sql.run("DELETE FROM logout_notices") }
}

extension Shard {
    /// When the next notice is to be tried. Where none waits, the tenant's mark is taken away with the commit, so that
    /// nobody looks here until the next one.
    public func nextLogoutNoticeDue() async throws -> Timestamp? {
        try await write { db in
            let next = try db.logoutNotices.nextDue()
            if next == nil { db.sql.effects.findEmpty(.logoutNotices) }
            return next
        }
    }
}
