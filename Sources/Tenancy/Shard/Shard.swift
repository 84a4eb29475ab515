import GRDB
import NIOPosix
import Synchronization

/// What goes wrong with a shard as a whole.
public enum ShardError: Error, Sendable {
    /// The file cannot be read as this tenant's database; the tenant is out of service until it is restored.
    case damaged(TenantID, reason: String)
    case missing(TenantID)
}

/// One tenant's open database with its hot read models. A handle is only ever handed out together with the tenant
/// it belongs to (ARCHITECTURE, decision 9).
public final class Shard: Sendable {
    public let tenantID: TenantID
    /// The account name, as in `tenant` fields of the contract.
    public let tenantName: String
    /// Chosen once, like the name.
    public let deployment: Deployment
    public let pools: WorkPools
    public let clock: Clock
    /// Ready-made answers for everyone, served before any `async` hop.
    public let edgeAnswers = EdgeAnswers()
    /// Logins under way, so that a burst of them stays within the shields' limits.
    public let attemptGate = AttemptGate()
    public let loginRate = LoginRate()
    /// How often callers called lately. In memory: it is about minutes, and a restart forgives.
    public let rateLimiter = RateLimiter()

    let logCensus = LogCensus()
    private let database: DatabasePool
    private let writes: WriteQueue
    let models: ReadModels
    private let reportDamage: @Sendable (TenantID, any Error) -> Void
    private let sweptAt = Mutex(Timestamp(milliseconds: 0))

    init(
        tenant: Tenant, database: DatabasePool, keys: SigningKeys?, pools: WorkPools, clock: Clock,
        outboxSignal: TenantSignal, logoutSignal: TenantSignal, streamSignal: TenantSignal,
        reportDamage: @escaping @Sendable (TenantID, any Error) -> Void
    ) {
        self.tenantID = tenant.id
        self.tenantName = tenant.name
        self.deployment = tenant.deployment
        self.pools = pools
        self.clock = clock
        self.database = database
        self.reportDamage = reportDamage
        let models = ReadModels()
        let edge = edgeAnswers
        if let keys { models.signingKeys.begin(0, with: keys) }
        self.models = models
        self.writes = WriteQueue(
            database: database, pool: pools.database, tenant: tenant.id,
            committing: { effects in
                if effects.stale.contains(.outbox) { try outboxSignal.mark(tenant.id) }
                if effects.stale.contains(.logoutNotices) { try logoutSignal.mark(tenant.id) }
                if effects.stale.contains(.logStreams) { try streamSignal.mark(tenant.id) }
            },
            committed: { effects in
                let (stale, emptied) = (effects.stale, effects.emptied)
                models.drop(stale)
                if stale.contains(.signingKeys) || stale.contains(.settings) { edge.drop() }
                if stale.contains(.outbox) { outboxSignal.fire(tenant.id) }
                if stale.contains(.logoutNotices) { logoutSignal.fire(tenant.id) }
                if stale.contains(.logStreams) {
                    streamSignal.fire(tenant.id)
                } else if stale.contains(.logs) {
                    streamSignal.fireIfMarked(tenant.id)
                }
                if emptied.contains(.outbox) { outboxSignal.clear(tenant.id) }
                if emptied.contains(.logoutNotices) { logoutSignal.clear(tenant.id) }
                if emptied.contains(.logStreams) { streamSignal.clear(tenant.id) }
            })
    }

    public var now: Timestamp { clock.now }

    // MARK: Transactions

    /// Reads in one snapshot, off the event loops.
    public func read<Value: Sendable>(
        _ body: @escaping @Sendable (TenantDatabase) throws -> Value
    ) async throws -> Value {
        try await reading(by: { try $0.read($1) }, body: body)
    }

    /// Reads without a snapshot: each statement sees what is committed when it begins. For a body that reads, does something
    /// in memory, and then has to see what others have committed meanwhile.
    public func readLatest<Value: Sendable>(
        _ body: @escaping @Sendable (TenantDatabase) throws -> Value
    ) async throws -> Value {
        try await reading(by: { try $0.unsafeRead($1) }, body: body)
    }

    /// - Parameter way: how a connection that reads is come by.
    private func reading<Value: Sendable>(
        by way: @escaping @Sendable (DatabasePool, (Database) throws -> Value) throws -> Value,
        body: @escaping @Sendable (TenantDatabase) throws -> Value
    ) async throws -> Value {
        do {
            return try await pools.database.run(for: tenantID) { [database] in
                try way(database) { try body(TenantDatabase(sql: SQL(database: $0, effects: WriteEffects()))) }
            }
        } catch {
            throw noting(error)
        }
    }

    /// Reads what may mean looking at all there is: on threads of its own, and for so long and no longer. Throws
    /// ``SearchTimeout``.
    public func search<Value: Sendable>(
        within limit: Duration = SearchTimeout.ofQueries, _ body: @escaping @Sendable (TenantDatabase) throws -> Value
    ) async throws -> Value {
        do {
            return try await pools.searching.run(for: tenantID) { [database] in
                try database.read { db in
                    // What one statement has found of the index serves the next.
                    try db.execute(sql: "PRAGMA cache_size = -1024")
                    defer { try? db.execute(sql: "PRAGMA cache_size = \(ShardFiles.pageCache)") }
                    return try SearchTimeout.interrupting(db, after: limit) {
                        try body(TenantDatabase(sql: SQL(database: db, effects: WriteEffects())))
                    }
                }
            }
        } catch {
            throw noting(error)
        }
    }

    /// Writes in one transaction, shared with the writes that arrive meanwhile. Returns after the commit, so what
    /// is answered from here survives `kill -9`. A throw undoes this write and nothing else.
    public func write<Value: Sendable>(
        _ body: @escaping @Sendable (TenantDatabase) throws -> Value
    ) async throws -> Value {
        try await write(isFinishLong: false, body) { $0 }
    }

    /// ``write(_:)``, and then work that needs what was committed, such as signing a token: it runs on a thread of the
    /// pool, where it can on the one that committed, because each change of thread costs as much as a small query.
    public func write<Value: Sendable, Result: Sendable>(
        _ body: @escaping @Sendable (TenantDatabase) throws -> Value,
        then finish: @escaping @Sendable (Value) throws -> Result
    ) async throws -> Result {
        try await write(isFinishLong: true, body, finish)
    }

    // The continuation is unsafe, which is to say unchecked: the queue calls `finish`, and what that returns, exactly once.
    private func write<Value: Sendable, Result: Sendable>(
        isFinishLong: Bool, _ body: @escaping @Sendable (TenantDatabase) throws -> Value,
        _ finish: @escaping @Sendable (Value) throws -> Result
    ) async throws -> Result {
        let outcome = Outcome<Value>()
        sweepIfDue()
        do {
            return try await pools.database.counting(for: tenantID) {
                try await withUnsafeThrowingContinuation { continuation in
                    let job = WriteQueue.Job(
                        run: { outcome.set(try body($0)) },
                        finish: { failure in
                            if let failure { return { continuation.resume(throwing: failure) } }
                            guard let value = outcome.value else { return {} }
                            let result = Swift.Result { try finish(value) }
                            return { continuation.resume(with: result) }
                        },
                        isFinishLong: isFinishLong, eventLoop: MultiThreadedEventLoopGroup.currentEventLoop)
                    writes.enqueue(job)
                }
            }
        } catch {
            throw noting(error)
        }
    }

    /// Once an hour, and only in a shard that is being written anyway, forgets what has ended by time: an idle
    /// tenant costs nothing. What one transaction may not hold follows in the next ones, between everybody's writes.
    private func sweepIfDue() {
        let now = now
        let isDue = sweptAt.withLock { sweptAt in
            guard now > sweptAt.adding(seconds: 3600) else { return false }
            sweptAt = now
            return true
        }
        guard isDue else { return }
        sweep(at: now)
        expireLogs(at: now)
    }

    /// A sweep that fails is tried again in an hour; no request depends on it.
    private func sweep(at now: Timestamp) {
        let hasMore = Outcome<Bool>()
        writes.enqueue(
            WriteQueue.Job(
                run: { hasMore.set(try $0.sweep(at: now)) },
                finish: { [weak self] failure in
                    { [weak self] in if failure == nil, hasMore.value == true { self?.sweep(at: now) } }
                }))
    }

    /// Deletes expired events slice by slice: between two slices others write.
    private func expireLogs(at now: Timestamp) {
        let hasMore = Outcome<Bool>()
        writes.enqueue(
            WriteQueue.Job(
                run: { hasMore.set(try $0.logs.deleteExpired(at: now)) },
                finish: { [weak self] failure in
                    { [weak self] in if failure == nil, hasMore.value == true { self?.expireLogs(at: now) } }
                }))
    }

    /// Gives back the pages, the database's and those for browsers, that only a busy tenant is the faster for: an idle one
    /// costs nothing.
    func rest() async throws {
        models.appearance.kept(0)?.preparedPages.drop()
        try await pools.database.run(for: tenantID) { [database] in
            try database.writeWithoutTransaction { try $0.execute(sql: "PRAGMA shrink_memory") }
        }
    }

    // MARK: Whole-file operations

    /// Writes a consistent copy of the running shard to a new file.
    func copy(to path: String) async throws {
        try await pools.database.run(for: tenantID) { [database] in
            let target = try DatabaseQueue(path: path)
            try database.backup(to: target)
            try target.close()
        }
    }

    /// Replaces everything by the content of another database file, in one transaction.
    func replaceContent(by path: String) async throws {
        try await pools.database.run(for: tenantID) { [database] in
            let source = try DatabaseQueue(path: path)
            try source.backup(to: database)
            try source.close()
        }
        models.drop(Set(ReadModel.allCases))
        edgeAnswers.drop()
        logCensus.drop()
    }

    /// SQLite found the file damaged: tell the pool, which takes this tenant, and no other, out of service.
    private func noting(_ error: any Error) -> any Error {
        guard let error = error as? DatabaseError, error.isDamage else { return error }
        reportDamage(tenantID, error)
        return ShardError.damaged(tenantID, reason: error.message ?? "\(error.resultCode)")
    }
}

extension DatabaseError {
    var isDamage: Bool { resultCode == .SQLITE_CORRUPT || resultCode == .SQLITE_NOTADB }
}

/// Carries a value out of a job.
private final class Outcome<Value: Sendable>: Sendable {
    private let stored = Mutex<Value?>(nil)
    var value: Value? { stored.withLock { $0 } }
    func set(_ value: Value) { stored.withLock { $0 = value } }
}
