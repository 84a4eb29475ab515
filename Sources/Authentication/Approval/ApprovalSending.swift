import OpenSSL
import Tenancy

/// How the person is told that there is something to approve.
struct ApprovalRecipient: Sendable {
    let channel: OutgoingMessage.Channel
    let address: String

    /// The user's mailbox, or the telephone of those who have none; nil for whoever has neither.
    init?(_ user: User) {
        if let email = user.email {
            (channel, address) = (.email, email)
        } else if let number = user.document["phone_number"]?.string, PhoneNumber.isAcceptable(number) {
            (channel, address) = (.sms, number)
        } else {
            return nil
        }
    }

    /// The mailbox of a second factor.
    init?(_ factor: Factor) {
        guard factor.kind == .email, let address = factor.name else { return nil }
        (channel, self.address) = (.email, address)
    }
}

extension ApprovalRequest {
    /// Seconds between two polls (CIBA Core §7.3).
    static let standardInterval: Int64 = 5
    /// Seconds a person has where nothing else is asked for.
    static let standardLifetime: Int64 = 300

    /// A new question.
    init(
        _ subject: Subject, userID: String, clientID: String, message: String,
        lifetime: Int64 = standardLifetime, at now: Timestamp
    ) {
        self.init(
            id: SecureRandom.hex(byteCount: 16), subject, userID: userID, clientID: clientID, message: message,
            interval: Self.standardInterval, expiresAt: now.adding(seconds: lifetime))
    }
}

extension TenantDatabase {
    /// Stores a question and sends the link to it, in one transaction. False where the user was asked too often: each
    /// question costs patience, and many of them wear people down until they agree.
    /// - Parameter connection: which the person came through, by name.
    func ask(
        _ question: ApprovalRequest, handle: OpaqueSecret, to recipient: ApprovalRecipient, connection: String?,
        origin: String, at now: Timestamp
    ) throws -> Bool {
        guard try maySendFactorMessage(to: question.userID, at: now) else { return false }
        let ticket = OpaqueSecret.random()
        if let factorID = question.factorID { try approvals.end(ofFactor: factorID) }
        try approvals.insert(question, handle: handle, ticket: ticket, at: now)
        let message = OutgoingMessage(
            .approval, by: recipient.channel, to: recipient.address,
            values: [
                "url": .string(ApprovalPaths.link(ticket, origin: origin)),
                "binding_message": .string(question.message),
            ], userID: question.userID, clientID: question.clientID, connection: connection)
        try outbox.enqueue(message, at: now)
        return true
    }

    /// Notes a poll that found no answer yet, and says what it is told. Whoever asks too early waits five seconds longer
    /// from then on (RFC 8628 §3.5, which CIBA Core §11 repeats).
    func wait(for question: ApprovalRequest, at now: Timestamp) throws -> OAuthError {
        let isEarly = question.polledAt.map { now < $0.adding(seconds: question.interval) } ?? false
        let interval = isEarly ? min(question.interval + 5, ApprovalRequest.standardLifetime) : question.interval
        try approvals.notePoll(question.id, at: now, interval: interval)
        return isEarly ? .devicePollsTooOften : .deviceIsWaiting
    }
}
