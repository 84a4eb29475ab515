import Hummingbird
import Tenancy
import TenantHTTP

/// `/lo/unblock`: the owner of a mailbox ends the blocks that wrong passwords have brought on the account.
struct UnblockEndpoint: Sendable {
    static let path = "/lo/unblock"
    private static let message = "Your account has been unblocked. You can log in again."

    let pages: HostedPages

    func show(_ request: Request, _ context: TenantContext) async throws -> Response {
        let form = try await TicketForm(opening: request, context)
        let now = form.visit.now
        guard let ticket = try await form.visit.shard.read({ try $0.tickets.find(form.secret, .unblock, at: now) })
        else { throw TicketForm.lost(.failedLogin) }
        let page = ConfirmPage(
            form: form, action: Self.path, heading: "End the block",
            lead: "Logins to \(ticket.email ?? "your account") were blocked after too many wrong passwords.",
            button: "End the block")
        return form.response(page, pages, target: ticket.resultURL)
    }

    func submit(_ request: Request, _ context: TenantContext) async throws -> Response {
        let form = try await TicketForm(submitting: request, context)
        let (now, facts) = (form.visit.now, form.visit.facts)
        let spent: Ticket? = try await form.visit.shard.write { db in
            guard let ticket = try db.tickets.spend(form.secret, .unblock, at: now),
                let user = try db.users.find(ticket.userID)
            else { return nil }
            try db.shields.releaseAccount(user.userID)
            let audit = TicketAudit(
                facts: facts, client: try ticket.clientID.flatMap(db.clients.find),
                connection: try db.connections.find(name: user.connection))
            try db.logs.append(audit.event(.releasedLoginBlock, "User login block released", user: user))
            return ticket
        }
        guard let spent else { throw TicketForm.lost(.failedLogin) }
        return form.result(spent, heading: "Block ended", message: Self.message, pages)
    }
}
