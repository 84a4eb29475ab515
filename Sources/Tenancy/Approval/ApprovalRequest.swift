/// A question that a person answers at another screen than the one that waits for the answer: may this client have them
/// logged in (CIBA Core), or is it they who log in there (the polled second factor of the MFA API)?
public struct ApprovalRequest: Sendable {
    /// What is approved.
    public enum Subject: Sendable {
        /// A client that asks for tokens without the user being there (CIBA Core §7.1), as a member of an organization
        /// perhaps.
        case login(scope: String, audience: String?, organizationID: String?)
        /// The second factor of a login that is under way, by the mailbox of this factor.
        case factor(id: String)
    }

    public enum State: Sendable {
        case pending
        case denied
        /// With the session it was approved in; a factor has none, its mailbox is the proof.
        case approved(DeviceAuthorization.Approval?)
        /// What was approved has been given out.
        case redeemed
    }

    public let id: String
    public let subject: Subject
    public let userID: String
    public let clientID: String
    /// What both screens show, so that the person sees that they belong together.
    public let message: String
    public let state: State
    /// Seconds between two polls of whoever waits.
    public let interval: Int64
    public let polledAt: Timestamp?
    public let expiresAt: Timestamp

    public init(
        id: String, _ subject: Subject, userID: String, clientID: String, message: String, state: State = .pending,
        interval: Int64, polledAt: Timestamp? = nil, expiresAt: Timestamp
    ) {
        self.id = id
        self.subject = subject
        self.userID = userID
        self.clientID = clientID
        self.message = message
        self.state = state
        self.interval = interval
        self.polledAt = polledAt
        self.expiresAt = expiresAt
    }

    /// Whether the person may still decide.
    public func isOpen(at now: Timestamp) -> Bool {
        guard case .pending = state else { return false }
        return now < expiresAt
    }

    /// The factor, where a second factor is what is approved.
    public var factorID: String? {
        if case .factor(let id) = subject { id } else { nil }
    }
}
