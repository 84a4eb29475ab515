import Logging
import Tenancy

/// Delivers the logout notices of all tenants, to each receiver by itself (``ReceiverRounds``). A receiver is known by its
/// URL: where an application has two, the one that is there need not wait for the one that is not.
public struct LogoutNoticeDispatcher: Sendable {
    /// Calls at once, of both paces together.
    public static let callsAtOnce = 16

    /// How many notices a receiver that keeps up is told at once. One that is not known to do so gets one at first.
    public static let noticesAtOnce = 4
    /// Seconds that a receiver is left alone after it failed, whatever else waits for it.
    private static let rest: Int64 = 2

    private let directory: Directory
    private let shards: ShardPool
    private let delivery: LogoutNoticeDelivery
    private let logger: Logger
    private let prompt: CallPace
    private let slow: CallPace
    private let rounds: ReceiverRounds

    public init(
        directory: Directory, shards: ShardPool, logger: Logger,
        prompt: CallPace = CallPace(patience: 2, slots: callsAtOnce / 2, share: noticesAtOnce),
        slow: CallPace = CallPace(patience: 10, slots: callsAtOnce / 2, share: 2),
        post: @escaping LogoutNoticeDelivery.Post
    ) {
        self.directory = directory
        self.shards = shards
        self.logger = logger
        self.prompt = prompt
        self.slow = slow
        rounds = ReceiverRounds(signal: shards.logoutSignal, clock: shards.clock)
        delivery = LogoutNoticeDelivery(post: post)
    }

    /// Serves until it is cancelled; calls that are under way are waited for.
    public func run() async {
        await rounds.run(paces: [prompt, slow]) { await look(at: $0) } serve: { await serve($0) }
    }

    private func look(at id: TenantID) async -> Timestamp? {
        guard let tenant = directory.tenant(id: id) else {
            shards.logoutSignal.clear(id)
            rounds.agenda.forget(id, except: [])
            return nil
        }
        let now = shards.clock.now
        // A suspended or deleted tenant may come back: its notices wait.
        guard tenant.state == .active else { return now.adding(seconds: 600) }
        do {
            let shard = try await shards.shard(for: tenant)
            let receivers = try await shard.read { try $0.logoutNotices.receivers() }
            rounds.agenda.forget(id, except: Set(receivers.map(\.url)))
            guard !receivers.isEmpty else { return try await shard.nextLogoutNoticeDue() }
            for waiting in receivers where waiting.due <= now {
                let receiver = Receiver(tenant: id, id: waiting.url)
                if waiting.attempts > 0 { rounds.agenda.set(receiver, slow: true) }
                rounds.agenda.add(receiver)
            }
            return receivers.map(\.due).filter { $0 > now }.min()
        } catch {
            logger.error(
                "logout notices cannot be delivered", metadata: ["tenant": "\(tenant.name)", "error": "\(error)"])
            return now.adding(seconds: 60)
        }
    }

    /// Tells a receiver what is due. Returns when to look at its tenant again.
    private func serve(_ receiver: Receiver) async -> Timestamp? {
        let agenda = rounds.agenda
        var atOnce = 1
        do {
            while !Task.isCancelled {
                guard let tenant = directory.tenant(id: receiver.tenant), tenant.state == .active else {
                    return shards.clock.now
                }
                let shard = try await shards.shard(for: tenant)
                let (now, limit) = (shard.now, atOnce)
                let due = try await shard.read { try $0.logoutNotices.due(for: receiver.id, at: now, limit: limit) }
                guard !due.isEmpty else { return try await shard.nextLogoutNoticeDue() }
                switch try await deliver(due, in: shard, isSlow: agenda.isSlow(receiver)) {
                case .settled(let took):
                    let isSlow = took > CallPace.promptness
                    agenda.set(receiver, slow: isSlow)
                    atOnce = isSlow ? 1 : Self.noticesAtOnce
                case .late:
                    agenda.set(receiver, slow: true)
                    atOnce = 1
                case .failed:
                    agenda.set(receiver, slow: true)
                    return shard.now.adding(seconds: Self.rest)
                }
            }
            return nil
        } catch {
            guard !(error is CancellationError) else { return nil }
            logger.error(
                "logout notices cannot be delivered", metadata: ["tenant": "\(receiver.tenant)", "error": "\(error)"])
            return shards.clock.now.adding(seconds: 60)
        }
    }

    /// Delivers notices at once, each in a turn of its own. Returns what speaks most against the receiver.
    private func deliver(
        _ notices: [LogoutNotice], in shard: Shard, isSlow: Bool
    ) async throws -> LogoutNoticeDelivery.Outcome {
        let pace = isSlow ? slow : prompt
        return try await withThrowingTaskGroup(of: LogoutNoticeDelivery.Outcome.self) { group in
            for notice in notices {
                group.addTask {
                    try await pace.slots.turn(for: shard.tenantID) {
                        try await delivery.deliver(notice, in: shard, patience: pace.patience, isTrial: !isSlow)
                    }
                }
            }
            return try await group.reduce(.settled(took: .zero)) { $0.worse($1) }
        }
    }
}

extension LogoutNoticeDelivery.Outcome {
    fileprivate func worse(_ other: Self) -> Self {
        switch (self, other) {
        case (.settled(let took), .settled(let otherTook)): .settled(took: max(took, otherTook))
        case (.failed, _), (_, .failed): .failed
        case (.late, _), (_, .late): .late
        }
    }
}
