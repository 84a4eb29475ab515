import Foundation
import Logging
import Management
import Outbound
import ServiceLifecycle
import Synchronization
import Tenancy

/// Sends events to log streams beside the requests. It knows of a tenant only while it has active streams
/// (``TenantSignal``).
final class LogStreamService: Service {
    private static let tenantsAtOnce = 8
    /// Seconds a receiver has.
    private static let patience = 10

    private let directory: Directory
    private let shards: ShardPool
    private let delivery: LogStreamDelivery
    private let pool: BoundedPool
    private let logger: Logger
    private let served = Mutex<Set<TenantID>>([])

    init(directory: Directory, shards: ShardPool, egress: EgressPolicy, logger: Logger) {
        self.directory = directory
        self.shards = shards
        self.logger = logger
        let pool = BoundedPool(name: "log streams", threads: 8, queue: 1_000)
        self.pool = pool
        delivery = LogStreamDelivery { shipment in try await pool.run { try Self.post(shipment, egress) } }
    }

    func run() async throws {
        await cancelWhenGracefulShutdown {
            while (try? await Task.sleep(for: .milliseconds(500))) != nil { await self.visitAll() }
        }
        await pool.shutdown()
    }

    private func visitAll() async {
        let woken = shards.streamSignal.takeWoken()
        var waiting = served.withLock { served in
            served.formUnion(woken)
            return Array(served)
        }[...]
        while !waiting.isEmpty, !Task.isCancelled {
            let some = waiting.prefix(Self.tenantsAtOnce)
            waiting = waiting.dropFirst(some.count)
            await withTaskGroup(of: Void.self) { group in
                for id in some { group.addTask { await self.visit(id) } }
            }
        }
    }

    private func visit(_ id: TenantID) async {
        guard let tenant = directory.tenant(id: id) else {
            shards.streamSignal.clear(id)
            return leave(id)
        }
        guard tenant.state == .active else { return }
        do {
            let shard = try await shards.shard(for: tenant)
            try await delivery.deliverDue(in: shard)
            // A stream made after this look wakes us again.
            if try await !shard.hasActiveLogStreams() { leave(id) }
        } catch {
            logger.error(
                "log streams cannot be served", metadata: ["tenant": "\(tenant.name)", "error": "\(error)"])
        }
    }

    private func leave(_ id: TenantID) { served.withLock { _ = $0.remove(id) } }

    private static func post(_ shipment: LogStreamDelivery.Shipment, _ egress: EgressPolicy) throws -> Int {
        var transfer = Transfer(method: "POST", url: shipment.url)
        transfer.headers = shipment.headers
        transfer.body = .bytes(shipment.body, type: shipment.contentType)
        transfer.egress = egress
        transfer.timeout = patience
        transfer.longestAnswer = 65_536
        return try transfer.perform().status
    }
}
