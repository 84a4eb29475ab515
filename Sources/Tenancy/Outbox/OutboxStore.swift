import GRDB
import OpenSSL
import StrictJSON

/// The messages of one tenant that wait to be sent.
public struct OutboxStore {
    let sql: SQL

    /// Puts a message into the outbox; it is sent after the transaction has committed.
    public func enqueue(_ message: OutgoingMessage, at now: Timestamp) throws {
        try sql.run(
            """
            INSERT INTO outbox (id, channel, recipient, kind, "values", user_id, client_id, connection, attempts,
                due_at, created_at)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, 0, ?, ?)
            """,
            [
                SecureRandom.hex(byteCount: 16), message.channel.rawValue, message.recipient, message.kind.rawValue,
                JSON.object(message.values).text(), message.userID, message.clientID, message.connection,
                now.milliseconds, now.milliseconds,
            ])
        sql.effects.touch(.outbox)
    }

    /// Makes the commit do the work a message would have made it do, so that the time it takes does not tell whether
    /// there was somebody to write to (spec 08 L4).
    public func pretend() { sql.effects.touch(.outbox) }
}
