import GRDB
import StrictJSON

/// That somebody proved who they are to /co/authenticate, until their browser takes the ticket to /authorize
/// (spec 02 §4). It is good once, for one client, and only together with its verifier.
public struct LoginTicket: Sendable {
    public let clientID: String
    public let userID: String
    /// The connection the user proved themselves to: the `realm`.
    public let connection: String
    /// The web origin whose page asked; nil where no page did.
    public let origin: String?
    /// What the page knows the verifier by, the `co_id`.
    public let verifierID: String
    /// The digest of the verifier, which the browser has in a cookie and the page in its storage.
    public let verifierHash: String
    public let expiresAt: Timestamp

    public init(
        clientID: String, userID: String, connection: String, origin: String?, verifierID: String,
        verifier: OpaqueSecret, expiresAt: Timestamp
    ) {
        self.clientID = clientID
        self.userID = userID
        self.connection = connection
        self.origin = origin
        self.verifierID = verifierID
        self.verifierHash = verifier.hash
        self.expiresAt = expiresAt
    }

    fileprivate init(_ row: Row) {
        clientID = row[0]
        userID = row[1]
        connection = row[2]
        origin = row[3]
        verifierID = row[4]
        verifierHash = row[5]
        expiresAt = Timestamp(milliseconds: row[6])
    }
}

public struct LoginTicketStore {
    let sql: SQL

    public func insert(_ ticket: LoginTicket, secret: OpaqueSecret) throws {
        try sql.run(
            """
            INSERT INTO login_tickets
                (ticket_hash, client_id, user_id, connection, origin, verifier_id, verifier_hash, expires_at)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?)
            """,
            [
                secret.hash, ticket.clientID, ticket.userID, ticket.connection, ticket.origin, ticket.verifierID,
                ticket.verifierHash, ticket.expiresAt.milliseconds,
            ])
    }

    /// A ticket that is not yet used and still good.
    public func find(_ secret: OpaqueSecret, at now: Timestamp) throws -> LoginTicket? {
        try sql.row(
            """
            SELECT client_id, user_id, connection, origin, verifier_id, verifier_hash, expires_at
            FROM login_tickets WHERE ticket_hash = ? AND expires_at > ?
            """, [secret.hash, now.milliseconds]
        ).map(LoginTicket.init)
    }

    /// Uses a ticket up; false where somebody did before.
    public func spend(_ secret: OpaqueSecret) throws -> Bool {
        try sql.changes("DELETE FROM login_tickets WHERE ticket_hash = ?", [secret.hash]) > 0
    }

    public func deleteAll(of userID: String) throws {
        try sql.run("DELETE FROM login_tickets WHERE user_id = ?", [userID])
    }

    func deleteExpired(at now: Timestamp, atMost limit: Int) throws -> Int {
        try sql.delete(
            "login_tickets", by: "ticket_hash", where: "expires_at < ?",
            [now.milliseconds], atMost: limit)
    }
}
