import StrictJSON

/// A device that waits while its user says yes or no at another screen (RFC 8628).
public struct DeviceAuthorization: Sendable {
    public enum State: Sendable {
        case pending
        case denied
        case approved(Approval)
        /// Its tokens have been given out.
        case redeemed
    }

    /// What the user said yes to, and how they had proved who they are.
    public struct Approval: Sendable {
        public let userID: String
        public let sessionID: String
        public let connection: String
        public let scope: [String]
        public let authenticatedAt: Timestamp

        public init(
            userID: String, sessionID: String, connection: String, scope: [String], authenticatedAt: Timestamp
        ) {
            self.userID = userID
            self.sessionID = sessionID
            self.connection = connection
            self.scope = scope
            self.authenticatedAt = authenticatedAt
        }
    }

    public let id: String
    public let clientID: String
    /// As the device asked for it; nil where it named none.
    public let scope: String?
    public let audience: String?
    public let state: State
    /// Seconds the device has to wait between two polls.
    public let interval: Int64
    public let polledAt: Timestamp?
    public let expiresAt: Timestamp

    public init(
        id: String, clientID: String, scope: String?, audience: String?, state: State = .pending, interval: Int64,
        polledAt: Timestamp? = nil, expiresAt: Timestamp
    ) {
        self.id = id
        self.clientID = clientID
        self.scope = scope
        self.audience = audience
        self.state = state
        self.interval = interval
        self.polledAt = polledAt
        self.expiresAt = expiresAt
    }

    /// Whether its user may still decide.
    public func isOpen(at now: Timestamp) -> Bool {
        guard case .pending = state else { return false }
        return now < expiresAt
    }
}

extension DeviceAuthorization.Approval {
    var document: JSON {
        [
            "user_id": .string(userID), "session_id": .string(sessionID), "connection": .string(connection),
            "scope": .array(scope.map(JSON.string)), "authenticated_at": .int(Int(authenticatedAt.milliseconds)),
        ]
    }

    init(_ document: JSONObject) {
        func text(_ key: String) -> String { document[key]?.string ?? "" }
        self.init(
            userID: text("user_id"), sessionID: text("session_id"), connection: text("connection"),
            scope: document["scope"]?.array?.compactMap(\.string) ?? [],
            authenticatedAt: Timestamp(milliseconds: Int64(document["authenticated_at"]?.int ?? 0)))
    }
}
