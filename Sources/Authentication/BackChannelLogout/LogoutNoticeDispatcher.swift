import Logging
import Tenancy

/// Delivers the logout notices of all tenants, to each receiver by itself (``ReceiverRounds``). A receiver is known by its
/// URL: where an application has two, the one that is there need not wait for the one that is not.
public struct LogoutNoticeDispatcher: Sendable {
    /// How many receivers of either pace are told at once.
    private static let promptAtOnce = 6
    private static let slowAtOnce = 8
    /// How many notices a receiver that keeps up is told at once. One that is not known to do so gets one.
    private static let noticesAtOnce = 4
    /// Calls at once.
    public static let callsAtOnce = promptAtOnce * noticesAtOnce + slowAtOnce

    /// Seconds that a receiver is left alone after it was found away, whatever else comes to wait for it.
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
        prompt: CallPace? = nil, slow: CallPace? = nil, post: @escaping LogoutNoticeDelivery.Post
    ) {
        self.directory = directory
        self.shards = shards
        self.logger = logger
        self.prompt = prompt ?? CallPace(patience: 2, slots: Self.promptAtOnce, share: 2)
        self.slow = slow ?? CallPace(patience: 10, slots: Self.slowAtOnce, share: 2)
        rounds = ReceiverRounds(signal: shards.logoutSignal, clock: shards.clock)
        delivery = LogoutNoticeDelivery(post: post)
    }

    /// Serves until it is cancelled; calls that are under way are waited for.
    public func run() async {
        await rounds.run(paces: [prompt, slow]) {
            await look(at: $0)
        } serve: {
            await serve($0)
        }
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
            var next: Timestamp?
            for waiting in receivers {
                let receiver = Receiver(tenant: id, id: waiting.url)
                if waiting.attempts > 0 { rounds.agenda.set(receiver, slow: true) }
                let due = max(waiting.due, rounds.agenda.endOfRest(receiver) ?? waiting.due)
                if due <= now {
                    rounds.agenda.add(receiver)
                } else {
                    next = min(due, next ?? due)
                }
            }
            return next
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
                let isSlow = agenda.isSlow(receiver)
                let pace = isSlow ? slow : prompt
                let turn = try await pace.slots.turn(for: receiver.tenant) {
                    try await takeTurn(at: receiver, atOnce: isSlow ? 1 : atOnce, pace, isTrial: !isSlow)
                }
                // Whoever looks at the tenant next finds out when to come back.
                guard let turn else { return shards.clock.now }
                switch turn.outcome {
                case .nothing: return try await turn.shard.nextLogoutNoticeDue()
                case .answered(let took):
                    agenda.set(receiver, slow: took > CallPace.promptness)
                    atOnce = Self.noticesAtOnce
                case .late:
                    agenda.set(receiver, slow: true)
                case .away:
                    let end = shards.clock.now.adding(seconds: Self.rest)
                    agenda.rest(receiver, until: end)
                    return end
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

    /// Nil where the tenant has been suspended or deleted meanwhile.
    private func takeTurn(
        at receiver: Receiver, atOnce: Int, _ pace: CallPace, isTrial: Bool
    ) async throws -> (shard: Shard, outcome: LogoutNoticeDelivery.Outcome)? {
        guard let tenant = directory.tenant(id: receiver.tenant), tenant.state == .active else { return nil }
        let shard = try await shards.shard(for: tenant)
        let outcome = try await delivery.sendNext(
            to: receiver.id, in: shard, limit: atOnce, patience: pace.patience, isTrial: isTrial)
        return (shard, outcome)
    }
}
