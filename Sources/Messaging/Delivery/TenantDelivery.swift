import StrictJSON
import Tenancy

import struct Logging.Logger

/// One turn of one tenant's outbox.
struct TenantDelivery: Sendable {
    /// Messages a turn; then the other tenants come.
    private static let batch = 20
    /// After so many failures in a row the server is taken to be away, and the turn ends.
    private static let patience = 3

    let shard: Shard
    let sender: MessageSender
    /// Threads that may wait for a server.
    let pool: BoundedPool
    let logger: Logger

    /// Sends what is due. Returns when this tenant wants its next turn; nil where nothing waits.
    func run() async throws -> Timestamp? {
        let now = shard.now
        let waiting = try await shard.read { try $0.outbox.due(at: now, limit: Self.batch) }
        var failures = 0
        for message in waiting {
            let isSent = try await deliver(message)
            failures = isSent ? 0 : failures + 1
            if failures == Self.patience { break }
        }
        guard let next = try await shard.nextMessageDue() else { return nil }
        return failures == Self.patience ? max(next, shard.now.adding(seconds: 15)) : next
    }

    private func deliver(_ waiting: WaitingMessage) async throws -> Bool {
        let tenantName = shard.tenantName
        guard
            let facts = try await shard.read({ try MessageFacts(waiting, tenantName: tenantName, $0) })
        else { throw ShardError.damaged(shard.tenantID, reason: "it has no settings") }
        let now = shard.now
        do {
            try await pool.run { [sender] in try sender.send(facts, at: now) }
        } catch is BoundedPool.Full {
            return false
        } catch is CancellationError {
            // The service ends before the attempt began: it is none.
            return false
        } catch {
            try await note("\(error)", isPermanent: (error as? DeliveryFailure)?.isPermanent ?? false, facts)
            return false
        }
        // Only now: had we died before, the message would be sent again rather than never.
        try await shard.write { try $0.outbox.delete(waiting.id) }
        return true
    }

    private func note(_ reason: String, isPermanent: Bool, _ facts: MessageFacts) async throws {
        let waiting = facts.waiting
        let now = shard.now
        let next = RetrySchedule.next(after: waiting.attempts, createdAt: waiting.createdAt, now: now)
        logger.warning(
            "message not accepted",
            metadata: [
                "tenant": "\(shard.tenantName)", "kind": "\(waiting.message.kind.rawValue)", "error": "\(reason)",
                "next": "\(isPermanent ? "never" : next?.description ?? "never")",
            ])
        if let next, !isPermanent {
            try await shard.write { try $0.outbox.postpone(waiting.id, until: next) }
            return
        }
        let event = Self.failure(reason, facts, at: now)
        try await shard.write { db in
            try db.outbox.delete(waiting.id)
            try db.logs.append(event)
        }
    }

    /// `fn` (spec 04 §2).
    private static func failure(_ reason: String, _ facts: MessageFacts, at now: Timestamp) -> LogEvent {
        let message = facts.waiting.message
        var event = LogEvent(.failedNotification, at: now)
        event.description = "Failed to send \(message.channel == .email ? "email" : "SMS")"
        event.clientID = message.clientID
        event.clientName = facts.client?.name
        event.connection = facts.connection?.identity
        event.userID = message.userID
        event.userName = facts.user?.email ?? facts.user?.username
        event.details = [
            "email_type": .string(message.kind.rawValue), "to": .string(message.recipient), "error": .string(reason),
        ]
        return event
    }
}

extension DeliveryFailure {
    var isPermanent: Bool {
        if case .permanent = self { return true }
        return false
    }
}
