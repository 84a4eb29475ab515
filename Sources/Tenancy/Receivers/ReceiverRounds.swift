import Logging
import Synchronization

/// Calls the receivers of all tenants beside the requests, each by itself: whoever is slow or gone holds up nobody else,
/// neither of its own tenant nor of another. It knows of a tenant only while something waits there (``TenantSignal``).
public struct ReceiverRounds: Sendable {
    /// Finds the receivers of a tenant and plans them (``ReceiverAgenda/plan(_:due:now:)``); returns when to look again if
    /// nobody wakes us before.
    public typealias Look = @Sendable (Shard) async throws -> Timestamp?
    /// Serves one receiver, each call in a turn (``turn(for:_:)``); returns when to look at its tenant again.
    public typealias Serve = @Sendable (Receiver) async throws -> Timestamp?

    /// One call of a receiver.
    public struct Turn: Sendable {
        public let shard: Shard
        /// Seconds the receiver has for its answer.
        public let patience: Int
        /// Whether a receiver that needs more is to be given it later, among those that are slow.
        public let isTrial: Bool
    }

    /// How many tenants are asked at once what there is to do.
    private static let looksAtOnce = 16
    /// Seconds until what has gone wrong here is tried again.
    private static let pause: Int64 = 30
    /// Seconds until a suspended or deleted tenant is looked at again; it may come back, and what it has waits.
    private static let absence: Int64 = 600

    public let agenda = ReceiverAgenda(looksAtOnce: looksAtOnce)
    private let directory: Directory
    private let shards: ShardPool
    /// Tells which tenants have something that waits.
    public let signal: TenantSignal
    private let prompt: CallPace
    private let slow: CallPace
    private let gathering: Int64
    private let logger: Logger

    /// - Parameters:
    ///   - prompt: the pace of those that answered promptly the last time, or are new.
    ///   - slow: the pace of all others.
    ///   - gathering: milliseconds that what has happened waits for more of it, so that a busy tenant's receivers are not
    ///     called for each.
    public init(
        directory: Directory, shards: ShardPool, signal: TenantSignal, prompt: CallPace, slow: CallPace,
        gathering: Int64 = 0, logger: Logger
    ) {
        self.directory = directory
        self.shards = shards
        self.signal = signal
        self.prompt = prompt
        self.slow = slow
        self.gathering = gathering
        self.logger = logger
    }

    public var now: Timestamp { shards.clock.now }

    /// Goes on until it is cancelled; calls that are under way are waited for.
    public func run(look: @escaping Look, serve: @escaping Serve) async {
        let (ticks, tick) = AsyncStream<Void>.makeStream(bufferingPolicy: .bufferingNewest(1))
        await withTaskCancellationHandler {
            await withTaskGroup(of: Void.self) { group in
                group.addTask { for await _ in signal.wakes { tick.yield() } }
                group.addTask {
                    // Retries come due without anybody writing.
                    while (try? await Task.sleep(for: .milliseconds(100))) != nil {
                        if agenda.hasDue(at: now) { tick.yield() }
                    }
                }
                group.addTask { await startTurns(on: ticks, again: tick, look, serve) }
                await group.waitForAll()
            }
        } onCancel: {
            for pace in [prompt, slow] { pace.slots.close() }
        }
    }

    /// Waits for a turn at the receiver's pace, and takes it if the tenant is still there to be served then; otherwise returns
    /// nil, and whoever looks at the tenant next finds out when to come back.
    public func turn<Outcome: Sendable>(
        for receiver: Receiver, _ work: (Turn) async throws -> Outcome
    ) async throws -> (shard: Shard, outcome: Outcome)? {
        let isSlow = agenda.isSlow(receiver)
        let pace = isSlow ? slow : prompt
        return try await pace.slots.turn(for: receiver.tenant) {
            guard let tenant = directory.tenant(id: receiver.tenant), tenant.state == .active else { return nil }
            let shard = try await shards.shard(for: tenant)
            return (shard, try await work(Turn(shard: shard, patience: pace.patience, isTrial: !isSlow)))
        }
    }

    private func startTurns(
        on ticks: AsyncStream<Void>, again tick: AsyncStream<Void>.Continuation, _ look: @escaping Look,
        _ serve: @escaping Serve
    ) async {
        await withDiscardingTaskGroup { turns in
            for await _ in ticks {
                let now = now
                agenda.wake(signal.takeWoken(), at: now, gathering: gathering)
                for id in agenda.startLooks(at: now) {
                    turns.addTask {
                        agenda.endLook(at: id, next: await self.look(at: id, by: look))
                        tick.yield()
                    }
                }
                for receiver in agenda.startServing() {
                    turns.addTask {
                        let next = await self.serve(receiver, by: serve)
                        agenda.endServing(receiver, next: next, at: self.now)
                        tick.yield()
                    }
                }
            }
        }
    }

    private func look(at id: TenantID, by look: Look) async -> Timestamp? {
        guard let tenant = directory.tenant(id: id) else {
            signal.clear(id)
            agenda.forget(id, except: [])
            return nil
        }
        guard tenant.state == .active else { return now.adding(seconds: Self.absence) }
        do {
            return try await look(try await shards.shard(for: tenant))
        } catch {
            logger.error(
                "a tenant's receivers cannot be looked for",
                metadata: ["tenant": "\(tenant.name)", "error": "\(error)"])
            return now.adding(seconds: Self.pause)
        }
    }

    private func serve(_ receiver: Receiver, by serve: Serve) async -> Timestamp? {
        do {
            return try await serve(receiver)
        } catch is CancellationError {
            return nil
        } catch {
            logger.error(
                "a receiver cannot be served",
                metadata: [
                    "tenant": "\(directory.tenant(id: receiver.tenant)?.name ?? receiver.tenant.value)",
                    "error": "\(error)",
                ])
            let (now, end) = (now, now.adding(seconds: Self.pause))
            agenda.rest(receiver, during: now..<end)
            return end
        }
    }
}
