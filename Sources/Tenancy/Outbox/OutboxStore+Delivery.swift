import GRDB
import StrictJSON

/// A message of the outbox on its way out.
public struct WaitingMessage: Sendable {
    /// Never changes from one attempt to the next.
    public let id: String
    public let message: OutgoingMessage
    /// How often it has been tried in vain.
    public let attempts: Int
    public let createdAt: Timestamp
}

/// What delivers messages asks of the outbox.
extension OutboxStore {
    /// The messages whose time has come, oldest first.
    public func due(at now: Timestamp, limit: Int) throws -> [WaitingMessage] {
        try sql.rows(
            """
            SELECT id, channel, recipient, kind, "values", user_id, client_id, connection, attempts, created_at
            FROM outbox WHERE due_at <= ? ORDER BY due_at, id LIMIT ?
            """, [now.milliseconds, limit]
        ).map(Self.waiting)
    }

    /// When the next message is to be tried; nil where none waits.
    public func nextDue() throws -> Timestamp? {
        let earliest: Int64? = try sql.row("SELECT min(due_at) FROM outbox")?[0]
        return earliest.map(Timestamp.init(milliseconds:))
    }

    /// Forgets a message with everything secret in it: it has arrived, or is given up.
    public func delete(_ id: String) throws {
        try sql.run("DELETE FROM outbox WHERE id = ?", [id])
    }

    func deleteAll() throws { try sql.run("DELETE FROM outbox") }

    /// Puts a message off after an attempt in vain.
    public func postpone(_ id: String, until moment: Timestamp) throws {
        try sql.run("UPDATE outbox SET attempts = attempts + 1, due_at = ? WHERE id = ?", [moment.milliseconds, id])
    }

    private static func waiting(_ row: Row) throws -> WaitingMessage {
        let message = OutgoingMessage(
            OutgoingMessage.Kind(rawValue: row[3]) ?? .verifyEmail,
            by: OutgoingMessage.Channel(rawValue: row[1]) ?? .email, to: row[2], values: try row.object(4),
            userID: row[5], clientID: row[6], connection: row[7])
        return WaitingMessage(
            id: row[0], message: message, attempts: row[8], createdAt: Timestamp(milliseconds: row[9]))
    }
}

extension Shard {
    /// When the next message is to be tried. Where none waits, the tenant's mark is taken away with the commit, so that
    /// nobody looks here until the next message.
    public func nextMessageDue() async throws -> Timestamp? {
        try await write { db in
            let next = try db.outbox.nextDue()
            if next == nil { db.sql.effects.findEmpty(.outbox) }
            return next
        }
    }
}
