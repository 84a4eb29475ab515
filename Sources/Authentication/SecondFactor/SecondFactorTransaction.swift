import StrictJSON
import Tenancy

/// A login whose first factor was right and whose second is awaited: who it is, sealed and bound to the browser that
/// proved it. It is no session and opens nothing but the pages of the second factor.
struct SecondFactorTransaction: SealedTransaction {
    static let purpose = SealedState.Purpose.secondFactor

    let request: AuthorizeRequest
    let initiatedAt: Timestamp
    let userID: String
    /// The connection's name.
    let connection: String
    /// When the first factor was proved.
    let authenticatedAt: Timestamp
    /// What the user has been asked so far.
    let prompts: [AuthorizationEvents.Prompt]
    /// Whether the second factor is given and the user is only being shown a recovery code.
    var isPassed = false
    var remembersBrowser = false

    init(
        request: AuthorizeRequest, initiatedAt: Timestamp, userID: String, connection: String,
        authenticatedAt: Timestamp, prompts: [AuthorizationEvents.Prompt]
    ) {
        self.request = request
        self.initiatedAt = initiatedAt
        self.userID = userID
        self.connection = connection
        self.authenticatedAt = authenticatedAt
        self.prompts = prompts
    }

    /// A session that is good but for the second factor.
    init(stepUp live: LiveSession, _ authorization: Authorization, initiatedAt: Timestamp) {
        self.init(
            request: authorization.request, initiatedAt: initiatedAt, userID: live.user.userID,
            connection: live.session.connection, authenticatedAt: live.session.authenticatedAt, prompts: [])
    }

    init?(payload: JSONObject) {
        guard let request = payload["request"]?.object, let initiatedAt = payload["initiated_at"]?.timestamp,
            let userID = payload["user"]?.string, let connection = payload["connection"]?.string,
            let authenticatedAt = payload["authenticated_at"]?.timestamp
        else { return nil }
        self.init(
            request: AuthorizeRequest(request), initiatedAt: initiatedAt, userID: userID, connection: connection,
            authenticatedAt: authenticatedAt,
            prompts: payload["prompts"]?.array?.compactMap(\.string)
                .compactMap(AuthorizationEvents.Prompt.init(rawValue:)) ?? [])
        isPassed = payload["is_passed"]?.bool ?? false
        remembersBrowser = payload["remembers"]?.bool ?? false
    }

    var payload: JSONObject {
        [
            "request": .object(request.document), "initiated_at": JSON(initiatedAt), "user": .string(userID),
            "connection": .string(connection), "authenticated_at": JSON(authenticatedAt),
            "prompts": .array(prompts.map { .string($0.rawValue) }), "is_passed": .bool(isPassed),
            "remembers": .bool(remembersBrowser),
        ]
    }
}
