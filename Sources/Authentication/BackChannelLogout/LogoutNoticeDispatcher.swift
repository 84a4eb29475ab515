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

    /// Seconds that a receiver is left alone after it was found away, was away once more …; then always the last.
    private static let rests: [Int64] = [2, 30, 120, 300]
    /// After so many times in a row, an hour, a receiver is taken to stay away. Not before: after a while without service
    /// everything that waits is old.
    private static let patience = 15

    private let delivery: LogoutNoticeDelivery
    private let rounds: ReceiverRounds

    public init(
        directory: Directory, shards: ShardPool, logger: Logger,
        prompt: CallPace? = nil, slow: CallPace? = nil, post: @escaping LogoutNoticeDelivery.Post
    ) {
        rounds = ReceiverRounds(
            directory: directory, shards: shards, signal: shards.logoutSignal,
            prompt: prompt ?? CallPace(patience: 2, slots: Self.promptAtOnce, share: 2),
            slow: slow ?? CallPace(patience: 10, slots: Self.slowAtOnce, share: 2), logger: logger)
        delivery = LogoutNoticeDelivery(post: post)
    }

    /// Serves until it is cancelled; calls that are under way are waited for.
    public func run() async {
        await rounds.run {
            try await look(in: $0)
        } serve: {
            try await serve($0)
        }
    }

    private func look(in shard: Shard) async throws -> Timestamp? {
        let (agenda, id) = (rounds.agenda, shard.tenantID)
        let receivers = try await shard.read { try $0.logoutNotices.receivers() }
        let now = shard.now
        agenda.forget(id, except: Set(receivers.map(\.url)))
        guard !receivers.isEmpty else { return try await shard.nextLogoutNoticeDue() }
        try rounds.signal.mark(id)
        return receivers.compactMap { agenda.plan(Receiver(tenant: id, id: $0.url), due: $0.due, now: now) }.min()
    }

    /// Tells a receiver what is due. Returns when to look at its tenant again.
    private func serve(_ receiver: Receiver) async throws -> Timestamp? {
        let agenda = rounds.agenda
        var atOnce = 1
        var canTakeMore = true
        while !Task.isCancelled {
            let turn = try await rounds.turn(for: receiver) { [atOnce] in
                try await delivery.sendNext(
                    to: receiver.id, in: $0.shard, limit: $0.isTrial ? atOnce : 1, patience: $0.patience,
                    isTrial: $0.isTrial)
            }
            guard let (shard, outcome) = turn else { return rounds.now }
            switch outcome {
            case .nothing: return try await shard.nextLogoutNoticeDue()
            case .done(let took):
                agenda.set(receiver, slow: took > CallPace.promptness)
                atOnce = canTakeMore ? Self.noticesAtOnce : 1
            case .late:
                agenda.set(receiver, slow: true)
                (atOnce, canTakeMore) = (1, false)
            case .away:
                let (end, times) = agenda.rest(receiver, for: Self.rests, from: shard.now)
                if times >= Self.patience { try await delivery.giveUp(receiver.id, in: shard) }
                return end
            }
        }
        return nil
    }
}
