import Authentication
import Logging
import Outbound
import ServiceLifecycle
import Synchronization
import Tenancy

/// Delivers logout notices beside the requests. It knows of a tenant only while a notice waits there (``TenantSignal``):
/// idle ones cost nothing, neither now nor at the next start.
final class LogoutNoticeService: Service {
    private static let tenantsAtOnce = 8
    /// Seconds a receiver has.
    private static let patience = 10

    private let directory: Directory
    private let shards: ShardPool
    private let delivery: LogoutNoticeDelivery
    private let pool: BoundedPool
    private let logger: Logger
    /// When to look at which tenant next.
    private let agenda = Mutex<[TenantID: Timestamp]>([:])

    init(directory: Directory, shards: ShardPool, egress: EgressPolicy, logger: Logger) {
        self.directory = directory
        self.shards = shards
        self.logger = logger
        let pool = BoundedPool(name: "logout notices", threads: 8, queue: 1_000)
        self.pool = pool
        delivery = LogoutNoticeDelivery { url, form in
            try await pool.run { try Self.post(form, to: url, egress) }
        }
    }

    func run() async throws {
        await cancelWhenGracefulShutdown {
            while (try? await Task.sleep(for: .milliseconds(200))) != nil { await self.visitDue() }
        }
        await pool.shutdown()
    }

    private func visitDue() async {
        let now = shards.clock.now
        let woken = shards.logoutSignal.takeWoken()
        let due = agenda.withLock { agenda in
            for id in woken { agenda[id] = now }
            let due = agenda.filter { $0.value <= now }.map(\.key).prefix(Self.tenantsAtOnce)
            for id in due { agenda[id] = nil }
            return due
        }
        await withTaskGroup(of: Void.self) { group in
            for id in due { group.addTask { await self.visit(id) } }
        }
    }

    private func visit(_ id: TenantID) async {
        guard let tenant = directory.tenant(id: id) else { return shards.logoutSignal.clear(id) }
        // A suspended or deleted tenant may come back: its notices wait.
        guard tenant.state == .active else { return lookAgain(id, at: shards.clock.now.adding(seconds: 600)) }
        do {
            guard let next = try await delivery.deliverDue(in: try await shards.shard(for: tenant)) else { return }
            lookAgain(id, at: next)
        } catch {
            logger.error(
                "logout notices cannot be delivered", metadata: ["tenant": "\(tenant.name)", "error": "\(error)"])
            lookAgain(id, at: shards.clock.now.adding(seconds: 60))
        }
    }

    private func lookAgain(_ id: TenantID, at next: Timestamp) {
        agenda.withLock { agenda in agenda[id] = min(next, agenda[id] ?? next) }
    }

    private static func post(_ form: String, to url: String, _ egress: EgressPolicy) throws -> Int {
        var transfer = Transfer(method: "POST", url: url)
        transfer.body = .bytes(Array(form.utf8), type: "application/x-www-form-urlencoded")
        transfer.egress = egress
        transfer.timeout = patience
        transfer.longestAnswer = 65_536
        do {
            return try transfer.perform().status
        } catch TransferError.refused {
            throw LogoutNoticeDelivery.Refused()
        }
    }
}
