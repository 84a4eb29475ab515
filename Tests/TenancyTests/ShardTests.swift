import Foundation
import GRDBSQLite
import NIOCore
import NIOPosix
import Synchronization
import TenantTesting
import Testing

@testable import Tenancy

@Suite("A shard keeps what it acknowledged, and only that")
struct ShardTests {
    struct Refusal: Error {}

    /// Holds up a write, and with it those that come after it, until it is opened. A write may run twice.
    private final class Gate: Sendable {
        private let isOpen = DispatchSemaphore(value: 0)

        func pass() {
            isOpen.wait()
            isOpen.signal()
        }

        func open() { isOpen.signal() }
    }

    /// How often what ran.
    private final class Runs: Sendable {
        private let state = Mutex<[String: Int]>([:])
        var counts: [String: Int] { state.withLock { $0 } }
        func note(_ name: String) { state.withLock { $0[name, default: 0] += 1 } }
    }

    @Test("L5 what is committed between two statements is seen where there is no snapshot, and only there")
    func latest() async throws {
        let fixture = try TenantFixture()
        let shard = try await fixture.shard("acme")
        /// How many users a read sees more when, after its first statement, one has been added.
        @Sendable func difference(in db: TenantDatabase) throws -> Int {
            let before = try db.sql.count("SELECT count(*) FROM users")
            let added = DispatchSemaphore(value: 0)
            let user = TenantFixture.user("\(before)@acme.test", at: shard.now)
            Task.detached {
                try await shard.write { try $0.users.insert(user, passwordHash: nil) }
                added.signal()
            }
            added.wait()
            return try db.sql.count("SELECT count(*) FROM users") - before
        }
        #expect(try await shard.readLatest { try difference(in: $0) } == 1)
        #expect(try await shard.read { try difference(in: $0) } == 0)
    }

    @Test("a commit is on the disk before it is acknowledged (synchronous = FULL)")
    func syncedCommits() async throws {
        let fixture = try TenantFixture()
        let shard = try await fixture.shard("acme")
        let level: Int? = try await shard.write { try $0.sql.row("PRAGMA synchronous")?[0] }
        #expect(level == 2)
        let mode: String? = try await shard.write { try $0.sql.row("PRAGMA journal_mode")?[0] }
        #expect(mode == "wal")
    }

    @Test("writes that share a commit fail alone")
    func groupCommit() async throws {
        let fixture = try TenantFixture()
        let shard = try await fixture.shard("acme")
        let outcomes = await withTaskGroup(of: (Int, Bool).self) { group in
            for number in 0..<200 {
                group.addTask {
                    let stored: Void? = try? await shard.write { db in
                        try db.users.insert(
                            TenantFixture.user("u\(number)@acme.test", at: shard.now), passwordHash: nil)
                        if number % 3 == 0 { throw Refusal() }
                    }
                    return (number, stored != nil)
                }
            }
            return await group.reduce(into: [Int: Bool]()) { $0[$1.0] = $1.1 }
        }
        for number in 0..<200 {
            let found = try await shard.read { try $0.users.find(email: "u\(number)@acme.test") }
            #expect(outcomes[number] == (number % 3 != 0))
            #expect(found.count == (number % 3 == 0 ? 0 : 1))
        }
    }

    @Test("a batch in which a write throws is run twice, the ones after it job by job, and each counts once")
    func batchRunTwice() async throws {
        let fixture = try TenantFixture()
        let shard = try await fixture.shard("acme")
        let runs = Runs()
        /// Three writes that share a commit, the second of which throws.
        @Sendable func batch(_ name: String) async -> [Int: String] {
            let gate = Gate()
            async let first: Void? = try? shard.write { _ in gate.pass() }
            let outcomes = await withTaskGroup(of: (Int, String).self) { group in
                for number in 0..<3 {
                    group.addTask {
                        let outcome = try? await shard.write { db in
                            runs.note("\(name)\(number)")
                            try db.sql.run("INSERT INTO settings (name, value) VALUES (?, 'x')", ["\(name)\(number)"])
                            if number == 1 { throw Refusal() }
                            return "stored \(number)"
                        }
                        return (number, outcome ?? "refused")
                    }
                }
                while shard.pools.database.pendingCount < 4 { try? await Task.sleep(for: .milliseconds(5)) }
                try? await Task.sleep(for: .milliseconds(50))
                gate.open()
                return await group.reduce(into: [:]) { $0[$1.0] = $1.1 }
            }
            _ = await first
            return outcomes
        }
        for name in ["a", "b"] { #expect(await batch(name) == [0: "stored 0", 1: "refused", 2: "stored 2"]) }
        let stored = try await shard.read { db in
            try db.sql.rows("SELECT name FROM settings WHERE value = 'x' ORDER BY name").map { $0[0] as String }
        }
        #expect(stored == ["a0", "a2", "b0", "b2"])
        let counts = runs.counts
        #expect(counts["a1"] == 2, "found out, and then refused alone")
        #expect(["b0", "b1", "b2"].allSatisfy { counts[$0] == 1 }, "one that threw lately makes the next ones careful")
    }

    @Test("the mark of what waits goes with the commit that found nothing, and stays where that was undone")
    func marks() async throws {
        let fixture = try TenantFixture()
        let shard = try await fixture.shard("acme")
        @Sendable func isMarked() -> Bool {
            FileManager.default.fileExists(atPath: "\(fixture.root)/tenants/waiting/\(shard.tenantID.value)")
        }
        try await shard.write { $0.sql.effects.touch(.outbox) }
        #expect(isMarked())
        try? await shard.write { db in
            db.sql.effects.findEmpty(.outbox)
            throw Refusal()
        }
        #expect(isMarked())
        try await shard.write { db in
            db.sql.effects.findEmpty(.outbox)
            // Of a later write that shares the commit.
            db.sql.effects.touch(.outbox)
        }
        #expect(isMarked())
        #expect(try await shard.nextMessageDue() == nil)
        #expect(!isMarked())
    }

    @Test(
        "a transaction that SQLite gives up takes its whole batch along, and no write after it is half there",
        arguments: [false, true])
    func abortedBatch(unseen: Bool) async throws {
        let fixture = try TenantFixture()
        let shard = try await fixture.shard("acme")
        let gate = Gate()
        async let first: Void? = try? shard.write { _ in gate.pass() }
        let outcomes = await withTaskGroup(of: Bool.self) { group in
            for number in 0..<3 {
                group.addTask {
                    let stored: Void? = try? await shard.write { db in
                        let user = TenantFixture.user("u\(number)@acme.test", at: shard.now)
                        try db.users.insert(user, passwordHash: nil)
                        // As SQLite does by itself when the disk is full.
                        guard number == 1 else { return }
                        // In a statement of GRDB's, or in one that is stepped by hand.
                        if unseen {
                            sqlite3_exec(db.sql.database.sqliteConnection, "ROLLBACK", nil, nil, nil)
                        } else {
                            try db.sql.run("ROLLBACK")
                        }
                    }
                    return stored != nil
                }
            }
            try? await Task.sleep(for: .milliseconds(200))
            gate.open()
            return await group.reduce(into: []) { $0.append($1) }
        }
        _ = await first
        let kept = try await shard.read { try $0.users.count(connection: nil) }
        #expect(kept == outcomes.count { $0 })
        #expect(try await shard.write { try $0.users.count(connection: nil) } == kept, "the shard goes on")
        await #expect(throws: (any Error).self, "alone in its batch") {
            try await shard.write { db in
                sqlite3_exec(db.sql.database.sqliteConnection, "ROLLBACK", nil, nil, nil)
                try db.sql.insert("INSERT INTO settings (name, value) VALUES (?, ?)", .text("late"), .text("x"))
            }
        }
        #expect(try await shard.write { try $0.sql.count("SELECT count(*) FROM settings WHERE name = 'late'") } == 0)
    }

    @Test("whoever waits for a commit is told once, and goes on where they were")
    func tellings() async throws {
        let fixture = try TenantFixture()
        let shard = try await fixture.shard("acme")
        let loops = MultiThreadedEventLoopGroup(numberOfThreads: 2)
        let gate = Gate()
        async let first: Void = shard.write { _ in gate.pass() }
        let told = await withTaskGroup(of: String.self) { group in
            for number in 0..<60 {
                let loop = number % 3 == 0 ? nil : loops.next()
                group.addTask(executorPreference: loop.map(LoopExecutor.init)) {
                    let outcome: Result<Int, any Error>
                    do {
                        if number % 2 == 0 {
                            outcome = .success(
                                try await shard.write { _ in
                                    number
                                } then: {
                                    if number % 5 == 0 { throw Refusal() } else { $0 }
                                })
                        } else {
                            outcome = .success(
                                try await shard.write { _ in if number % 5 == 0 { throw Refusal() } else { number } })
                        }
                    } catch {
                        outcome = .failure(error)
                    }
                    if let loop, !loop.inEventLoop { return "\(number) is elsewhere" }
                    switch outcome {
                    case .success(number) where number % 5 != 0: return "good"
                    case .failure(is Refusal) where number % 5 == 0: return "refused"
                    default: return "\(number) got \(outcome)"
                    }
                }
            }
            try? await Task.sleep(for: .milliseconds(200))
            gate.open()
            return await group.reduce(into: [String: Int]()) { $0[$1, default: 0] += 1 }
        }
        try await first
        #expect(told == ["good": 48, "refused": 12])
        try await loops.shutdownGracefully()
    }

    /// Keeps a task on an event loop, as the gateway does.
    private final class LoopExecutor: TaskExecutor {
        private let loop: any EventLoop
        init(_ loop: any EventLoop) { self.loop = loop }

        func enqueue(_ job: consuming ExecutorJob) {
            let job = UnownedJob(job)
            loop.execute { job.runSynchronously(on: self.asUnownedTaskExecutor()) }
        }
    }

    @Test("a tenant that never stops writing leaves the threads to others between its commits")
    func fairness() async throws {
        let fixture = try TenantFixture()
        let tenant = try await fixture.tenant("acme")
        let pool = BoundedPool(name: "one thread", threads: 1, queue: 10)
        let queue = WriteQueue(
            database: try fixture.shards.files.open(tenant.id).0, pool: pool, tenant: tenant.id,
            committing: { _ in }, committed: { _ in })
        let writer = EndlessWriter(queue)
        writer.write()
        let seen = try await pool.run { writer.rounds.load(ordering: .relaxed) }
        writer.stop()
        await pool.shutdown()
        #expect(seen < EndlessWriter.end)
    }

    @Test("H7 a NUL does not cut a key short")
    func keysWithNUL() async throws {
        let fixture = try TenantFixture()
        let shard = try await fixture.shard("acme")
        let app = try #require(try await shard.read { try $0.clients.all() }.first)
        #expect(try await shard.client(app.clientID + "\0x") == nil)
        #expect(try await shard.connection(named: Connection.defaultDatabaseName + "\0") == nil)
        #expect(try await shard.resourceServer(identifier: ResourceServer.systemIdentifier + "\0") == nil)
    }

    @Test("M14 of twenty users with one e-mail address exactly one is made")
    func uniqueRace() async throws {
        let fixture = try TenantFixture()
        let shard = try await fixture.shard("acme")
        let made = await withTaskGroup(of: Bool.self) { group in
            for _ in 0..<20 {
                group.addTask {
                    let user = TenantFixture.user("jane@acme.test", at: shard.now)
                    let stored: Void? = try? await shard.write { try $0.users.insert(user, passwordHash: "x") }
                    return stored != nil
                }
            }
            return await group.reduce(0) { $0 + ($1 ? 1 : 0) }
        }
        #expect(made == 1)
        #expect(try await shard.read { try $0.users.count(connection: nil) } == 1)
    }

    @Test("a hot read model is never older than the last answered write")
    func readModels() async throws {
        let fixture = try TenantFixture()
        let shard = try await fixture.shard("acme")
        let clients = try await shard.read { try $0.clients.all() }
        let app = try #require(clients.first { $0.name == "Default App" })
        for round in 0..<50 {
            var document = try #require(try await shard.client(app.clientID)).document
            document["name"] = .string("Round \(round)")
            let changed = app.replacing(document: document)
            try await shard.write { try $0.clients.update(changed) }
            #expect(try await shard.client(app.clientID)?.name == "Round \(round)")
        }
    }

    @Test("a new tenant has its default objects (spec 01 §5)")
    func defaults() async throws {
        let fixture = try TenantFixture()
        let shard = try await fixture.shard("acme", region: "eu")
        let clients = try await shard.read { try $0.clients.all() }
        #expect(clients.filter { !$0.isGlobal }.map(\.name) == ["Default App"])
        #expect(clients.filter(\.isGlobal).map(\.name) == ["All Applications"])
        let connection = try #require(try await shard.connection(named: "Username-Password-Authentication"))
        #expect(connection.isEnabled(for: clients.first { !$0.isGlobal }?.clientID ?? ""))
        #expect(try await shard.resourceServer(identifier: ResourceServer.systemIdentifier)?.isSystem == true)
        let key = try await shard.signingKeys().current
        #expect(key.certificate.subjectCommonName == "acme.eu.auth0.com")
        #expect(key.kid.count == 54)
    }

    @Test("with more shards than the bound, the rest are reopened on use and lose nothing")
    func leastRecentlyUsed() async throws {
        let fixture = try TenantFixture(capacity: 4)
        var tenants: [Tenant] = []
        for number in 0..<12 { tenants.append(try await fixture.tenant("tenant-\(number)")) }
        for round in 0..<3 {
            for tenant in tenants {
                let shard = try await fixture.shards.shard(for: tenant)
                let user = TenantFixture.user("r\(round)@acme.test", at: shard.now)
                try await shard.write { try $0.users.insert(user, passwordHash: nil) }
                #expect(fixture.shards.openCount <= 4)
            }
        }
        for tenant in tenants {
            let shard = try await fixture.shards.shard(for: tenant)
            #expect(try await shard.read { try $0.users.count(connection: nil) } == 3)
        }
    }

    @Test("a damaged file takes its tenant out of service, and no other")
    func damage() async throws {
        let fixture = try TenantFixture()
        let broken = try await fixture.tenant("broken")
        let whole = try await fixture.tenant("whole")
        try Data(repeating: 0x5a, count: 40_000).write(to: URL(fileURLWithPath: fixture.file(of: broken)))
        for _ in 0..<2 {
            await #expect(throws: ShardError.self) { try await fixture.shards.shard(for: broken) }
        }
        #expect(fixture.shards.damagedTenants.keys.map { $0 } == [broken.id])
        let shard = try await fixture.shards.shard(for: whole)
        #expect(try await shard.signingKeys().published.count == 1)
    }
}

/// Asks for the next write when one has ended.
private final class EndlessWriter: Sendable {
    static let end = 20_000
    let rounds = Atomic(0)
    private let queue: WriteQueue

    init(_ queue: WriteQueue) { self.queue = queue }

    func write() {
        queue.enqueue(
            WriteQueue.Job(
                run: { _ in },
                finish: { [self] _ in
                    { [self] in if rounds.add(1, ordering: .relaxed).newValue < Self.end { write() } }
                }))
    }

    func stop() { rounds.store(Self.end, ordering: .relaxed) }
}
