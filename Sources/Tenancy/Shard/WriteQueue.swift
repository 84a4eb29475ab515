import GRDB
import NIOCore
import Synchronization

/// Group commit: writes that arrive while another is being committed wait together and share the next commit, so a
/// busy shard pays for one `fsync` where a naive one pays for dozens (ARCHITECTURE, decision 3). One that throws undoes
/// only itself, and each is answered only after the commit.
final class WriteQueue: Sendable {
    struct Job: Sendable {
        /// Runs inside the transaction; may throw to undo this job alone. It runs once more where another job of its batch
        /// throws, after what it did has been undone: nothing but the database may remember that it ran.
        let run: @Sendable (TenantDatabase) throws -> Void
        /// Called once, after the commit (nil) or with what prevented it; on a thread of the pool, but where the queue is
        /// too long for it. Returns what tells whoever waits, which is called once too and must not block.
        let finish: @Sendable ((any Error)?) -> @Sendable () -> Void
        /// Whether `finish` takes so long (a signature) that several of them are worth several threads.
        var isFinishLong = false
        /// The loop on which whoever waits goes on and is told; nil where they are told at once.
        var eventLoop: (any EventLoop)?
    }

    /// What tells whoever waits, and the loop on which they are told.
    private typealias Telling = (eventLoop: (any EventLoop)?, run: @Sendable () -> Void)

    private struct State {
        var waiting: [Job] = []
        var isDraining = false
        /// How many of the next batches are run job by job, because a job threw lately.
        var careful = 0
    }

    /// How many jobs share a commit at most: a bound on how long the first of them waits for the last.
    private static let largestBatch = 128
    /// How many jobs may wait before the next one is refused: some seconds' worth of commits.
    private static let longestQueue = 10_000
    /// How many batches after one that had to be run twice are run job by job: who makes writes fail on purpose costs his
    /// tenant little.
    private static let carefulAfterFailure = 16

    /// How many signatures are made before the first of them is handed over: some two milliseconds' worth.
    private static let toldTogether = 8
    /// How many signatures a thread makes before the next commit begins: a bound on what a write waits for them.
    private static let gatheredWhile = 8
    private static let processors = max(1, System.coreCount)

    private let state = Mutex(State())
    private let database: DatabasePool
    private let pool: BoundedPool
    private let tenant: TenantID
    private let committing: @Sendable (WriteEffects) throws -> Void
    private let committed: @Sendable (WriteEffects) -> Void

    /// - Parameters:
    ///   - committing: told at the end of every transaction what it does beside its rows; a throw undoes it.
    ///   - committed: told the same after the commit, before anyone is answered and before the next transaction begins.
    init(
        database: DatabasePool, pool: BoundedPool, tenant: TenantID,
        committing: @escaping @Sendable (WriteEffects) throws -> Void,
        committed: @escaping @Sendable (WriteEffects) -> Void
    ) {
        self.database = database
        self.pool = pool
        self.tenant = tenant
        self.committing = committing
        self.committed = committed
    }

    func enqueue(_ job: Job) {
        let (isRefused, mustStart) = state.withLock { state in
            guard state.waiting.count < Self.longestQueue else { return (true, false) }
            state.waiting.append(job)
            defer { state.isDraining = true }
            return (false, !state.isDraining)
        }
        if isRefused { job.finish(BoundedPool.Full(pool: "writes of one tenant"))() }
        if mustStart { pool.submit(for: tenant) { self.drain() } }
    }

    /// One batch at a turn: a tenant that never stops writing shares the threads with all the others.
    private func drain() {
        let (batch, isCareful) = state.withLock { state in
            let batch = Array(state.waiting.prefix(Self.largestBatch))
            state.waiting.removeFirst(batch.count)
            guard batch.count > 1, state.careful > 0 else { return (batch, false) }
            state.careful -= 1
            return (batch, true)
        }
        let failures = commit(batch, isCareful: isCareful)
        answer(batch, failures)
    }

    /// Has the writes that came meanwhile committed, by whichever thread is free.
    private func goOn() {
        if hasMore() { pool.submit(for: tenant) { self.drain() } }
    }

    /// Whether somebody has to go on draining.
    private func hasMore() -> Bool {
        state.withLock { state in
            state.isDraining = !state.waiting.isEmpty
            return state.isDraining
        }
    }

    /// Quick answers first. The long ones are dealt out to as many threads as there are processors, this one among
    /// them: a single one changes no thread, and a thread more than that would only be switched to and from.
    ///
    /// While they keep the processors busy an early commit would make nobody faster, so writes gather for a larger
    /// one: a commit costs as much as a third of a signature, however many share it.
    private func answer(_ batch: [Job], _ failures: [(any Error)?]) {
        var long: [Job] = []
        var quick: [Telling] = []
        for (job, failure) in zip(batch, failures) {
            if job.isFinishLong && failure == nil {
                long.append(job)
            } else {
                quick.append((job.eventLoop, job.finish(failure)))
            }
        }
        Self.tell(quick)
        let strands = min(long.count, Self.processors)
        for strand in stride(from: strands - 1, to: 0, by: -1) {
            let share = stride(from: strand, to: long.count, by: strands).map { long[$0] }
            pool.submit(for: tenant) { Self.finish(share[...]) }
        }
        let own = stride(from: 0, to: long.count, by: max(1, strands)).map { long[$0] }
        Self.finish(own.prefix(Self.gatheredWhile))
        goOn()
        Self.finish(own.dropFirst(Self.gatheredWhile))
    }

    /// Makes signatures, and tells those who wait for them some at a time.
    private static func finish(_ jobs: ArraySlice<Job>) {
        for start in stride(from: jobs.startIndex, to: jobs.endIndex, by: toldTogether) {
            tell(jobs[start..<min(start + toldTogether, jobs.endIndex)].map { ($0.eventLoop, $0.finish(nil)) })
        }
    }

    /// Those of one event loop are told there, all at once. Told from here, the first would wake the loop, which takes this
    /// processor and sleeps again before the second is told.
    private static func tell(_ tellings: [Telling]) {
        var rest = tellings[...]
        while let first = rest.popFirst() {
            guard let eventLoop = first.eventLoop else {
                first.run()
                continue
            }
            let others = rest.filter { $0.eventLoop === eventLoop }.map(\.run)
            rest.removeAll { $0.eventLoop === eventLoop }
            eventLoop.execute {
                first.run()
                for run in others { run() }
            }
        }
    }

    /// Runs a batch in one transaction. Returns what went wrong with each job.
    private func commit(_ batch: [Job], isCareful: Bool) -> [(any Error)?] {
        var failures = [(any Error)?](repeating: nil, count: batch.count)
        do {
            let effects = try database.writeWithoutTransaction { db in
                if !isCareful {
                    do {
                        return try together(batch, db)
                    } catch let undone as Undone {
                        // Alone in its transaction a job has undone nobody else.
                        guard batch.count > 1 else { throw undone.cause }
                        state.withLock { $0.careful = Self.carefulAfterFailure }
                    }
                }
                return try apart(batch, db, &failures)
            }
            committed(effects)
        } catch {
            // The commit itself failed: nothing of the batch is durable, so everyone is told so.
            for position in batch.indices where failures[position] == nil { failures[position] = error }
        }
        return failures
    }

    /// One job threw, and with it the whole batch is undone.
    private struct Undone: Error {
        let cause: any Error
    }

    /// Runs the jobs one after the other, with nothing between them. A savepoint around each would have SQLite copy every
    /// page that is changed; hardly any job throws, so a batch in which one does is run twice instead.
    private func together(_ batch: [Job], _ db: Database) throws -> WriteEffects {
        let effects = WriteEffects()
        let sql = SQL(database: db, effects: effects)
        try db.inTransaction(.immediate) {
            do {
                for job in batch {
                    try job.run(TenantDatabase(sql: sql))
                    try sql.requireTransaction()
                }
            } catch {
                throw Undone(cause: error)
            }
            try committing(effects)
            return .commit
        }
        return effects
    }

    /// Runs each job in its own savepoint, so that one that throws undoes only itself.
    private func apart(_ batch: [Job], _ db: Database, _ failures: inout [(any Error)?]) throws -> WriteEffects {
        let all = WriteEffects()
        try db.inTransaction(.immediate) {
            var lastLogID: String?
            for (position, job) in batch.enumerated() {
                let effects = WriteEffects()
                effects.lastLogID = lastLogID
                defer { lastLogID = effects.lastLogID }
                let sql = SQL(database: db, effects: effects)
                do {
                    try Self.inSavepoint(sql) { try job.run(TenantDatabase(sql: sql)) }
                    all.add(effects)
                } catch {
                    failures[position] = error
                }
            }
            try committing(all)
            return .commit
        }
        return all
    }

    /// A savepoint by statements that stay prepared: GRDB's own is compiled anew each time.
    private static func inSavepoint(_ sql: SQL, _ body: () throws -> Void) throws {
        try sql.savepoint("SAVEPOINT one_write")
        do {
            try body()
        } catch {
            // Where SQLite has given up the whole transaction (a full disk), these fail, and what it said first counts.
            try? sql.savepoint("ROLLBACK TO one_write")
            try? sql.savepoint("RELEASE one_write")
            throw error
        }
        try sql.savepoint("RELEASE one_write")
    }
}
