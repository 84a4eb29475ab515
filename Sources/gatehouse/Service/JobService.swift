import Foundation
import Logging
import Management
import ServiceLifecycle
import Synchronization
import Tenancy

/// Does tenants' jobs beside the requests, a few tenants at once. After a start it looks at those tenants that had work or
/// files left; whatever was interrupted goes on from its last commit.
final class JobService: Service {
    private static let tenantsAtOnce = 4
    /// Seconds until a job that could not go on is tried again.
    private static let pause: Int64 = 5
    /// How often finished exports are looked through, in seconds.
    private static let tidying: Int64 = 600

    private let directory: Directory
    private let shards: ShardPool
    private let files: JobFiles
    private let runner: JobRunner
    private let pool: BoundedPool
    private let logger: Logger
    private let agenda = Mutex(Agenda())

    private struct Agenda {
        /// When to look at which tenant next.
        var moments: [TenantID: Timestamp] = [:]
        /// Who is being looked at; one job of a tenant at a time.
        var visited: Set<TenantID> = []
    }

    init(directory: Directory, shards: ShardPool, files: JobFiles, logger: Logger) {
        self.directory = directory
        self.shards = shards
        self.files = files
        self.logger = logger
        pool = BoundedPool(name: "jobs", threads: Self.tenantsAtOnce, queue: 1_000, yields: true)
        runner = JobRunner(files: files, pool: pool)
    }

    /// Told that a tenant has got a job.
    func wake(_ tenant: TenantID) {
        let now = shards.clock.now
        agenda.withLock { $0.moments[tenant] = now }
    }

    func run() async throws {
        await cancelWhenGracefulShutdown {
            for tenant in self.files.tenants() { self.wake(tenant) }
            await withDiscardingTaskGroup { group in
                while (try? await Task.sleep(for: .milliseconds(100))) != nil {
                    for id in self.takeDue() {
                        group.addTask {
                            await self.visit(id)
                            self.agenda.withLock { _ = $0.visited.remove(id) }
                        }
                    }
                }
            }
        }
        await pool.shutdown()
    }

    /// The tenants to look at now, those first that have waited longest. Nobody waits until somebody else's long import is
    /// over, unless as many of them are under way as there are threads.
    private func takeDue() -> [TenantID] {
        let now = shards.clock.now
        return agenda.withLock { agenda in
            let due = agenda.moments.filter { $0.value <= now && !agenda.visited.contains($0.key) }
                .sorted { $0.value < $1.value }.map(\.key).prefix(Self.tenantsAtOnce - agenda.visited.count)
            for id in due {
                agenda.moments[id] = nil
                agenda.visited.insert(id)
            }
            return Array(due)
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
        agenda.withLock { $0.moments[id] = min(moment, $0.moments[id] ?? moment) }
    }
}
