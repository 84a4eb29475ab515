/// The tickets of one tenant that are good still. Only their digests are kept.
public struct TicketStore {
    let sql: SQL

    /// Stores a ticket. Earlier ones of the same purpose end with it: the newest mail holds the only good link
    /// (spec 08 L12).
    public func issue(_ ticket: Ticket, secret: OpaqueSecret) throws {
        try deleteAll(ticket.purpose, of: ticket.userID)
        try sql.run(
            "INSERT INTO tickets (ticket_hash, purpose, user_id, document, expires_at) VALUES (?, ?, ?, ?, ?)",
            [
                secret.hash, ticket.purpose.rawValue, ticket.userID, ticket.document.text(),
                ticket.expiresAt.milliseconds,
            ])
    }

    /// A ticket that may be used now; looking at it uses nothing up.
    public func find(_ secret: OpaqueSecret, _ purpose: Ticket.Purpose, at now: Timestamp) throws -> Ticket? {
        try sql.row(
            "SELECT user_id, document, expires_at FROM tickets WHERE ticket_hash = ? AND purpose = ? AND expires_at > ?",
            [secret.hash, purpose.rawValue, now.milliseconds]
        ).map {
            Ticket(
                purpose, userID: $0[0], document: try $0.object(1), expiresAt: Timestamp(milliseconds: $0[2]))
        }
    }

    /// Uses a ticket up: of several who try at once, one gets it.
    public func spend(_ secret: OpaqueSecret, _ purpose: Ticket.Purpose, at now: Timestamp) throws -> Ticket? {
        guard let ticket = try find(secret, purpose, at: now) else { return nil }
        try sql.run("DELETE FROM tickets WHERE ticket_hash = ?", [secret.hash])
        return ticket
    }

    public func deleteAll(_ purpose: Ticket.Purpose, of userID: String) throws {
        try sql.run("DELETE FROM tickets WHERE user_id = ? AND purpose = ?", [userID, purpose.rawValue])
    }

    func deleteExpired(at now: Timestamp, atMost limit: Int) throws -> Int {
        try sql.delete(
            "tickets", by: "ticket_hash", where: "expires_at < ?",
            [now.milliseconds], atMost: limit)
    }
}
