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
    private let agenda = Agenda()
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
                    if agenda.turns.withLock({ $0.hasDue(at: shards.clock.now) }) { tick.yield() }
                }
            }
            group.addTask { await startTurns(on: ticks, again: tick) }
            await group.waitForAll()
        }
    }

    private func startTurns(on ticks: AsyncStream<Void>, again tick: AsyncStream<Void>.Continuation) async {
        await withDiscardingTaskGroup { turns in
            for await _ in ticks {
                let (woken, now) = (shards.outboxSignal.takeWoken(), shards.clock.now)
                let ready = agenda.turns.withLock { turns in
                    for id in woken { turns.wake(id, at: now) }
                    return turns.start(at: now)
                }
                for id in ready {
                    turns.addTask {
                        let next = await takeTurn(id)
                        agenda.turns.withLock { $0.end(id, next: next) }
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

extension MessageDispatcher {
    /// The turns under a lock of their own; a class, because the dispatcher is copied.
    private final class Agenda: Sendable {
        let turns = Mutex(TenantTurns(atOnce: turnsAtOnce))
    }
}
