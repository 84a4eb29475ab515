import StrictJSON
import Tenancy

/// A login begun at /authorize and not yet finished. Whoever ends it has to prove who they are: a session made
/// before never will do, whatever way the browser came back to the page (spec 08 T16).
struct LoginTransaction: Sendable {
    let request: AuthorizeRequest
    let initiatedAt: Timestamp

    init(request: AuthorizeRequest, initiatedAt: Timestamp) {
        self.request = request
        self.initiatedAt = initiatedAt
    }

    /// Throws ``PageError/transactionLost``.
    init(opening text: String?, _ visit: Visit) throws(PageError) {
        let payload = try SealedState.open(text, for: .login, visit)
        guard let request = payload["request"]?.object, let initiatedAt = payload["initiated_at"]?.int else {
            throw .transactionLost
        }
        self.request = AuthorizeRequest(request)
        self.initiatedAt = Timestamp(milliseconds: Int64(initiatedAt))
    }

    func sealed(_ visit: Visit) throws -> String {
        try SealedState.seal(
            [
                "request": .object(request.document), "initiated_at": .int(Int(initiatedAt.milliseconds)),
            ], for: .login, visit)
    }
}
