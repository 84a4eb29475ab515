import Tenancy

extension TicketAction {
    /// A person shows that an address is theirs.
    static let verifyEmail = TicketAction(
        purpose: .verifyEmail, path: "/lo/verify_email", heading: "Verify your email address",
        lead: { "Please confirm that \($0 ?? "this address") is yours." }, button: "Verify my email address",
        failure: .failedEmailVerification, doneHeading: "Email verified", doneMessage: verified
    ) { use, db in
        if let identity = use.ticket.identity { return try verify(identity, use, db) }
        guard use.user.email == use.ticket.email else { return false }
        var document = use.user.document
        document["email_verified"] = true
        let user = use.user.replacing(document: document, updatedAt: use.now)
        try db.users.update(user)
        try db.logs.append(use.audit.event(.successEmailVerification, verified, user: user))
        try AccountMail(issuer: use.issuer, client: use.client, connection: user.connection)
            .sendWelcome(to: user, in: db, at: use.now)
        return true
    }

    /// Whoever owns the mailbox of a linked identity has shown nothing about the user's own address. It is no welcome
    /// either: the user came by another identity.
    private static func verify(_ identity: String, _ use: Use, _ db: TenantDatabase) throws -> Bool {
        guard let email = use.ticket.email,
            let user = try db.linkedIdentities.markEmailVerified(
                email, of: identity, linkedTo: use.user, at: use.now)
        else { return false }
        var event = use.audit.event(.successEmailVerification, verified, user: user)
        event.details = ["email": .string(email)]
        try db.logs.append(event)
        return true
    }

    private static let verified = "Your email was verified. You can continue using the application."
}
