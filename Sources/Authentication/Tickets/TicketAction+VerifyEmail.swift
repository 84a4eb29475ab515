import Tenancy

extension TicketAction {
    /// A person shows that an address is theirs.
    static let verifyEmail = TicketAction(
        purpose: .verifyEmail, path: "/lo/verify_email", heading: "Verify your email address",
        lead: { "Please confirm that \($0 ?? "this address") is yours." }, button: "Verify my email address",
        failure: .failedEmailVerification, doneHeading: "Email verified", doneMessage: verified
    ) { use, db in
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

    private static let verified = "Your email was verified. You can continue using the application."
}
