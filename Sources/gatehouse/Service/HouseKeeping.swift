import Logging
import Operator
import ServiceLifecycle
import Tenancy

/// What is done beside the requests: a clean-up at the start, and once an hour the end of those tenants whose time
/// to be brought back has run out.
struct HouseKeeping: Service {
    let registry: TenantRegistry
    let spareKeys: SpareKeys
    let logger: Logger

    func run() async throws {
        spareKeys.fill()
        await attempt("clean-up of unfinished tenants") { try await registry.removeOrphans() }
        await cancelWhenGracefulShutdown {
            while !Task.isCancelled {
                await attempt("purge of deleted tenants") { try await registry.purgeDeleted() }
                try? await Task.sleep(for: .seconds(3600))
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
