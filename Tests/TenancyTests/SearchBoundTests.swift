import Dispatch
import GRDB
import StrictJSON
import Synchronization
import TenantTesting
import Testing

@testable import Tenancy

@Suite("Searches have bounds")
struct SearchBoundTests {
    @Test("one that takes too long is stopped, and the next one is none the worse")
    func timeout() async throws {
        let fixture = try TenantFixture()
        let shard = try await fixture.shard("acme")
        // Each look goes through all there is: a thousand users are looked at a thousand times.
        let users = (0..<1_000).map { TenantFixture.user("u\($0)@x.example", at: shard.now) }
        try await shard.write { db in for user in users { try db.users.insert(user, passwordHash: nil) } }
        let endless = "SELECT count(*) FROM users a, users b, users c WHERE a.email || b.email < c.email || a.email"
        await #expect(throws: SearchTimeout.self) {
            _ = try await shard.search(within: .milliseconds(50)) { try $0.sql.countOnce(endless, []) }
        }
        #expect(try await shard.search { try $0.users.count(UserListing()) } == 1_000)
        // The handles are shared with everybody else.
        for _ in 0..<6 {
            #expect(
                try await shard.read { try $0.sql.countOnce("SELECT count(*) FROM users a, users b", []) } == 1_000_000)
        }
    }

    @Test(
        "a listing in an order that no index has is stopped as well",
        arguments: ["last_login", "updated_at", "logins_count", "last_ip", "name", "user_metadata.rank"])
    func unindexedOrder(field: String) async throws {
        let fixture = try TenantFixture()
        let shard = try await fixture.shard("acme")
        let users = (0..<5_000).map { TenantFixture.user("u\($0)@x.example", at: shard.now) }
        try await shard.write { db in for user in users { try db.users.insert(user, passwordHash: nil) } }
        let listing = UserListing(sort: UserSort(by: field, isAscending: true))
        await #expect(throws: SearchTimeout.self) {
            _ = try await shard.search(within: .zero) { try $0.users.page(listing, offset: 0, limit: 50) }
        }
        #expect(try await shard.search { try $0.users.page(listing, offset: 0, limit: 50) }.count == 50)
    }

    @Test("a phrase of thousands of letters is not taken apart for every event that is looked at")
    func longPhrase() async throws {
        let fixture = try TenantFixture()
        let shard = try await fixture.shard("acme")
        try await shard.write { db in
            for number in 0..<5_000 {
                var event = LogEvent(.successLogout, at: shard.now)
                event.description = "caf\u{E9} \(number)"
                try db.logs.append(event)
            }
        }
        func found(_ text: String) async throws -> Int {
            let filter = LogFilter(search: try LogSearch(parsing: text))
            return try await shard.search(within: .seconds(60)) { try $0.logs.count(filter) }
        }
        let began = ContinuousClock.now
        #expect(try await found("4711") == 1)
        let short = ContinuousClock.now - began
        let again = ContinuousClock.now
        #expect(try await found(String(repeating: "0", count: 4_096)) == 0)
        let long = ContinuousClock.now - again
        #expect(long < short * 3 + .milliseconds(200), "\(short) for a short phrase, \(long) for a long one")
        // Neither is a pattern, nor a word that may differ.
        for endless in [
            String(repeating: "0", count: 4_095) + "*", String(repeating: "?", count: 4_096),
            String(repeating: "0*", count: 2_048), String(repeating: "0", count: 4_094) + "~2",
        ] {
            let began = ContinuousClock.now
            #expect(try await found(endless) == 0)
            let taken = ContinuousClock.now - began
            #expect(
                taken < short * 6 + .milliseconds(400), "\(short) for a short phrase, \(taken) for \(endless.prefix(4))"
            )
        }
        #expect(try await found("471?") == 10)
        #expect(try await found("caf\u{E9}*") == 5_000)
        #expect(try await found("c" + String(repeating: "*", count: 4_000)) == 5_000)
        // Letters and their accents apart are the same words.
        #expect(try await found("\"cafe\u{301} 4711\"") == 1)
    }

    /// How much is being done at once.
    private final class Working: Sendable {
        private let state = Mutex((now: 0, most: 0, done: 0))
        var counts: (now: Int, most: Int, done: Int) { state.withLock { $0 } }

        func begin() {
            state.withLock {
                $0.now += 1
                $0.most = max($0.most, $0.now)
            }
        }

        func end() {
            state.withLock {
                $0.now -= 1
                $0.done += 1
            }
        }
    }

    @Test("however many a tenant has waiting, a thread is left for the next tenant's")
    func threadsOfOne() async throws {
        let pool = BoundedPool(name: "searching", threads: 3, queue: 100, threadsOfOne: 2)
        let gate = DispatchSemaphore(value: 0)
        let working = Working()
        let flood = (0..<20).map { _ in
            Task {
                try await pool.run(for: TenantID("flood")) {
                    working.begin()
                    gate.wait()
                    gate.signal()
                    working.end()
                }
            }
        }
        while working.counts.now < 2 || pool.pendingCount < 20 { try await Task.sleep(for: .milliseconds(2)) }
        #expect(try await pool.run(for: TenantID("other")) { true })
        #expect(try await pool.run { true }, "nor is the house kept waiting")
        gate.signal()
        for task in flood { try await task.value }
        #expect(working.counts.most == 2)
        #expect(working.counts.done == 20, "and everybody has a turn in the end")
        await pool.shutdown()
    }

    @Test("a log's length is right whatever comes and goes in between")
    func census() async throws {
        let fixture = try TenantFixture()
        let shard = try await fixture.shard("acme")
        @Sendable func add(_ count: Int) async throws {
            try await shard.write { db in
                for _ in 0..<count { try db.logs.append(LogEvent(.successLogin, at: shard.now)) }
            }
        }
        func agrees(_ wanted: Int) async throws {
            let counts = try await shard.read { (try shard.count(LogFilter(), in: $0), try $0.logs.count()) }
            #expect(counts == (wanted, wanted))
        }
        let before = try await shard.read { try $0.logs.count() }
        try await agrees(before)
        try await add(5)
        try await agrees(before + 5)
        try await agrees(before + 5)
        fixture.time.advance(seconds: 31 * 86_400)
        try await add(3)
        while try await shard.write({ try $0.logs.deleteExpired(at: shard.now) }) {}
        try await agrees(3)
        try await add(1)
        try await agrees(4)
        let typed = try await shard.read { try shard.count(LogFilter(type: "f"), in: $0) }
        #expect(typed == 0)
    }

    @Test("ids of database users are in order of time")
    func ids() {
        let moment = Timestamp(milliseconds: 1_700_000_000_123)
        let id = User.newDatabaseID(at: moment)
        #expect(id.count == 24 && id.allSatisfy { $0.isHexDigit && !$0.isUppercase })
        #expect(id.hasPrefix("6553f100007b"))
        #expect(id < User.newDatabaseID(at: moment.adding(seconds: 1)))
        #expect(Set((0..<1_000).map { _ in User.newDatabaseID(at: moment) }).count == 1_000)
    }

    @Test("ids of sessions and token families begin with their moment, and cannot be guessed from it")
    func otherIDs() {
        let moment = Timestamp(milliseconds: 1_700_000_000_123)
        for (make, alphabet, length, begin) in [
            ({ Session.newID(at: moment) }, #/[A-Za-z0-9_-]+/#, 32, "ZVPxAAB7"),
            ({ TokenFamily.newID(at: moment) }, #/[0-9a-f]+/#, 32, "6553f100007b"),
        ] {
            let ids = (0..<1_000).map { _ in make() }
            #expect(ids.allSatisfy { $0.count == length && $0.hasPrefix(begin) && $0.wholeMatch(of: alphabet) != nil })
            #expect(Set(ids.map { $0.dropFirst(begin.count) }).count == 1_000)
        }
    }

    /// Before there were runs, and before each user had a list.
    @Test(
        "a shard of a form before is brought to the present one, and finds whom it found",
        arguments: ["organizations of client grants", "organization prompts"])
    func migration(from form: String) async throws {
        let database = try DatabaseQueue()
        try ShardSchema.migrator.migrate(database, upTo: form)
        let user = User(
            userID: "auth0|old", connection: "c",
            document: ["email": "o@x.example", "app_metadata": ["plan": "gold", "sizes": [1, 2]]],
            createdAt: Timestamp(seconds: 1), updatedAt: Timestamp(seconds: 1))
        try await database.write { db in
            try db.execute(
                sql: """
                    INSERT INTO users (user_id, connection, email, blocked, document, logins_count, created_at, updated_at)
                    VALUES (?, 'c', 'o@x.example', 0, ?, 0, 1000, 1000)
                    """, arguments: [user.userID, JSON.object(user.document).text()])
            guard form == "organization prompts" else { return }
            // What changed stood in another run than the rest.
            try db.execute(sql: "INSERT INTO user_term_runs (id, users) VALUES (1, 0)")
            for (number, row) in UserTerms(user.document).rows.enumerated() {
                try db.execute(
                    sql: "INSERT INTO user_terms (user_id, field, value, run) VALUES (?, ?, ?, ?)",
                    arguments: [user.userID, row.field, row.value, number % 2])
            }
        }
        try ShardSchema.migrator.migrate(database)
        try await database.read { db in
            let store = UserStore(sql: SQL(database: db, effects: WriteEffects()))
            for text in ["app_metadata.plan:gold", "app_metadata.sizes:[1 TO 5]"] {
                let listing = UserListing(search: try UserSearch(parsing: text, engine: .v3))
                #expect(try store.page(listing, offset: 0, limit: 10).map(\.userID) == [user.userID])
                #expect(try store.count(listing) == 1)
            }
            #expect(try store.indexIsWhole())
        }
    }

    @Test("what is in the index of a user ends with the user, by whatever way they go, and changes with the user")
    func endOfTerms() async throws {
        let fixture = try TenantFixture()
        let shard = try await fixture.shard("acme")
        let names = ["plain", "a.b", "quo\"te", "back\\slash", "\u{1}mark", "\u{1F600}", "%", ""]
        let users = (0..<6).map { number in
            let user = TenantFixture.user("u\(number)@x.example", at: shard.now)
            var document = user.document
            document["user_metadata"] = .object(
                JSONObject(names.map { ($0, .array([.string("v\"\(number)\u{301}"), .int(number), "two words"])) }))
            return user.replacing(document: document, updatedAt: shard.now)
        }
        func isWhole() async throws -> Bool { try await shard.read { try $0.users.indexIsWhole() } }
        func terms() async throws -> Int {
            try await shard.read { try $0.sql.count("SELECT count(*) FROM user_terms") }
        }
        try await shard.write { db in for user in users { try db.users.insert(user, passwordHash: "hash") } }
        let all = try await terms()
        #expect(all > 100)
        #expect(try await isWhole())
        try await shard.write { db in
            var document = users[0].document
            document["user_metadata"] = ["quo\"te": "other"]
            try db.users.update(users[0].replacing(document: document, updatedAt: shard.now))
            _ = try db.users.delete(users[1].userID)
        }
        #expect(try await terms() < all)
        #expect(try await isWhole())
        let connection = try #require(try await shard.connection(named: users[0].connection))
        _ = try await shard.write { try $0.connections.delete(connection.id) }
        #expect(try await terms() == 0)
    }

    @Test("two spellings of a letter are two values: none is left behind, and none denies anybody their place")
    func spellings() async throws {
        let fixture = try TenantFixture()
        let shard = try await fixture.shard("acme")
        let (composed, decomposed) = ("Jos\u{E9}", "Jose\u{301}")
        let user = TenantFixture.user("jose@x.example", at: shard.now)
        func document(_ name: String) -> JSONObject {
            var document = user.document
            document["name"] = .string(name)
            document["user_metadata"] = [
                "both": [.string(composed), .string(decomposed)],
                "fields": [["\u{E9}": "1"], ["e\u{301}": "2"]],
            ]
            return document
        }
        func become(_ name: String) async throws {
            let changed = user.replacing(document: document(name), updatedAt: shard.now)
            try await shard.write { try $0.users.update(changed) }
            #expect(try await shard.read { try $0.users.indexIsWhole() }, "\(Array(name.unicodeScalars))")
        }
        let first = user.replacing(document: document(composed), updatedAt: shard.now)
        try await shard.write { try $0.users.insert(first, passwordHash: nil) }
        #expect(try await shard.read { try $0.users.indexIsWhole() })
        for name in [decomposed, "Bob", composed] { try await become(name) }
        try await become(decomposed)
        _ = try await shard.write { try $0.users.delete(user.userID) }
        #expect(try await shard.read { try $0.sql.count("SELECT count(*) FROM user_terms") } == 0)
        try await shard.write { try $0.users.insert(first, passwordHash: nil) }
        #expect(try await shard.read { try $0.users.indexIsWhole() })
    }

    @Test("however long names in a profile are, the profile can be changed, and its user blocked")
    func longNames() async throws {
        let fixture = try TenantFixture()
        let shard = try await fixture.shard("acme")
        let user = TenantFixture.user("jane@x.example", at: shard.now)
        var document = user.document
        let long = String(repeating: "n", count: 2_100)
        document["user_metadata"] = [long: [long: .string("x")], "short": "y"]
        document["app_metadata"] = [String(repeating: "\u{1F600}", count: 1_024): "z"]
        let odd = user.replacing(document: document, updatedAt: shard.now)
        try await shard.write { try $0.users.insert(odd, passwordHash: nil) }
        document["blocked"] = true
        document["user_metadata"] = ["short": "z"]
        let blocked = user.replacing(document: document, updatedAt: shard.now)
        try await shard.write { try $0.users.update(blocked) }
        #expect(try await shard.read { try $0.users.find(user.userID) }?.isBlocked == true)
        #expect(try await shard.read { try $0.users.indexIsWhole() })
        let listing = UserListing(search: try UserSearch(parsing: "user_metadata.short:z", engine: .v3))
        #expect(try await shard.read { try $0.users.count(listing) } == 1)
    }
}
