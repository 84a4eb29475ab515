import Logging
import ServiceLifecycle
import Synchronization
import Tenancy

/// Delivers what the outboxes of all tenants hold. It knows of a tenant only while a message waits there
/// (``TenantSignal``): a tenant without costs nothing, neither now nor at the next start.
public struct MessageDispatcher: Service {
    /// How many tenants have their turn at once; as many threads wait for their servers.
    private static let turnsAtOnce = 16

    private let directory: Directory
    private let shards: ShardPool
    private let sender: MessageSender
    private let pool = BoundedPool(name: "messages", threads: turnsAtOnce, queue: turnsAtOnce * 2)
    private let agenda = DeliveryAgenda(turnsAtOnce: turnsAtOnce)
    private let logger: Logger

    public init(directory: Directory, shards: ShardPool, configuration: MessagingConfiguration, logger: Logger) {
        self.directory = directory
        self.shards = shards
        self.sender = MessageSender(configuration)
        self.logger = logger
    }

    public func run() async throws {
        await cancelWhenGracefulShutdown { await deliverForever() }
        await pool.shutdown()
    }

    private func deliverForever() async {
        let (ticks, tick) = AsyncStream<Void>.makeStream(bufferingPolicy: .bufferingNewest(1))
        await withTaskGroup(of: Void.self) { group in
            group.addTask { for await _ in shards.outboxSignal.wakes { tick.yield() } }
            group.addTask {
                // Retries come due without anybody writing.
                while (try? await Task.sleep(for: .seconds(1))) != nil {
                    if agenda.hasDue(at: shards.clock.now) { tick.yield() }
                }
            }
            group.addTask { await startTurns(on: ticks, again: tick) }
            await group.waitForAll()
        }
    }

    private func startTurns(on ticks: AsyncStream<Void>, again tick: AsyncStream<Void>.Continuation) async {
        await withDiscardingTaskGroup { turns in
            for await _ in ticks {
                agenda.add(shards.outboxSignal.takeWoken(), at: shards.clock.now)
                for id in agenda.startTurns(at: shards.clock.now) {
                    turns.addTask {
                        agenda.endTurn(of: id, next: await takeTurn(id))
                        tick.yield()
                    }
                }
            }
        }
    }

    /// When the tenant wants its next turn.
    private func takeTurn(_ id: TenantID) async -> Timestamp? {
        guard let tenant = directory.tenant(id: id) else {
            shards.outboxSignal.clear(id)
            return nil
        }
        // A suspended or deleted tenant may come back: its messages wait, and are given up by their age then.
        guard tenant.state == .active else { return shards.clock.now.adding(seconds: 600) }
        do {
            let shard = try await shards.shard(for: tenant)
            return try await TenantDelivery(shard: shard, sender: sender, pool: pool, logger: logger).run()
        } catch {
            logger.error("messages cannot be delivered", metadata: ["tenant": "\(tenant.name)", "error": "\(error)"])
            return shards.clock.now.adding(seconds: 30)
        }
    }
}

/// Which tenants want a turn, and when.
private final class DeliveryAgenda: Sendable {
    private struct State {
        var due: [TenantID: Timestamp] = [:]
        var running: Set<TenantID> = []
    }

    private let state = Mutex(State())
    private let turnsAtOnce: Int

    init(turnsAtOnce: Int) { self.turnsAtOnce = turnsAtOnce }

    func add(_ tenants: Set<TenantID>, at now: Timestamp) {
        state.withLock { state in for id in tenants { state.due[id] = now } }
    }

    func hasDue(at now: Timestamp) -> Bool {
        state.withLock { state in state.due.values.contains { $0 <= now } }
    }

    /// Takes those whose time has come, the longest waiting first, each once at a time.
    func startTurns(at now: Timestamp) -> [TenantID] {
        state.withLock { state in
            let free = turnsAtOnce - state.running.count
            let ready = state.due.filter { $0.value <= now && !state.running.contains($0.key) }
                .sorted { $0.value < $1.value }.prefix(max(0, free)).map(\.key)
            for id in ready {
                state.due[id] = nil
                state.running.insert(id)
            }
            return ready
        }
    }

    /// A wake during the turn goes before what the turn has seen.
    func endTurn(of id: TenantID, next: Timestamp?) {
        state.withLock { state in
            state.running.remove(id)
            guard let next else { return }
            state.due[id] = min(next, state.due[id] ?? next)
        }
    }
}
