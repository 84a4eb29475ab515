import Tenancy
import TenantHTTP

/// Somebody asks for a new password of an address. Whether there is such a user is told to nobody but the log
/// (spec 02 §8, 08 L3).
struct PasswordResetRequest: Sendable {
    let email: String
    let connection: Connection
    let client: Client?
    let facts: RequestFacts
    /// `https://DOMAIN/` of the request.
    let issuer: String

    func perform(in shard: Shard) async throws {
        let audit = TicketAudit(facts: facts, client: client, connection: connection)
        let mail = AccountMail(issuer: issuer, client: client, connection: connection.name)
        let (email, connection, now) = (email, connection, facts.date)
        try await shard.write { db in
            guard EmailAddress.isAcceptable(email),
                let credentials = try db.users.credentials(connection: connection.name, login: email),
                let user = try db.users.find(credentials.userID)
            else {
                db.outbox.pretend()
                try db.logs.append(
                    audit.event(.failedPasswordChangeRequest, name: email, error: "The user does not exist."))
                return
            }
            let isSent = try mail.sendPasswordReset(to: user, in: db, at: now)
            try db.logs.append(
                isSent
                    ? audit.event(.successPasswordChangeRequest, "Change password request", user: user)
                    : audit.event(.failedPasswordChangeRequest, user: user, error: "Too many requests, or no such mail")
            )
        }
    }
}
