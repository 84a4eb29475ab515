import Hummingbird
import Tenancy
import TenantHTTP

/// `/u/approve?ticket=…`: where the link of the message leads. Looking changes nothing, because mail programs look too.
///
/// A client's question is answered by the session of the very user, so it leads through the ordinary login. The question
/// of a second factor is answered here: whoever has the ticket has the mailbox, and the mailbox is the factor.
struct ApprovalEndpoint: Sendable {
    let flow: AuthorizationFlow

    func show(_ request: Request, _ context: TenantContext) async throws -> Response {
        let ticket = try request.queryParameters()["ticket"]
        let visit = try await Visit(request, context)
        let question = try await visit.shard.read { db in
            try ticket.flatMap { try db.approvals.find(ticket: OpaqueSecret(text: $0)) }
        }
        guard let question, question.isOpen(at: visit.now) else { throw PageError.approvalGone }
        let live = try await visit.liveSession()
        let isAnother = live.map { $0.user.userID != question.userID } ?? false
        if let wanted = AuthorizeRequest(question, asksForLogin: isAnother) {
            return try await flow.begin(wanted, visit)
        }
        return try await page(question, visit)
    }

    func submit(_ request: Request, _ context: TenantContext) async throws -> Response {
        let fields = try await request.formParameters()
        let visit = try await Visit(request, context)
        let form = try LoginForm(fields, visit)
        let question = try await visit.openQuestion(
            try FactorApproval(opening: form.transaction, visit).approvalID)
        switch form.fields["decision"] {
        case "accept": return try await approve(question, visit)
        case "deny": return try await ApprovalDenial(flow: flow).deny(question, visit)
        default: throw PageError.badRequest("Missing required parameter: decision")
        }
    }

    private func page(_ question: ApprovalRequest, _ visit: Visit) async throws -> Response {
        let user = try await visit.shard.read { try $0.users.find(question.userID) }
        guard let user, !user.isBlocked, let client = try await visit.shard.client(question.clientID) else {
            throw PageError.approvalGone
        }
        let transaction = try FactorApproval(approvalID: question.id).sealed(visit)
        let page = ApprovalPage(
            client: client, user: user, message: question.message, transaction: transaction,
            csrf: visit.csrfToken(for: transaction), action: ApprovalPaths.question)
        var response = flow.pages.response(page, brand: visit.brand)
        if visit.browser.isNew { response.setCookie(visit.browser.cookie) }
        return response
    }

    private func approve(_ question: ApprovalRequest, _ visit: Visit) async throws -> Response {
        let events = try await ApprovalEvents(question, visit)
        let now = visit.now
        let isDone = try await visit.shard.write { db in
            guard try db.approvals.approve(question.id, by: nil, at: now) else { return false }
            try db.logs.append(events.event(.successSecondFactor, "The login was approved elsewhere"))
            return true
        }
        guard isDone else { throw PageError.approvalGone }
        return flow.pages.response(NoticePage.approved, brand: visit.brand)
    }
}

/// The person said no, whoever asked: it is told at the next poll.
struct ApprovalDenial: Sendable {
    let flow: AuthorizationFlow

    func deny(_ question: ApprovalRequest, _ visit: Visit) async throws -> Response {
        let events = try await ApprovalEvents(question, visit)
        let now = visit.now
        let isDone = try await visit.shard.write { db in
            guard try db.approvals.deny(question.id, at: now) else { return false }
            try db.logs.append(events.event(.rejectedSecondFactor, "The login was declined elsewhere"))
            return true
        }
        guard isDone else { throw PageError.approvalGone }
        return flow.pages.response(NoticePage.declined, brand: visit.brand)
    }
}

/// The events of an answer.
private struct ApprovalEvents: Sendable {
    private let facts: RequestFacts
    private let client: Client?
    private let user: User?

    init(_ question: ApprovalRequest, _ visit: Visit) async throws {
        facts = visit.facts
        client = try await visit.shard.client(question.clientID)
        user = try await visit.shard.read { try $0.users.find(question.userID) }
    }

    func event(_ type: LogType, _ description: String) -> LogEvent {
        var event = facts.event(type, description)
        event.clientID = client?.clientID
        event.clientName = client?.name
        event.userID = user?.userID
        event.userName = user.flatMap { $0.email ?? $0.username ?? $0.name }
        return event
    }
}

extension NoticePage {
    static let approved = NoticePage(
        heading: "You have approved the request",
        message: "You can close this page and go on where the request came from.")

    static let declined = NoticePage(
        heading: "You have declined the request",
        message: "Nobody was let in. You can close this page.")
}
