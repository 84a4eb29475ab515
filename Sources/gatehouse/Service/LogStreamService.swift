import Foundation
import Logging
import Management
import Outbound
import ServiceLifecycle
import Synchronization
import Tenancy

/// Sends events to log streams beside the requests. It looks at those tenants only that have streams: their marks are
/// empty files `FOLDER/ID`, so a restart finds them without opening every shard.
final class LogStreamService: Service {
    private static let tenantsAtOnce = 8
    /// Seconds a receiver has.
    private static let patience = 10
    /// A mark without an active stream is kept for so long: the change that set it may not be committed yet.
    private static let grace: Int64 = 60

    private let directory: Directory
    private let shards: ShardPool
    private let delivery: LogStreamDelivery
    private let pool: BoundedPool
    private let folder: String
    private let logger: Logger
    /// The tenants with streams, and since when they are thought to have some.
    private let marked: Mutex<[TenantID: Timestamp]>

    init(directory: Directory, shards: ShardPool, folder: String, egress: EgressPolicy, logger: Logger) throws {
        self.directory = directory
        self.shards = shards
        self.folder = folder
        self.logger = logger
        try FileManager.default.createDirectory(
            atPath: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        let known = try FileManager.default.contentsOfDirectory(atPath: folder).map(TenantID.init)
        marked = Mutex(Dictionary(uniqueKeysWithValues: known.map { ($0, Timestamp(seconds: 0)) }))
        let pool = BoundedPool(name: "log streams", threads: 8, queue: 1_000)
        self.pool = pool
        delivery = LogStreamDelivery { shipment in try await pool.run { try Self.post(shipment, egress) } }
    }

    /// Told, before it is committed, that a tenant's streams change.
    func changed(_ tenant: TenantID) {
        FileManager.default.createFile(
            atPath: path(of: tenant), contents: nil, attributes: [.posixPermissions: 0o600])
        let now = shards.clock.now
        marked.withLock { $0[tenant] = now }
    }

    func run() async throws {
        await cancelWhenGracefulShutdown {
            while (try? await Task.sleep(for: .milliseconds(500))) != nil { await self.visitAll() }
        }
        await pool.shutdown()
    }

    private func visitAll() async {
        var waiting = marked.withLock { Array($0.keys) }[...]
        while !waiting.isEmpty, !Task.isCancelled {
            let some = waiting.prefix(Self.tenantsAtOnce)
            waiting = waiting.dropFirst(some.count)
            await withTaskGroup(of: Void.self) { group in
                for id in some { group.addTask { await self.visit(id) } }
            }
        }
    }

    private func visit(_ id: TenantID) async {
        guard let tenant = directory.tenant(id: id) else { return forget(id) }
        guard tenant.state == .active else { return }
        do {
            let hasActive = try await delivery.deliverDue(in: try await shards.shard(for: tenant))
            if !hasActive { forget(id) }
        } catch {
            logger.error(
                "log streams cannot be served", metadata: ["tenant": "\(tenant.name)", "error": "\(error)"])
        }
    }

    private func forget(_ id: TenantID) {
        let limit = shards.clock.now.adding(seconds: -Self.grace)
        let isOld = marked.withLock { marked in
            guard let since = marked[id], since < limit else { return false }
            marked[id] = nil
            return true
        }
        if isOld { unlink(path(of: id)) }
    }

    private func path(of id: TenantID) -> String { "\(folder)/\(id.value)" }

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
