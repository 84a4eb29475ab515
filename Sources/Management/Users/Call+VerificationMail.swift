import StrictJSON
import Tenancy

extension Call {
    /// Sends the mail to verify an address where the request says `verify_email` (spec 03 §5), in the transaction that
    /// makes or changes the user.
    func sendVerificationIfAsked(to user: User, in db: TenantDatabase) throws {
        guard body["verify_email"]?.bool == true, user.document["email_verified"]?.bool != true else { return }
        try sendVerification(to: user, in: db)
    }

    /// Sends the mail to verify an address, for the client the request names; throws where there is no such client.
    func sendVerification(to user: User, in db: TenantDatabase) throws {
        let client = try body["client_id"]?.string.map { id in
            guard let client = try db.clients.find(id) else { throw ManagementError.inexistent(.client) }
            return client
        }
        let mail = AccountMail(issuer: issuer, client: client, connection: user.connection)
        guard try mail.sendVerification(to: user, in: db, at: now) else { return }
        var event = LogEvent(.successEmailVerificationRequest, at: now)
        event.description = "Verification email requested"
        event.connection = try db.connections.identity(name: user.connection)
        event.clientID = client?.clientID
        event.clientName = client?.name
        event.userID = user.userID
        event.userName = user.email
        try db.logs.append(event)
    }
}
