import StrictJSON
import Tenancy

/// An authorization that waits for the user's consent: bound to the session that was authenticated for it and to the
/// scopes that are shown, so that what is granted is what was seen (spec 08 T30).
struct ConsentTransaction: Sendable {
    let request: AuthorizeRequest
    let initiatedAt: Timestamp
    let sessionID: String
    let scope: [String]
    /// Whether the user logged in for this authorization, rather than by an older session.
    let followsLogin: Bool

    init(
        request: AuthorizeRequest, initiatedAt: Timestamp, sessionID: String, scope: [String], followsLogin: Bool
    ) {
        self.request = request
        self.initiatedAt = initiatedAt
        self.sessionID = sessionID
        self.scope = scope
        self.followsLogin = followsLogin
    }

    /// Throws ``PageError/transactionLost``.
    init(opening text: String?, _ visit: Visit) throws(PageError) {
        let payload = try SealedState.open(text, for: .consent, visit)
        guard let request = payload["request"]?.object, let initiatedAt = payload["initiated_at"]?.int,
            let sessionID = payload["session"]?.string
        else { throw .transactionLost }
        self.request = AuthorizeRequest(request)
        self.initiatedAt = Timestamp(milliseconds: Int64(initiatedAt))
        self.sessionID = sessionID
        scope = payload["scope"]?.array?.compactMap(\.string) ?? []
        followsLogin = payload["follows_login"]?.bool ?? false
    }

    func sealed(_ visit: Visit) throws -> String {
        try SealedState.seal(
            [
                "request": .object(request.document), "initiated_at": .int(Int(initiatedAt.milliseconds)),
                "session": .string(sessionID), "scope": .array(scope.map(JSON.string)),
                "follows_login": .bool(followsLogin),
            ], for: .consent, visit)
    }
}
