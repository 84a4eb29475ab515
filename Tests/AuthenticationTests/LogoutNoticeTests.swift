import Logging
import OpenSSL
import Synchronization
import Tenancy
import TenantTesting
import Testing

@testable import Authentication

/// Sends everything that is due in a tenant once, and says when there is something to do again.
extension LogoutNoticeDelivery {
    func deliverDue(in shard: Shard) async throws -> Timestamp? {
        let now = shard.now
        let due = try await shard.read { db in
            try db.logoutNotices.receivers().flatMap { try db.logoutNotices.due(for: $0.url, at: now, limit: 100) }
        }
        for notice in due { _ = try await deliver(notice, in: shard, patience: 10, isTrial: false) }
        return try await shard.nextLogoutNoticeDue()
    }
}

@Suite("Logout notices")
struct LogoutNoticeTests {
    private static let good = "https://good.example.com/logout"

    private static func dead(_ number: Int) -> String { "https://dead\(number).example.com/logout" }

    /// Queues notices for one client's receivers.
    private func queue(_ urls: [String], at tenant: TokenFixture, of client: Client) async throws {
        let shard = tenant.shard
        try await shard.write { db in
            for url in urls {
                try db.logoutNotices.enqueue(
                    LogoutNotice(
                        clientID: client.clientID, url: url, issuer: "https://\(tenant.domain)/", userID: "auth0|1",
                        sessionID: "s"), at: shard.now)
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

    @Test("a receiver that needs more time than there is for all gets it later, and nothing is counted against it")
    func late() async throws {
        let tenant = try await TokenFixture()
        try await queue([Self.good], at: tenant, of: try await tenant.client())
        let notice = try #require(
            try await tenant.shard.read { [now = tenant.shard.now] in
                try $0.logoutNotices.due(for: Self.good, at: now, limit: 1).first
            })
        let delivery = LogoutNoticeDelivery { call in
            try await Task.sleep(for: .seconds(call.patience))
            throw CancellationError()
        }
        #expect(try await delivery.deliver(notice, in: tenant.shard, patience: 1, isTrial: true) == .late)
        #expect(try await tenant.shard.nextLogoutNoticeDue() == tenant.shard.now)
        #expect(try await delivery.deliver(notice, in: tenant.shard, patience: 1, isTrial: false) == .failed)
        #expect(try await tenant.shard.nextLogoutNoticeDue() == tenant.shard.now.adding(seconds: 2))
    }

    @Test("receivers that never answer hold up nobody else, of their own tenant or of another")
    func isolation() async throws {
        let service = try TenantFixture()
        let received = Mutex<[String]>([])
        let hanging = Mutex((now: 0, most: 0))
        let dispatcher = LogoutNoticeDispatcher(
            directory: service.directory, shards: service.shards,
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() },
            prompt: .init(patience: 1, slots: 4, share: 2), slow: .init(patience: 3, slots: 4, share: 2)
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
        let time = Task {
            while !Task.isCancelled {
                try await Task.sleep(for: .milliseconds(50))
                service.time.advance(seconds: 1)
            }
        }
        var slowest = Duration.zero
        for number in 0..<4 {
            let begin = ContinuousClock.now
            let (tenant, client) = tenants[0]
            try await queue([Self.good], at: tenant, of: client)
            while received.withLock({ $0.count }) <= number, begin.duration(to: .now) < .seconds(30) {
                try await Task.sleep(for: .milliseconds(20))
            }
            // At first nobody knows which receivers hang: each is tried once.
            if number > 0 { slowest = max(slowest, begin.duration(to: .now)) }
        }
        // 320 calls that hang, four at a time, would take minutes.
        #expect(slowest < .seconds(9), "\(slowest)")
        #expect(received.withLock { Set($0).count == 4 && $0.count == 4 }, "each once")
        #expect(hanging.withLock { $0.most } <= 8)
        time.cancel()
        running.cancel()
        await running.value
    }

    @Test("a receiver that is away is left alone for a while, whatever waits for it")
    func rest() async throws {
        let service = try TenantFixture()
        let calls = Mutex(0)
        let isAway = Mutex(true)
        let dispatcher = LogoutNoticeDispatcher(
            directory: service.directory, shards: service.shards,
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        ) { _ in
            calls.withLock { $0 += 1 }
            return isAway.withLock { $0 } ? 503 : 204
        }
        let tenant = try await TokenFixture("acme", in: service)
        try await queue(Array(repeating: Self.good, count: 30), at: tenant, of: try await tenant.client())
        let running = Task { await dispatcher.run() }
        // Time stands still here, so no second call is due.
        try await Task.sleep(for: .milliseconds(700))
        #expect(calls.withLock { $0 } == 1)
        isAway.withLock { $0 = false }
        service.time.advance(seconds: 2)
        let begin = ContinuousClock.now
        while try await tenant.shard.nextLogoutNoticeDue() != nil, begin.duration(to: .now) < .seconds(20) {
            try await Task.sleep(for: .milliseconds(20))
        }
        #expect(calls.withLock { $0 } == 31, "the rest at once")
        running.cancel()
        await running.value
    }
}
