import StrictJSON
import Tenancy

/// A login by ticket that waits for its verifier.
struct TicketTransaction: SealedTransaction {
    static let purpose = SealedState.Purpose.loginTicket

    let request: AuthorizeRequest
    let ticket: OpaqueSecret
    let initiatedAt: Timestamp

    init(request: AuthorizeRequest, ticket: OpaqueSecret, initiatedAt: Timestamp) {
        self.request = request
        self.ticket = ticket
        self.initiatedAt = initiatedAt
    }

    init?(payload: JSONObject) {
        guard let request = payload["request"]?.object, let ticket = payload["ticket"]?.string,
            let initiatedAt = payload["initiated_at"]?.timestamp
        else { return nil }
        self.init(
            request: AuthorizeRequest(request), ticket: OpaqueSecret(text: ticket), initiatedAt: initiatedAt)
    }

    var payload: JSONObject {
        [
            "request": .object(request.document), "ticket": .string(ticket.text), "initiated_at": JSON(initiatedAt),
        ]
    }
}
