import StrictJSON
import Tenancy

/// A login begun at /authorize and not yet finished. Whoever ends it has to prove who they are: a session made
/// before never will do, whatever way the browser came back to the page (spec 08 T16).
struct LoginTransaction: SealedTransaction {
    static let purpose = SealedState.Purpose.login

    let request: AuthorizeRequest
    let initiatedAt: Timestamp

    init(request: AuthorizeRequest, initiatedAt: Timestamp) {
        self.request = request
        self.initiatedAt = initiatedAt
    }

    init?(payload: JSONObject) {
        guard let request = payload["request"]?.object, let initiatedAt = payload["initiated_at"]?.timestamp else {
            return nil
        }
        self.init(request: AuthorizeRequest(request), initiatedAt: initiatedAt)
    }

    var payload: JSONObject {
        ["request": .object(request.document), "initiated_at": JSON(initiatedAt)]
    }
}
