import Logging
import Tenancy

/// Serves the log streams of all tenants, each by itself (``ReceiverRounds``). What is in memory is bounded by the turns: a
/// batch is read when it is sent. A tenant is looked at when it has written events.
public struct LogStreamDispatcher: Sendable {
    /// Calls at once, of both paces together.
    public static let callsAtOnce = 32

    /// A tenant's events gather for so long before they are sent.
    private static let gathering: Int64 = 500

    private let directory: Directory
    private let shards: ShardPool
    private let delivery: LogStreamDelivery
    private let logger: Logger
    private let prompt: CallPace
    private let slow: CallPace
    private let rounds: ReceiverRounds

    public init(
        directory: Directory, shards: ShardPool, logger: Logger,
        prompt: CallPace = CallPace(patience: 2, slots: callsAtOnce / 2, share: 2),
        slow: CallPace = CallPace(patience: 10, slots: callsAtOnce / 2, share: 2),
        post: @escaping LogStreamDelivery.Post
    ) {
        self.directory = directory
        self.shards = shards
        self.logger = logger
        self.prompt = prompt
        self.slow = slow
        rounds = ReceiverRounds(signal: shards.streamSignal, clock: shards.clock, gathering: Self.gathering)
        delivery = LogStreamDelivery(post: post)
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
            shards.streamSignal.clear(id)
            rounds.agenda.forget(id, except: [])
            return nil
        }
        let now = shards.clock.now
        // A suspended or deleted tenant may come back: its events wait.
        guard tenant.state == .active else { return now.adding(seconds: 600) }
        do {
            let shard = try await shards.shard(for: tenant)
            let streams = try await shard.read { try $0.logStreams.agenda() }
            rounds.agenda.forget(id, except: Set(streams.map(\.id)))
            if streams.isEmpty {
                // A stream made after this look wakes us again.
                _ = try await shard.hasActiveLogStreams()
                return nil
            }
            for stream in streams where stream.due <= now {
                let receiver = Receiver(tenant: id, id: stream.id)
                if stream.attempts > 0 { rounds.agenda.set(receiver, slow: true) }
                rounds.agenda.add(receiver)
            }
            return streams.first { $0.due > now }?.due
        } catch {
            logger.error(
                "log streams cannot be served", metadata: ["tenant": "\(tenant.name)", "error": "\(error)"])
            return now.adding(seconds: 30)
        }
    }

    /// Sends what a stream has not got yet, a batch a turn. Returns when to look at its tenant again.
    private func serve(_ receiver: Receiver) async -> Timestamp? {
        let agenda = rounds.agenda
        do {
            while !Task.isCancelled {
                guard let tenant = directory.tenant(id: receiver.tenant), tenant.state == .active else { return nil }
                let isSlow = agenda.isSlow(receiver)
                let pace = isSlow ? slow : prompt
                let outcome = try await pace.slots.turn(for: receiver.tenant) {
                    try await delivery.sendNext(
                        of: receiver.id, in: shards.shard(for: tenant), patience: pace.patience, isTrial: !isSlow)
                }
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
                    logger.warning(
                        "a log stream is paused: its receiver has failed for too long",
                        metadata: ["tenant": "\(tenant.name)", "stream": "\(receiver.id)"])
                    return nil
                case .suspended:
                    agenda.set(receiver, slow: false)
                    logger.warning(
                        "a log stream is suspended: nothing can be sent to receivers of its type",
                        metadata: ["tenant": "\(tenant.name)", "stream": "\(receiver.id)"])
                    return nil
                }
            }
            return nil
        } catch {
            guard !(error is CancellationError) else { return nil }
            logger.error(
                "a log stream cannot be served", metadata: ["tenant": "\(receiver.tenant)", "error": "\(error)"])
            return shards.clock.now.adding(seconds: 30)
        }
    }
}
