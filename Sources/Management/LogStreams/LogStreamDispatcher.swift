import Logging
import Tenancy

/// Serves the log streams of all tenants, each by itself: a receiver that is slow or gone holds up nobody else's stream,
/// neither of its own tenant nor of another.
///
/// Streams that answer promptly share one set of turns, those that do not another (``Pace``). In both, tenants are served
/// in turn and none has more than its share. What is in memory is bounded by the turns: a batch is read when it is sent.
/// It knows of a tenant only while it has active streams (``TenantSignal``), and looks when the tenant has written events.
public struct LogStreamDispatcher: Sendable {
    /// How long a receiver may take, and with how many others it shares the turns.
    public struct Pace: Sendable {
        /// Seconds until an answer is there.
        let patience: Int
        let slots: FairSlots

        public init(patience: Int, slots: Int, share: Int) {
            self.patience = patience
            self.slots = FairSlots(slots, share: share)
        }
    }

    /// Calls at once, of both paces together.
    public static let callsAtOnce = 32

    /// How many tenants are asked at once what there is to do.
    private static let looksAtOnce = 16
    /// A tenant's events gather for so long before they are sent, so that a busy one is not called for each.
    private static let gathering: Int64 = 500
    /// An answer that takes no longer shows that a receiver keeps up.
    private static let promptness = Duration.seconds(1)

    private let directory: Directory
    private let shards: ShardPool
    private let delivery: LogStreamDelivery
    private let logger: Logger
    private let prompt: Pace
    private let slow: Pace
    private let agenda = LogStreamAgenda(looksAtOnce: looksAtOnce)

    public init(
        directory: Directory, shards: ShardPool, logger: Logger,
        prompt: Pace = Pace(patience: 2, slots: callsAtOnce / 2, share: 2),
        slow: Pace = Pace(patience: 10, slots: callsAtOnce / 2, share: 2), post: @escaping LogStreamDelivery.Post
    ) {
        self.directory = directory
        self.shards = shards
        self.logger = logger
        self.prompt = prompt
        self.slow = slow
        delivery = LogStreamDelivery(post: post)
    }

    /// Serves until it is cancelled; calls that are under way are waited for.
    public func run() async {
        let (ticks, tick) = AsyncStream<Void>.makeStream(bufferingPolicy: .bufferingNewest(1))
        await withTaskCancellationHandler {
            await withTaskGroup(of: Void.self) { group in
                group.addTask { for await _ in shards.streamSignal.wakes { tick.yield() } }
                group.addTask {
                    // Retries come due without anybody writing.
                    while (try? await Task.sleep(for: .milliseconds(100))) != nil {
                        if agenda.hasDue(at: shards.clock.now) { tick.yield() }
                    }
                }
                group.addTask { await startTurns(on: ticks, again: tick) }
                await group.waitForAll()
            }
        } onCancel: {
            prompt.slots.close()
            slow.slots.close()
        }
    }

    private func startTurns(on ticks: AsyncStream<Void>, again tick: AsyncStream<Void>.Continuation) async {
        await withDiscardingTaskGroup { turns in
            for await _ in ticks {
                let now = shards.clock.now
                agenda.wake(shards.streamSignal.takeWoken(), at: now, gathering: Self.gathering)
                for id in agenda.startLooks(at: now) {
                    turns.addTask {
                        agenda.endLook(at: id, next: await look(at: id))
                        tick.yield()
                    }
                }
                for stream in agenda.startServing() {
                    turns.addTask {
                        let next = await serve(stream)
                        agenda.endServing(stream, next: next, at: shards.clock.now)
                        tick.yield()
                    }
                }
            }
        }
    }

    /// Finds the streams of a tenant that are due. Returns when to look again, if nobody wakes us before.
    private func look(at id: TenantID) async -> Timestamp? {
        guard let tenant = directory.tenant(id: id) else {
            shards.streamSignal.clear(id)
            agenda.forgetStreams(of: id, except: [])
            return nil
        }
        let now = shards.clock.now
        // A suspended or deleted tenant may come back: its events wait.
        guard tenant.state == .active else { return now.adding(seconds: 600) }
        do {
            let shard = try await shards.shard(for: tenant)
            let streams = try await shard.read { try $0.logStreams.agenda() }
            agenda.forgetStreams(of: id, except: Set(streams.map(\.id)))
            if streams.isEmpty {
                // A stream made after this look wakes us again.
                _ = try await shard.hasActiveLogStreams()
                return nil
            }
            for stream in streams where stream.due <= now {
                let key = StreamKey(tenant: id, stream: stream.id)
                if stream.attempts > 0 { agenda.set(key, slow: true) }
                agenda.add(key)
            }
            return streams.first { $0.due > now }?.due
        } catch {
            logger.error(
                "log streams cannot be served", metadata: ["tenant": "\(tenant.name)", "error": "\(error)"])
            return now.adding(seconds: 30)
        }
    }

    /// Sends what a stream has not got yet, a batch a turn. Returns when to look at its tenant again.
    private func serve(_ key: StreamKey) async -> Timestamp? {
        do {
            while !Task.isCancelled {
                guard let tenant = directory.tenant(id: key.tenant), tenant.state == .active else { return nil }
                let isSlow = agenda.isSlow(key)
                let pace = isSlow ? slow : prompt
                let outcome = try await pace.slots.turn(for: key.tenant) {
                    try await delivery.sendNext(
                        of: key.stream, in: shards.shard(for: tenant), patience: pace.patience, isTrial: !isSlow)
                }
                switch outcome {
                case .nothing: return nil
                case .sent(let hasMore, let took):
                    agenda.set(key, slow: took > Self.promptness)
                    if !hasMore { return nil }
                case .late: agenda.set(key, slow: true)
                case .failed(let next):
                    agenda.set(key, slow: true)
                    return next
                case .paused:
                    agenda.set(key, slow: false)
                    logger.warning(
                        "a log stream is paused: its receiver has failed for too long",
                        metadata: ["tenant": "\(tenant.name)", "stream": "\(key.stream)"])
                    return nil
                case .suspended:
                    agenda.set(key, slow: false)
                    logger.warning(
                        "a log stream is suspended: nothing can be sent to receivers of its type",
                        metadata: ["tenant": "\(tenant.name)", "stream": "\(key.stream)"])
                    return nil
                }
            }
            return nil
        } catch {
            guard !(error is CancellationError) else { return nil }
            logger.error(
                "a log stream cannot be served", metadata: ["tenant": "\(key.tenant)", "error": "\(error)"])
            return shards.clock.now.adding(seconds: 30)
        }
    }
}
