import Logging
import Tenancy

/// Serves the log streams of all tenants, each by itself (``ReceiverRounds``). What is in memory is bounded by the turns: a
/// batch is read when it is sent. A tenant is looked at when it has written events.
public struct LogStreamDispatcher: Sendable {
    /// Calls at once, of both paces together.
    public static let callsAtOnce = 32

    /// A tenant's events gather for so long before they are sent.
    private static let gathering: Int64 = 500

    private let delivery: LogStreamDelivery
    private let logger: Logger
    private let rounds: ReceiverRounds

    public init(
        directory: Directory, shards: ShardPool, logger: Logger,
        prompt: CallPace = CallPace(patience: 2, slots: callsAtOnce / 2, share: 2),
        slow: CallPace = CallPace(patience: 10, slots: callsAtOnce / 2, share: 2),
        post: @escaping LogStreamDelivery.Post
    ) {
        self.logger = logger
        rounds = ReceiverRounds(
            directory: directory, shards: shards, signal: shards.streamSignal, prompt: prompt, slow: slow,
            gathering: Self.gathering, logger: logger)
        delivery = LogStreamDelivery(post: post)
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
        let streams = try await shard.read { try $0.logStreams.agenda() }
        let now = shard.now
        agenda.forget(id, except: Set(streams.map(\.id)))
        if streams.isEmpty {
            // A stream made after this look wakes us again.
            _ = try await shard.hasActiveLogStreams()
            return nil
        }
        try rounds.signal.mark(id)
        return streams.compactMap { stream in
            let receiver = Receiver(tenant: id, id: stream.id)
            if stream.attempts > 0, !agenda.isSlow(receiver) { agenda.set(receiver, slow: true) }
            return agenda.plan(receiver, due: stream.due, now: now)
        }.min()
    }

    /// Sends what a stream has not got yet, a batch a turn. Returns when to look at its tenant again.
    private func serve(_ receiver: Receiver) async throws -> Timestamp? {
        let agenda = rounds.agenda
        while !Task.isCancelled {
            let turn = try await rounds.turn(for: receiver) {
                try await delivery.sendNext(
                    of: receiver.id, in: $0.shard, patience: $0.patience, isTrial: $0.isTrial)
            }
            guard let (shard, outcome) = turn else { return rounds.now }
            switch outcome {
            case .nothing: return nil
            case .sent(let hasMore, let took):
                agenda.set(receiver, slow: took > CallPace.promptness)
                if !hasMore { return nil }
            case .late: agenda.set(receiver, slow: true)
            case .failed(let next):
                agenda.set(receiver, slow: true)
                return next
            case .paused:
                agenda.set(receiver, slow: false)
                tell("a log stream is paused: its receiver has failed for too long", receiver, in: shard)
                return nil
            case .suspended:
                agenda.set(receiver, slow: false)
                tell(
                    "a log stream is suspended: nothing can be sent to receivers of its type", receiver, in: shard)
                return nil
            }
        }
        return nil
    }

    private func tell(_ message: Logger.Message, _ stream: Receiver, in shard: Shard) {
        logger.warning(message, metadata: ["tenant": "\(shard.tenantName)", "stream": "\(stream.id)"])
    }
}
