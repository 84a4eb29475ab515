import StrictJSON
import Tenancy

/// An authorization that waits for a user who has logged in to choose an organization: bound to the session that was
/// authenticated for it, like ``ConsentTransaction``.
struct OrganizationTransaction: SessionBoundTransaction {
    static let purpose = SealedState.Purpose.organization

    let request: AuthorizeRequest
    let initiatedAt: Timestamp
    let sessionID: String
    /// Whether the user logged in for this authorization, rather than by an older session.
    let followsLogin: Bool

    init(request: AuthorizeRequest, initiatedAt: Timestamp, sessionID: String, followsLogin: Bool) {
        self.request = request
        self.initiatedAt = initiatedAt
        self.sessionID = sessionID
        self.followsLogin = followsLogin
    }

    init?(payload: JSONObject) {
        guard let request = payload["request"]?.object, let initiatedAt = payload["initiated_at"]?.timestamp,
            let sessionID = payload["session"]?.string
        else { return nil }
        self.init(
            request: AuthorizeRequest(request), initiatedAt: initiatedAt, sessionID: sessionID,
            followsLogin: payload["follows_login"]?.bool ?? false)
    }

    var payload: JSONObject {
        [
            "request": .object(request.document), "initiated_at": JSON(initiatedAt), "session": .string(sessionID),
            "follows_login": .bool(followsLogin),
        ]
    }
}
