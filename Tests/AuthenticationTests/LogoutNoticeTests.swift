import Logging
import OpenSSL
import Synchronization
import Tenancy
import TenantTesting
import Testing

@testable import Authentication

/// Sends what is due in a tenant once, and says when there is something to do again.
extension LogoutNoticeDelivery {
    func deliverDue(in shard: Shard) async throws -> Timestamp? {
        let now = shard.now
        for receiver in try await shard.read({ try $0.logoutNotices.receivers() }) where receiver.due <= now {
            while case .done = try await sendNext(
                to: receiver.url, in: shard, limit: 1, patience: 10, isTrial: false)
            {}
        }
        return try await shard.nextLogoutNoticeDue()
    }
}

@Suite("Logout notices")
struct LogoutNoticeTests {
    private static let good = "https://good.example.com/logout"

    private static func dead(_ number: Int) -> String { "https://dead\(number).example.com/logout" }

    /// Queues notices for one client's receivers.
    private func queue(
        _ urls: [String], at tenant: TokenFixture, of client: Client, user: String = "auth0|1"
    ) async throws {
        let shard = tenant.shard
        try await shard.write { db in
            for url in urls {
                try db.logoutNotices.enqueue(
                    LogoutNotice(
                        clientID: client.clientID, url: url, issuer: "https://\(tenant.domain)/", userID: user,
                        sessionID: "s"), at: shard.now)
            }
        }
    }

    private func dispatcher(
        in service: TenantFixture, prompt: CallPace? = nil, slow: CallPace? = nil,
        post: @escaping LogoutNoticeDelivery.Post
    ) -> LogoutNoticeDispatcher {
        LogoutNoticeDispatcher(
            directory: service.directory, shards: service.shards,
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }, prompt: prompt, slow: slow, post: post)
    }

    /// A second of the service's time passes in each twentieth of ours.
    private func passTime(in service: TenantFixture) -> Task<Void, any Error> {
        Task {
            while !Task.isCancelled {
                try await Task.sleep(for: .milliseconds(50))
                service.time.advance(seconds: 1)
            }
        }
    }

    @Test("receivers are known by what waits longest for each")
    func receivers() async throws {
        let tenant = try await TokenFixture()
        let client = try await tenant.client()
        #expect(try await tenant.shard.read { try $0.logoutNotices.receivers().isEmpty })
        try await queue([Self.good, Self.dead(0), Self.good], at: tenant, of: client)
        let begin = tenant.shard.now
        tenant.service.time.advance(seconds: 5)
        try await queue([Self.good, Self.dead(1)], at: tenant, of: client)
        let (receivers, due) = try await tenant.shard.read { db in
            let due = try db.logoutNotices.due(for: Self.good, at: begin, limit: 10).count
            return (try db.logoutNotices.receivers(), due)
        }
        #expect(receivers.map(\.url) == [Self.dead(0), Self.dead(1), Self.good])
        #expect(receivers.map(\.due) == [begin, tenant.shard.now, begin])
        #expect(due == 2)
    }

    private static let nobody = LogoutNoticeDelivery { call in
        try await Task.sleep(for: .seconds(call.patience))
        throw CancellationError()
    }

    @Test("a receiver that needs more time than there is for all gets it later, and nothing is counted against it")
    func late() async throws {
        let tenant = try await TokenFixture()
        let shard = tenant.shard
        try await queue([Self.good], at: tenant, of: try await tenant.client())
        func send(isTrial: Bool) async throws -> LogoutNoticeDelivery.Outcome {
            try await Self.nobody.sendNext(to: Self.good, in: shard, limit: 1, patience: 1, isTrial: isTrial)
        }
        #expect(try await send(isTrial: true) == .late)
        #expect(try await shard.nextLogoutNoticeDue() == shard.now)
        #expect(try await send(isTrial: false) == .away)
        #expect(try await shard.nextLogoutNoticeDue() == shard.now.adding(seconds: 2))
    }

    private func waiting(at tenant: TokenFixture) async throws -> Int {
        let later = tenant.shard.now.adding(seconds: 86_400)
        return try await tenant.shard.read { try $0.logoutNotices.due(for: Self.good, at: later, limit: 300).count }
    }

    @Test("what has waited too long for a receiver is given up all at once, and what has not is kept")
    func givenUp() async throws {
        let tenant = try await TokenFixture()
        let client = try await tenant.client()
        try await queue(Array(repeating: Self.good, count: 250), at: tenant, of: client)
        tenant.service.time.advance(seconds: LogoutNoticeDelivery.longestWait)
        try await queue([Self.good], at: tenant, of: client)
        try await queue([Self.dead(0)], at: tenant, of: client)
        try await Self.nobody.giveUp(Self.good, in: tenant.shard)
        #expect(try await waiting(at: tenant) == 1)
        #expect(try await tenant.events().contains("oidc_backchannel_logout_failed"))
    }

    @Test("nothing is given up for its age before its receiver has stayed away")
    func staysAway() async throws {
        let service = try TenantFixture()
        let calls = Mutex(0)
        let dispatcher = dispatcher(in: service) { _ in
            calls.withLock { $0 += 1 }
            throw CancellationError()
        }
        let tenant = try await TokenFixture("acme", in: service)
        try await queue(Array(repeating: Self.good, count: 250), at: tenant, of: try await tenant.client())
        // Nobody was there to send them.
        service.time.advance(seconds: LogoutNoticeDelivery.longestWait)
        let running = Task { await dispatcher.run() }
        try await eventually { calls.withLock { $0 } == 1 }
        #expect(try await waiting(at: tenant) == 250)
        try await eventually {
            service.time.advance(seconds: 60)
            return try await waiting(at: tenant) < 30
        }
        #expect(calls.withLock { $0 } >= 15)
        running.cancel()
        await running.value
    }

    @Test("a notice that its receiver breaks at keeps no other waiting")
    func poison() async throws {
        let service = try TenantFixture()
        let told = Mutex<Set<String>>([])
        let dispatcher = dispatcher(in: service) { call in
            let token = try JSONWebToken(parsing: String(call.form.dropFirst("logout_token=".count)))
            let user = token.claims["sub"]?.string ?? ""
            guard user != "auth0|poison" else { return 503 }
            told.withLock { _ = $0.insert(user) }
            return 204
        }
        let tenant = try await TokenFixture("acme", in: service)
        let client = try await tenant.client()
        for user in ["auth0|poison", "auth0|1", "auth0|2"] {
            try await queue([Self.good], at: tenant, of: client, user: user)
            service.time.advance(seconds: 1)
        }
        let running = Task { await dispatcher.run() }
        let time = passTime(in: service)
        try await eventually { told.withLock { $0.count } == 2 }
        #expect(told.withLock { $0 } == ["auth0|1", "auth0|2"])
        time.cancel()
        running.cancel()
        await running.value
    }

    @Test("a receiver that answers only some of what it is asked at once is there, and loses nothing")
    func overloaded() async throws {
        let tenant = try await TokenFixture()
        let shard = tenant.shard
        try await queue(Array(repeating: Self.good, count: 8), at: tenant, of: try await tenant.client())
        let statuses = Mutex([204, 503, 429, 204])
        let delivery = LogoutNoticeDelivery { _ in statuses.withLock { $0.popLast() ?? 204 } }
        func send() async throws -> LogoutNoticeDelivery.Outcome {
            try await delivery.sendNext(to: Self.good, in: shard, limit: 4, patience: 10, isTrial: false)
        }
        #expect(try await send() == .late)
        tenant.service.time.advance(seconds: 2)
        for _ in 0..<2 {
            guard case .done = try await send() else { return #expect(Bool(false)) }
        }
        #expect(try await shard.nextLogoutNoticeDue() == nil)
        #expect(try await !tenant.events().contains("oidc_backchannel_logout_failed"))
    }

    @Test("an answer that speaks of one notice puts off that one")
    func oneNotice() async throws {
        let tenant = try await TokenFixture()
        try await queue(Array(repeating: Self.good, count: 3), at: tenant, of: try await tenant.client())
        let statuses = Mutex([500, 200, 200])
        let delivery = LogoutNoticeDelivery { _ in statuses.withLock { $0.removeFirst() } }
        #expect(try await delivery.deliverDue(in: tenant.shard) == tenant.shard.now.adding(seconds: 2))
        #expect(statuses.withLock { $0.isEmpty })
    }

    @Test("receivers that never answer hold up nobody else, of their own tenant or of another")
    func isolation() async throws {
        let service = try TenantFixture()
        let received = Mutex<[String]>([])
        let hanging = Mutex((now: 0, most: 0))
        let dispatcher = dispatcher(
            in: service, prompt: .init(patience: 1, slots: 4, share: 2), slow: .init(patience: 3, slots: 4, share: 2)
        ) { call in
            guard call.url.contains("dead") else {
                received.withLock { $0.append(call.form) }
                return 200
            }
            hanging.withLock { $0 = ($0.now + 1, max($0.most, $0.now + 1)) }
            defer { hanging.withLock { $0.now -= 1 } }
            try await Task.sleep(for: .seconds(call.patience))
            throw CancellationError()
        }
        var tenants: [(tenant: TokenFixture, client: Client)] = []
        for number in 0..<4 {
            let tenant = try await TokenFixture("tenant\(number)", in: service)
            tenants.append((tenant, try await tenant.client()))
        }
        // Everywhere more receivers hang than there are turns for all, and for each of them a crowd waits.
        for (tenant, client) in tenants {
            for _ in 0..<20 { try await queue((0..<4).map(Self.dead), at: tenant, of: client) }
        }
        let running = Task { await dispatcher.run() }
        let time = passTime(in: service)
        var slowest = Duration.zero
        for number in 0..<4 {
            let begin = ContinuousClock.now
            let (tenant, client) = tenants[0]
            try await queue([Self.good], at: tenant, of: client)
            while received.withLock({ $0.count }) <= number, begin.duration(to: .now) < .seconds(300) {
                try await Task.sleep(for: .milliseconds(20))
            }
            // At first nobody knows which receivers hang: each is tried once.
            if number > 0 { slowest = max(slowest, begin.duration(to: .now)) }
        }
        // 320 calls that hang, four at a time, would take minutes, each time.
        #expect(slowest < .seconds(60), "\(slowest)")
        #expect(received.withLock { Set($0).count == 4 && $0.count == 4 }, "each once")
        #expect(hanging.withLock { $0.most } <= 8)
        time.cancel()
        running.cancel()
        await running.value
    }

    @Test("a receiver that is away is left alone for a while, whatever comes to wait for it")
    func rest() async throws {
        let service = try TenantFixture()
        let calls = Mutex(0)
        let isAway = Mutex(true)
        let dispatcher = dispatcher(in: service) { _ in
            calls.withLock { $0 += 1 }
            return isAway.withLock { $0 } ? 503 : 204
        }
        let tenant = try await TokenFixture("acme", in: service)
        let client = try await tenant.client()
        try await queue([Self.good], at: tenant, of: client)
        let running = Task { await dispatcher.run() }
        try await eventually { calls.withLock { $0 } == 1 }
        // Time stands still here: nothing is due again, and what is new comes while the receiver rests.
        for _ in 0..<10 {
            try await queue([Self.good], at: tenant, of: client)
            try await Task.sleep(for: .milliseconds(30))
        }
        #expect(calls.withLock { $0 } == 1)
        isAway.withLock { $0 = false }
        try await eventually {
            service.time.advance(seconds: 1)
            return try await tenant.shard.nextLogoutNoticeDue() == nil
        }
        #expect(calls.withLock { $0 } == 12, "the one in vain, and all eleven")
        running.cancel()
        await running.value
    }

    @Test("what comes in while its receiver is being told is told too")
    func meanwhile() async throws {
        let service = try TenantFixture()
        let calls = Mutex(0)
        let dispatcher = dispatcher(in: service) { _ in
            calls.withLock { $0 += 1 }
            return 204
        }
        let tenant = try await TokenFixture("acme", in: service)
        let client = try await tenant.client()
        // Another receiver's notice waits for hours: it must not hide what comes in.
        try await queue([Self.dead(0)], at: tenant, of: client)
        try await tenant.shard.write { [now = tenant.shard.now] db in
            for notice in try db.logoutNotices.due(for: Self.dead(0), at: now, limit: 1) {
                try db.logoutNotices.postpone(notice.id, until: now.adding(seconds: 7_200))
            }
        }
        let running = Task { await dispatcher.run() }
        for _ in 0..<200 { try await queue([Self.good], at: tenant, of: client) }
        try await eventually { calls.withLock { $0 } == 200 }
        #expect(calls.withLock { $0 } == 200)
        running.cancel()
        await running.value
    }

    private func eventually(_ condition: () async throws -> Bool) async throws {
        let begin = ContinuousClock.now
        while try await !condition(), begin.duration(to: .now) < .seconds(300) {
            try await Task.sleep(for: .milliseconds(10))
        }
    }
}
