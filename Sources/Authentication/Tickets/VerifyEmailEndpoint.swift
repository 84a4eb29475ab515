import Hummingbird
import StrictJSON
import Tenancy
import TenantHTTP

/// `/lo/verify_email`: a person shows that an address is theirs.
struct VerifyEmailEndpoint: Sendable {
    static let path = "/lo/verify_email"
    private static let message = "Your email was verified. You can continue using the application."

    let pages: HostedPages

    func show(_ request: Request, _ context: TenantContext) async throws -> Response {
        let form = try await TicketForm(opening: request, context)
        let now = form.visit.now
        guard let ticket = try await form.visit.shard.read({ try $0.tickets.find(form.secret, .verifyEmail, at: now) })
        else { throw TicketForm.lost(.failedEmailVerification) }
        let page = ConfirmPage(
            form: form, action: Self.path, heading: "Verify your email address",
            lead: "Please confirm that \(ticket.email ?? "this address") is yours.", button: "Verify my email address")
        return form.response(page, pages, target: ticket.resultURL)
    }

    func submit(_ request: Request, _ context: TenantContext) async throws -> Response {
        let form = try await TicketForm(submitting: request, context)
        let (now, issuer, facts) = (form.visit.now, context.issuer, form.visit.facts)
        let spent: Ticket? = try await form.visit.shard.write { db in
            guard let ticket = try db.tickets.spend(form.secret, .verifyEmail, at: now),
                let user = try db.users.find(ticket.userID), user.email == ticket.email
            else { return nil }
            var document = user.document
            document["email_verified"] = true
            let verified = user.replacing(document: document, updatedAt: now)
            try db.users.update(verified)
            let client = try ticket.clientID.flatMap(db.clients.find)
            let audit = TicketAudit(
                facts: facts, client: client, connection: try db.connections.find(name: user.connection))
            try db.logs.append(audit.event(.successEmailVerification, Self.message, user: verified))
            try AccountMail(issuer: issuer, client: client, connection: user.connection)
                .sendWelcome(to: verified, in: db, at: now)
            return ticket
        }
        guard let spent else { throw TicketForm.lost(.failedEmailVerification) }
        return form.result(spent, heading: "Email verified", message: Self.message, pages)
    }
}
