import Foundation
import Logging
import Management
import ServiceLifecycle
import Synchronization
import Tenancy

/// Does tenants' jobs beside the requests, a few tenants at once. After a start it looks at those tenants that had work or
/// files left; whatever was interrupted goes on from its last commit.
final class JobService: Service {
    private static let tenantsAtOnce = 2
    /// Seconds until a job that could not go on is tried again.
    private static let pause: Int64 = 30
    /// How often finished exports are looked through, in seconds.
    private static let tidying: Int64 = 600

    private let directory: Directory
    private let shards: ShardPool
    private let files: JobFiles
    private let runner: JobRunner
    private let pool: BoundedPool
    private let logger: Logger
    /// When to look at which tenant next.
    private let agenda = Mutex<[TenantID: Timestamp]>([:])

    init(directory: Directory, shards: ShardPool, files: JobFiles, logger: Logger) {
        self.directory = directory
        self.shards = shards
        self.files = files
        self.logger = logger
        pool = BoundedPool(name: "jobs", threads: 2, queue: 1_000, yields: true)
        runner = JobRunner(files: files, pool: pool)
    }

    /// Told that a tenant has got a job.
    func wake(_ tenant: TenantID) {
        let now = shards.clock.now
        agenda.withLock { $0[tenant] = now }
    }

    func run() async throws {
        await cancelWhenGracefulShutdown {
            for tenant in self.files.tenants() { self.wake(tenant) }
            while (try? await Task.sleep(for: .milliseconds(100))) != nil { await self.visitDue() }
        }
        await pool.shutdown()
    }

    private func visitDue() async {
        let now = shards.clock.now
        let due = agenda.withLock { agenda in
            let due = agenda.filter { $0.value <= now }.sorted { $0.value < $1.value }.map(\.key)
                .prefix(Self.tenantsAtOnce)
            for id in due { agenda[id] = nil }
            return due
        }
        await withTaskGroup(of: Void.self) { group in
            for id in due { group.addTask { await self.visit(id) } }
        }
    }

    private func visit(_ id: TenantID) async {
        guard let tenant = directory.tenant(id: id) else { return files.remove(id) }
        guard tenant.state == .active else { return lookAgain(id, in: Self.tidying) }
        do {
            let hadWork = try await runner.runNext(in: try await shards.shard(for: tenant))
            if hadWork { return wake(id) }
            if files.tenants().contains(id) { lookAgain(id, in: Self.tidying) }
        } catch is CancellationError {
            // The service ends; the next start goes on.
        } catch {
            logger.error("a job cannot go on", metadata: ["tenant": "\(tenant.name)", "error": "\(error)"])
            lookAgain(id, in: Self.pause)
        }
    }

    private func lookAgain(_ id: TenantID, in seconds: Int64) {
        let moment = shards.clock.now.adding(seconds: seconds)
        agenda.withLock { agenda in agenda[id] = min(moment, agenda[id] ?? moment) }
    }
}
