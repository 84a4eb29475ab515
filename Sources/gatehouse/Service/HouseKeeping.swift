import Logging
import Operator
import ServiceLifecycle
import Tenancy

/// What is done beside the requests: a clean-up at the start, once a minute the rest of tenants that have fallen idle,
/// and once an hour the end of those whose time to be brought back has run out.
struct HouseKeeping: Service {
    let registry: TenantRegistry
    let shards: ShardPool
    let spareKeys: SpareKeys
    let logger: Logger

    func run() async throws {
        spareKeys.fill()
        await attempt("clean-up of unfinished tenants") { try await registry.removeOrphans() }
        await cancelWhenGracefulShutdown {
            var minute = 0
            while !Task.isCancelled {
                if minute % 60 == 0 {
                    await attempt("purge of deleted tenants") { try await registry.purgeDeleted() }
                }
                await attempt("rest of idle tenants") { try await shards.restIdle() }
                minute += 1
                try? await Task.sleep(for: .seconds(60))
            }
        }
    }

    /// What fails here is tried again later; no request depends on it.
    private func attempt(_ what: String, _ body: () async throws -> Void) async {
        do {
            try await body()
        } catch {
            logger.error("\(what) failed", metadata: ["error": "\(error)"])
        }
    }
}

/// Says that the service is draining as soon as it is told to end, before the listeners close.
struct DrainNotice: Service {
    let readiness: Readiness

    func run() async throws {
        try? await gracefulShutdown()
        readiness.enter(.draining)
    }
}
