import GRDB
import Logging
import Synchronization

/// The open shards: opened on first use, kept in order of use, closed when there are more than the bound on open
/// files allows.
public final class ShardPool: Sendable {
    private struct Entry {
        let shard: Shard
        var usedAt: UInt64
    }

    /// A closed-out shard that requests in flight may still hold: re-opening must find it, or the same file would
    /// have two sets of read models.
    private struct Leaving {
        weak var shard: Shard?
    }

    private struct State {
        var open: [TenantID: Entry] = [:]
        var leaving: [TenantID: Leaving] = [:]
        var opening: [TenantID: Task<Shard, any Error>] = [:]
        var damaged: [TenantID: String] = [:]
        var tick: UInt64 = 0
        /// The ticks of the last two times that idle shards were looked for.
        var lookedAt: (before: UInt64, last: UInt64) = (0, 0)

        mutating func use(_ id: TenantID) -> Shard? {
            guard let index = open.index(forKey: id) else { return nil }
            tick += 1
            open.values[index].usedAt = tick
            return open.values[index].shard
        }
    }

    private let state = Mutex(State())
    private let capacity: Int
    let files: ShardFiles
    public let pools: WorkPools
    public let clock: Clock
    /// Which tenants have messages to be delivered.
    public let outboxSignal: TenantSignal
    /// Which tenants have logout notices to be delivered.
    public let logoutSignal: TenantSignal
    /// Which tenants have log streams to be served.
    public let streamSignal: TenantSignal
    private let logger: Logger

    /// - Parameters:
    ///   - root: the folder of the shard files.
    ///   - capacity: how many shards stay open; each costs up to a dozen file descriptors.
    public init(root: String, capacity: Int, pools: WorkPools, clock: Clock = .system, logger: Logger) throws {
        self.files = try ShardFiles(root: root)
        self.capacity = capacity
        self.pools = pools
        self.clock = clock
        self.logger = logger
        outboxSignal = try TenantSignal(folder: root + "/waiting")
        logoutSignal = try TenantSignal(folder: root + "/ended")
        streamSignal = try TenantSignal(folder: root + "/streams")
        try files.makeTemplate()
    }

    /// The shard of a tenant, opened if it is not. Throws ``ShardError`` for a damaged file.
    public func shard(for tenant: Tenant) async throws -> Shard {
        let (open, reason) = state.withLock { ($0.use(tenant.id), $0.damaged[tenant.id]) }
        if let reason { throw ShardError.damaged(tenant.id, reason: reason) }
        if let open { return open }
        return try await opening(tenant).value
    }

    /// The shard if it is open already; from memory alone, for the event loops.
    public func openShard(_ id: TenantID) -> Shard? {
        state.withLock { $0.use(id) }
    }

    /// Where a tenant's database lies.
    public func path(of id: TenantID) -> String { files.path(of: id) }

    /// Has those shards give back memory that nobody has used since the last call, each once. Throws what the last of
    /// them said that could not.
    public func restIdle() async throws {
        let idle = state.withLock { state in
            defer { state.lookedAt = (state.lookedAt.last, state.tick) }
            return state.open.values.filter {
                $0.usedAt > state.lookedAt.before && $0.usedAt <= state.lookedAt.last
            }.map(\.shard)
        }
        var failure: (any Error)?
        for shard in idle {
            do { try await shard.rest() } catch { failure = error }
        }
        if let failure { throw failure }
    }

    public var openCount: Int { state.withLock { $0.open.count } }
    public var damagedTenants: [TenantID: String] { state.withLock { $0.damaged } }

    /// Forgets a shard, because its file is replaced or removed. Requests in flight finish on the old one.
    func close(_ id: TenantID) {
        let shard = state.withLock { state in
            state.leaving[id] = nil
            state.damaged[id] = nil
            return state.open.removeValue(forKey: id)?.shard
        }
        release(shard.map { [$0] } ?? [])
    }

    /// One opening a tenant at a time, shared by all who wait for it.
    private func opening(_ tenant: Tenant) -> Task<Shard, any Error> {
        state.withLock { state in
            if let shard = state.use(tenant.id) { return Task { shard } }
            if let task = state.opening[tenant.id] { return task }
            let task = Task { try await self.open(tenant) }
            state.opening[tenant.id] = task
            return task
        }
    }

    private func open(_ tenant: Tenant) async throws -> Shard {
        defer { state.withLock { _ = $0.opening.removeValue(forKey: tenant.id) } }
        if let shard = state.withLock({ $0.leaving[tenant.id]?.shard }) {
            release(keep(shard))
            return shard
        }
        do {
            let (database, keys) = try await pools.database.run { [files] in try files.open(tenant.id) }
            let shard = Shard(
                tenant: tenant, database: database, keys: keys, pools: pools, clock: clock, outboxSignal: outboxSignal,
                logoutSignal: logoutSignal, streamSignal: streamSignal
            ) { [weak self] id, error in self?.markDamaged(id, name: tenant.name, error) }
            release(keep(shard))
            return shard
        } catch let error as DatabaseError where error.isDamage {
            markDamaged(tenant.id, name: tenant.name, error)
            throw ShardError.damaged(tenant.id, reason: error.message ?? "\(error.resultCode)")
        } catch let error as ShardError {
            markDamaged(tenant.id, name: tenant.name, error)
            throw error
        }
    }

    /// Keeps a shard open; returns those that had to leave for it: the tenth that was used longest ago.
    private func keep(_ shard: Shard) -> [Shard] {
        state.withLock { state in
            state.tick += 1
            state.open[shard.tenantID] = Entry(shard: shard, usedAt: state.tick)
            state.leaving[shard.tenantID] = nil
            guard state.open.count > capacity else { return [] }
            let oldest = state.open.values.sorted { $0.usedAt < $1.usedAt }.prefix(max(1, capacity / 10))
            state.leaving = state.leaving.filter { $0.value.shard != nil }
            for entry in oldest {
                state.open[entry.shard.tenantID] = nil
                state.leaving[entry.shard.tenantID] = Leaving(shard: entry.shard)
            }
            return oldest.map(\.shard)
        }
    }

    /// Closing a database syncs its log, so it happens on a database thread.
    private func release(_ shards: [Shard]) {
        guard !shards.isEmpty else { return }
        pools.database.submit { withExtendedLifetime(shards) {} }
    }

    private func markDamaged(_ id: TenantID, name: String, _ error: any Error) {
        let isNew = state.withLock { state in
            state.open[id] = nil
            return state.damaged.updateValue("\(error)", forKey: id) == nil
        }
        guard isNew else { return }
        logger.critical(
            "tenant is out of service: its database is damaged; restore it from a backup",
            metadata: ["tenant": "\(name)", "id": "\(id)", "file": "\(files.path(of: id))", "error": "\(error)"])
    }
}
