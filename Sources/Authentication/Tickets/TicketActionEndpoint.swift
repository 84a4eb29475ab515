import Hummingbird
import Tenancy
import TenantHTTP

/// The page of a ``TicketAction`` and its button. Looking at it uses nothing up (spec 08 L12).
struct TicketActionEndpoint: Sendable {
    let action: TicketAction
    let pages: HostedPages

    func show(_ request: Request, _ context: TenantContext) async throws -> Response {
        let form = try await TicketForm(opening: request, context)
        let (now, purpose) = (form.visit.now, action.purpose)
        guard let ticket = try await form.visit.shard.read({ try $0.tickets.find(form.secret, purpose, at: now) })
        else { throw TicketForm.lost(action.failure) }
        let page = ConfirmPage(
            form: form, action: action.path, heading: action.heading, lead: action.lead(ticket.email),
            button: action.button)
        return form.response(page, pages, target: ticket.resultURL)
    }

    func submit(_ request: Request, _ context: TenantContext) async throws -> Response {
        let form = try await TicketForm(submitting: request, context)
        let (now, issuer, facts, action) = (form.visit.now, context.issuer, form.visit.facts, action)
        let spent: Ticket? = try await form.visit.shard.write { db in
            guard let ticket = try db.tickets.spend(form.secret, action.purpose, at: now),
                let user = try db.users.find(ticket.userID)
            else { return nil }
            let client = try ticket.clientID.flatMap(db.clients.find)
            let audit = TicketAudit(
                facts: facts, client: client, connection: try db.connections.find(name: user.connection))
            let use = TicketAction.Use(
                ticket: ticket, user: user, client: client, audit: audit, issuer: issuer, now: now)
            return try action.perform(use, db) ? ticket : nil
        }
        guard let spent else { throw TicketForm.lost(action.failure) }
        return form.result(spent, heading: action.doneHeading, message: action.doneMessage, pages)
    }
}
