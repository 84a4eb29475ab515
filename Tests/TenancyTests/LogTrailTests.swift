import StrictJSON
import TenantTesting
import Testing

@testable import Tenancy

@Suite("The audit trail")
struct LogTrailTests {
    @Test("checkpoints under concurrent writes: no event is lost and none comes twice", arguments: 0..<4)
    func checkpoints(seed: Int) async throws {
        let fixture = try TenantFixture()
        let shard = try await fixture.shard("acme")
        let before = try await shard.read { try $0.logs.lastID() }
        let (writers, each) = (8, 40)
        var random = SystemRandomNumberGenerator()
        // How many events a reader takes at a time, as callers of the API differ.
        let takes = [1, 100] + (0..<3).map { _ in Int.random(in: 2...99, using: &random) }
        var expected: Set<String> = []
        for writer in 0..<writers { for number in 0..<each { expected.insert("\(writer)/\(number)") } }
        let wanted = expected
        let read = try await withThrowingTaskGroup(of: (take: Int, seen: [String])?.self) { group in
            for writer in 0..<writers {
                group.addTask {
                    for number in 0..<each {
                        // Some requests began long before they commit, some undo what they wrote.
                        let date = shard.now.adding(seconds: -Int64.random(in: 0...7))
                        let isUndone = Int.random(in: 0..<5) == 0
                        if isUndone {
                            await #expect(throws: CancellationError.self) {
                                try await shard.write { db in
                                    try db.logs.append(LogEvent(.failedLogin, at: date))
                                    throw CancellationError()
                                }
                            }
                        }
                        try await shard.write { db in
                            var event = LogEvent(.successLogin, at: date)
                            event.description = "\(writer)/\(number)"
                            try db.logs.append(event)
                        }
                        if number % 10 == 0 { fixture.time.advance(seconds: 1) }
                    }
                    return nil
                }
            }
            for take in takes {
                group.addTask {
                    var seen: [String] = []
                    var last = before
                    let begin = ContinuousClock.now
                    while seen.count < wanted.count, begin.duration(to: .now) < .seconds(600) {
                        let from = last
                        let events = try await shard.read {
                            try $0.logs.portion(newestFirst: false, behind: from, atMost: take).all(in: $0)
                        }
                        seen += events.map { $0["description"]?.string ?? "an event that was undone" }
                        last = events.last?["log_id"]?.string ?? last
                    }
                    return (take, seen)
                }
            }
            var read: [(take: Int, seen: [String])] = []
            for try await part in group { if let part { read.append(part) } }
            return read
        }
        #expect(read.count == takes.count)
        for (take, seen) in read {
            #expect(seen.count == wanted.count, "take \(take): one came twice, or one is lost")
            #expect(Set(seen) == wanted, "take \(take)")
        }
        // They have all seen the same order.
        #expect(Set(read.map(\.seen)).count == 1)
    }

    @Test("ids only grow, whatever the clock does")
    func ids() {
        let now = Timestamp(seconds: 1_700_000_000)
        var last: String?
        for offset in [0, 0, -5, -5, 3, 3, 2, 0] as [Int64] {
            let id = LogID.next(at: now.adding(seconds: offset), after: last)
            #expect(id.count == 56 && id.hasPrefix("900") && id > last ?? "")
            last = id
        }
        // All nines are counted on with what stands before them.
        let full = "900" + now.compact + "00" + String(repeating: "9", count: 16) + String(repeating: "7", count: 18)
        let next = LogID.next(at: now, after: full)
        #expect(next.count == 56 && next.hasPrefix("900" + now.compact + "01" + String(repeating: "0", count: 16)))
    }

    @Test("an event has the fields of the sample, and leaves out what is not there (R38)")
    func sample() async throws {
        let fixture = try TenantFixture()
        let shard = try await fixture.shard("acme")
        var event = LogEvent(.failedLogin, at: shard.now)
        event.description = "Invalid thumbprint"
        event.connection =
            Connection(
                id: "con_1", name: "saml", strategy: "samlp", createdAt: shard.now, enabledClients: [], document: [:]
            ).identity
        event.clientID = "c"
        event.clientName = "N/A"
        event.ip = "192.0.2.1"
        event.userAgent = "Mozilla/5.0"
        let told = event
        try await shard.write { try $0.logs.append(told) }
        let stored = try #require(try await shard.read { try $0.logs.page(offset: 0, limit: 1).first })
        #expect(
            stored.keys == [
                "date", "type", "description", "connection", "connection_id", "client_id", "client_name", "ip",
                "user_agent", "strategy", "strategy_type", "_id", "log_id",
            ])
        #expect(stored["strategy_type"] == "enterprise" && stored["_id"] == stored["log_id"])
    }

    @Test("H7 what an unknown client calls itself puts no event among those of another")
    func clientIDWithNUL() async throws {
        let fixture = try TenantFixture()
        let shard = try await fixture.shard("acme")
        try await shard.write { db in
            for id in ["victim\0", "victim"] {
                var event = LogEvent(.failedClientCredentialsExchange, at: shard.now)
                event.clientID = id
                try db.logs.append(event)
            }
        }
        let listed = try await shard.read { try $0.logs.page(LogFilter(clientID: "victim"), offset: 0, limit: 10) }
        #expect(listed.map { $0["client_id"] } == ["victim"])
    }

    @Test("every type that can be emitted is in the catalogue, under its own code")
    func catalogue() {
        let codes = LogCatalogue.all.map(\.code)
        #expect(Set(codes).count == codes.count)
        for type in LogType.allCases { #expect(LogCatalogue.kind(of: type.rawValue) != nil, "\(type)") }
        #expect(LogCatalogue.kind(of: "limit_wc")?.level == .critical)
    }

    @Test("every event belongs to one group that streams are limited by, and groups name only what there is")
    func categories() {
        let grouped = LogCategory.allCases.filter { $0 != .security }.flatMap(\.types)
        #expect(Set(LogCategory.security.types).isSuperset(of: ["limit_wc", "limit_mu", "pwd_leak", "fp", "ferrt"]))
        #expect(!LogCategory.security.types.contains("s"))
        #expect(grouped.count == LogCatalogue.all.count && Set(grouped) == Set(LogCatalogue.all.map(\.code)))
        #expect(LogCategory.of(type: "s") == .loginSuccess && LogCategory.of(type: "unheard_of") == .other)
        for type in LogCategory.namedTypes { #expect(LogCatalogue.kind(of: type) != nil, "\(type)") }
    }

    @Test("events expire after the tenant's days, slice by slice, and the facts stay")
    func retention() async throws {
        let fixture = try TenantFixture()
        let shard = try await fixture.shard("acme")
        let connection = try #require(
            try await shard.read { try $0.connections.find(name: Connection.defaultDatabaseName) })
        let now = shard.now
        try await shard.write { db in
            try db.settings.setLogRetention(days: 2)
            for number in 0..<2_500 {
                var event = LogEvent(.successLogin, at: now)
                event.userID = "auth0|\(number % 3)"
                event.clientID = "c"
                event.connection = connection.identity
                try db.logs.append(event)
            }
        }
        fixture.time.advance(seconds: 3 * 86_400)
        // Any write finds that a sweep is due.
        for _ in 0..<5 { try await shard.write { try $0.logs.append(LogEvent(.successLogout, at: now)) } }
        while try await shard.read({ try $0.logs.count(LogFilter(type: "s")) }) > 0 { await Task.yield() }
        let counts = try await shard.read { try $0.activeUsers.counts(month: now.month) }
        #expect(counts == [ActiveUserCount(clientID: "c", kind: "database", users: 3)])
    }
}

@Suite("Searching the audit trail")
struct LogSearchTests {
    @Test("fields, words, dates and bare terms find what they say")
    func search() async throws {
        let fixture = try TenantFixture()
        let shard = try await fixture.shard("acme")
        let start = shard.now
        let connection = try #require(
            try await shard.read { try $0.connections.find(name: Connection.defaultDatabaseName) })
        try await shard.write { db in
            for (index, type) in [LogType.failedLoginWrongPassword, .failedLoginUnknownUser, .successLogin].enumerated()
            {
                var event = LogEvent(type, at: start.adding(seconds: Int64(index) * 86_400))
                event.description = ["Wrong email or password.", "Unknown user", "Successful login"][index]
                event.clientID = "client\(index)"
                event.clientName = "Todo List"
                event.connection = connection.identity
                event.userName = "user\(index)@x.example"
                event.ip = "192.0.2.\(index)"
                try db.logs.append(event)
            }
        }
        func types(_ text: String) async throws -> [String] {
            let filter = LogFilter(search: try LogSearch(parsing: text))
            let (events, count) = try await shard.read { db in
                (try db.logs.page(filter, newestFirst: false, offset: 0, limit: 100), try db.logs.count(filter))
            }
            #expect(events.count == count)
            return events.compactMap { $0["type"]?.string }.filter { ["fp", "fu", "s"].contains($0) }
        }
        #expect(try await types("type:(fp OR fu)") == ["fp", "fu"])
        #expect(try await types(#"description:"email or password""#) == ["fp"])
        #expect(try await types("description:successful") == [], "case matters")
        #expect(try await types(#"type:s AND client_id:"client2""#) == ["s"])
        #expect(try await types(#"connection:"Username-Password-Authentication" -type:s"#) == ["fp", "fu"])
        #expect(try await types("ip:192.0.2.*") == ["fp", "fu", "s"])
        #expect(try await types("user1@x.example") == ["fu"])
        // Wildcards and edits are compared with each word, as words are.
        for query in [
            "description:passw*", "passw*", "description:passwor?", "description:*word", "description:pasword~",
        ] {
            #expect(try await types(query) == ["fp"], "\(query)")
        }
        #expect(try await types("client_name:Li*") == ["fp", "fu", "s"])
        #expect(try await types("description:passw*d.") == ["fp"], "a sign between words is none")
        #expect(try await types("description:Passw*") == [], "case matters")
        #expect(try await types("ip:0.2*") == [], "an address is one word")
        #expect(try await types("strategy_type:database AND _exists_:user_name") == ["fp", "fu", "s"])
        let day = start.adding(seconds: 86_400).day
        #expect(try await types("date:\(day)") == ["fu"])
        #expect(try await types("date:[\(day) TO *]") == ["fu", "s"])
        #expect(try await types("date:[2000 TO \(day)]") == ["fp", "fu"])
        for nothing in ["details:*", "nothing:x"] { #expect(try await types(nothing) == []) }
    }
}

@Suite("Active users")
struct ActiveUserTests {
    private func event(_ user: String, _ client: String, _ strategy: String, _ type: LogType, at moment: Timestamp)
        -> LogEvent
    {
        var event = LogEvent(type, at: moment)
        event.userID = user
        event.clientID = client
        event.connection =
            Connection(
                id: "con", name: strategy, strategy: strategy, createdAt: moment, enabledClients: [], document: [:]
            ).identity
        return event
    }

    @Test("the worked example: 3 users in February, 3 + 2 in March (R41)")
    func example() async throws {
        let fixture = try TenantFixture()
        let shard = try await fixture.shard("acme")
        let february = try Timestamp(milliseconds: #require(SearchMoment("2018-02-10")).start)
        let march = try Timestamp(milliseconds: #require(SearchMoment("2018-03-31T23:59:59.999Z")).start)
        let events =
            ["john", "mary", "joe"].flatMap { user in
                [
                    event(user, "Todo List", "google-oauth2", .successLogin, at: february),
                    event(user, "Todo List", "google-oauth2", .successLogin, at: march),
                    event(user, "Todo List", "google-oauth2", .successRefreshTokenExchange, at: march),
                ]
            }
            + ["john", "mary"].map {
                event($0, "Collaboration Application", "google-oauth2", .successSilentAuth, at: march)
            }
            // Failures and delegation make nobody active.
            + [
                event("eve", "Todo List", "google-oauth2", .failedLogin, at: march),
                event("eve", "Todo List", "google-oauth2", .successDelegation, at: march),
            ]
        try await shard.write { db in for event in events { try db.logs.append(event) } }
        let counts = try await shard.read { db in
            (try db.activeUsers.counts(month: "2018-02"), try db.activeUsers.counts(month: "2018-03"))
        }
        #expect(counts.0 == [ActiveUserCount(clientID: "Todo List", kind: "social", users: 3)])
        #expect(counts.1.map(\.users).reduce(0, +) == 5 && counts.1.allSatisfy { $0.kind == "social" })
        let lately = march.adding(seconds: 20 * 86_400)
        #expect(try await shard.read { try $0.activeUsers.activeLately(at: lately) } == 3)
        #expect(try await shard.read { try $0.activeUsers.activeLately(at: lately.adding(seconds: 90 * 86_400)) } == 0)
    }

    @Test("the days count logins, sign-ups and leaked passwords")
    func days() async throws {
        let fixture = try TenantFixture()
        let shard = try await fixture.shard("acme")
        let now = shard.now
        try await shard.write { db in
            for type in [LogType.successLogin, .successLogin, .successSignup, .breachedPassword, .failedLogin] {
                try db.logs.append(LogEvent(type, at: now))
            }
        }
        let days = try await shard.read { try $0.dailyCounts.days(from: now.day, to: now.day) }
        #expect(days == [DailyCount(day: now.day, logins: 2, signUps: 1, leakedPasswords: 1)])
    }
}
