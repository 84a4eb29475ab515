import StrictJSON
import Tenancy

/// An authorization that waits for the user's consent: bound to the session that was authenticated for it and to the
/// scopes that are shown, so that what is granted is what was seen (spec 08 T30).
struct ConsentTransaction: SessionBoundTransaction {
    static let purpose = SealedState.Purpose.consent

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

    init?(payload: JSONObject) {
        guard let request = payload["request"]?.object, let initiatedAt = payload["initiated_at"]?.timestamp,
            let sessionID = payload["session"]?.string
        else { return nil }
        self.init(
            request: AuthorizeRequest(request), initiatedAt: initiatedAt, sessionID: sessionID,
            scope: payload["scope"]?.array?.compactMap(\.string) ?? [],
            followsLogin: payload["follows_login"]?.bool ?? false)
    }

    var payload: JSONObject {
        [
            "request": .object(request.document), "initiated_at": JSON(initiatedAt), "session": .string(sessionID),
            "scope": .array(scope.map(JSON.string)), "follows_login": .bool(followsLogin),
        ]
    }
}

extension ConsentTransaction {
    /// The authorization as it was shown: of what may be granted now, the scopes the user has seen.
    func shown(of established: Authorization) -> Authorization {
        var authorization = established
        authorization.scope = scope.filter(established.scope.contains)
        return authorization
    }

    /// The events of its end.
    func events(_ authorization: Authorization, _ live: LiveSession, _ visit: Visit) async throws -> AuthorizationEvents
    {
        AuthorizationEvents(
            facts: visit.facts, authorization: authorization,
            connection: try await visit.shard.connection(named: live.session.connection),
            prompts: followsLogin ? [.login, .consent] : [.consent], initiatedAt: initiatedAt)
    }
}

extension TenantDatabase {
    /// Remembers what a user has granted a client.
    func allow(_ granted: Authorization, userID: String) throws {
        try consents.allow(
            granted.scope, userID: userID, clientID: granted.client.clientID,
            audience: ConsentRule(authorization: granted).audience)
    }
}
