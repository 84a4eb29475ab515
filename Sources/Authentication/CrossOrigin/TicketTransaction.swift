import StrictJSON
import Tenancy

/// A login by ticket that waits for its verifier.
struct TicketTransaction: Sendable {
    let request: AuthorizeRequest
    let ticket: OpaqueSecret
    let initiatedAt: Timestamp

    init(request: AuthorizeRequest, ticket: OpaqueSecret, initiatedAt: Timestamp) {
        self.request = request
        self.ticket = ticket
        self.initiatedAt = initiatedAt
    }

    /// Throws ``PageError/transactionLost``.
    init(opening text: String?, _ visit: Visit) throws(PageError) {
        let payload = try SealedState.open(text, for: .loginTicket, visit)
        guard let request = payload["request"]?.object, let ticket = payload["ticket"]?.string,
            let initiatedAt = payload["initiated_at"]?.int
        else { throw .transactionLost }
        self.request = AuthorizeRequest(request)
        self.ticket = OpaqueSecret(text: ticket)
        self.initiatedAt = Timestamp(milliseconds: Int64(initiatedAt))
    }

    func sealed(_ visit: Visit) throws -> String {
        try SealedState.seal(
            [
                "request": .object(request.document), "ticket": .string(ticket.text),
                "initiated_at": .int(Int(initiatedAt.milliseconds)),
            ], for: .loginTicket, visit)
    }
}
