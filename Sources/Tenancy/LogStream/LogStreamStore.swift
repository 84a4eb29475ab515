import GRDB
import OpenSSL
import StrictJSON

/// The log streams of one tenant, each with its durable place in the log. Where a stream goes is sealed with a key of the
/// tenant and bound to the row: credentials stand in it, and a stolen backup must not show them.
public struct LogStreamStore {
    let sql: SQL
    private static let columns = "id, name, type, status, document, cursor, attempts, created_at, failing_since"

    public func find(_ id: String) throws -> LogStream? {
        try sql.row("SELECT \(Self.columns) FROM log_streams WHERE id = ?", [id]).map(stream)
    }

    public func all() throws -> [LogStream] {
        try sql.rows("SELECT \(Self.columns) FROM log_streams ORDER BY created_at, id").map(stream)
    }

    public func insert(_ stream: LogStream) throws {
        sql.effects.touch(.logStreams)
        try sql.run(
            """
            INSERT INTO log_streams (id, name, type, status, document, cursor, attempts, due_at, created_at)
            VALUES (?, ?, ?, ?, ?, ?, 0, 0, ?)
            """,
            [
                stream.id, stream.name, stream.type, stream.status.rawValue, try seal(stream),
                stream.cursor, stream.createdAt.milliseconds,
            ])
    }

    /// Changes what a tenant may change; its place in the log stays, and what waited is tried at once.
    public func update(_ stream: LogStream) throws {
        sql.effects.touch(.logStreams)
        try sql.run(
            """
            UPDATE log_streams SET name = ?, status = ?, document = ?, attempts = 0, due_at = 0, failing_since = NULL
            WHERE id = ?
            """, [stream.name, stream.status.rawValue, try seal(stream), stream.id])
    }

    public func delete(_ id: String) throws {
        try sql.run("DELETE FROM log_streams WHERE id = ?", [id])
    }

    // MARK: Delivery

    /// When which of the active streams wants to be served; what failed waits its time.
    public func agenda() throws -> [(id: String, due: Timestamp, attempts: Int)] {
        try sql.rows("SELECT id, due_at, attempts FROM log_streams WHERE status = 'active' ORDER BY due_at, id").map {
            (id: $0[0], due: Timestamp(milliseconds: $0[1]), attempts: $0[2])
        }
    }

    /// Whether any stream is to be looked at again.
    func hasActive() throws -> Bool {
        try sql.count("SELECT count(*) FROM log_streams WHERE status = 'active'") > 0
    }

    /// Everything up to an event has been accepted, or is not for this stream.
    public func advance(_ id: String, to cursor: String) throws {
        try sql.run(
            "UPDATE log_streams SET cursor = ?, attempts = 0, due_at = 0, failing_since = NULL WHERE id = ?",
            [cursor, id])
    }

    /// The receiver did not accept. True where the stream is paused by this, for it has not for too long.
    public func postpone(_ stream: LogStream, until due: Timestamp, at now: Timestamp) throws -> Bool {
        let since = stream.failingSince ?? now
        let isOver = now >= since.adding(seconds: LogStream.patience)
        let changed = try sql.changes(
            """
            UPDATE log_streams SET attempts = attempts + 1, due_at = ?, failing_since = ?, status = ?
            WHERE id = ? AND status = 'active'
            """,
            [
                due.milliseconds, since.milliseconds,
                (isOver ? LogStream.Status.paused : .active).rawValue, stream.id,
            ])
        return isOver && changed > 0
    }

    /// Nothing can be sent to the receiver. False where the stream is not active any more.
    public func suspend(_ id: String) throws -> Bool {
        try sql.changes("UPDATE log_streams SET status = 'suspended' WHERE id = ? AND status = 'active'", [id]) > 0
    }

    /// The key of the pseudonyms that a stream has in the place of personal data: its own, and the same for ever, so that a
    /// receiver knows again whom it has seen. Derived, so that there is nothing more to keep.
    public func pseudonymKey(of id: String) throws -> [UInt8] {
        HMAC.sha256(key: try SettingsStore(sql: sql).factorKey(), Array("pseudonyms\n\(id)".utf8))
    }

    private func seal(_ stream: LogStream) throws -> String {
        Base64URL.encode(
            try AESGCM.seal(
                JSON.object(stream.document).bytes(), key: try SettingsStore(sql: sql).factorKey(),
                associatedData: Self.associatedData(stream.id)))
    }

    private func stream(_ row: Row) throws -> LogStream {
        let id: String = row[0]
        let sealed = Base64URL.decode(row[4]) ?? []
        let bytes = try AESGCM.open(
            sealed, key: try SettingsStore(sql: sql).factorKey(), associatedData: Self.associatedData(id))
        return LogStream(
            id: id, name: row[1], type: row[2], status: LogStream.Status(rawValue: row[3]) ?? .paused,
            document: try JSON.parse(bytes).object ?? [:], cursor: row[5], attempts: row[6],
            failingSince: (row[8] as Int64?).map(Timestamp.init(milliseconds:)),
            createdAt: Timestamp(milliseconds: row[7]))
    }

    private static func associatedData(_ id: String) -> [UInt8] { Array("log stream\n\(id)".utf8) }
}

extension Shard {
    /// Whether any stream is active. Where none is, the tenant's mark is taken away with the commit, so that nobody looks
    /// here until one is made or resumed.
    public func hasActiveLogStreams() async throws -> Bool {
        if try await read({ try $0.logStreams.hasActive() }) { return true }
        return try await write { db in
            let hasActive = try db.logStreams.hasActive()
            if !hasActive { db.sql.effects.findEmpty(.logStreams) }
            return hasActive
        }
    }
}
