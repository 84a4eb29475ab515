import StrictJSON
import Synchronization
import Tenancy
import Testing

@testable import Management

@Suite("Log streams")
struct LogStreamTests {
    private let http: JSON = [
        "name": "collector", "type": "http",
        "sink": [
            "httpEndpoint": "https://logs.example.com/in", "httpAuthorization": "Bearer s3cret",
            "httpContentFormat": "JSONLINES", "httpContentType": "application/json",
        ],
    ]

    @Test("a stream is made, shown, changed and deleted; its credentials are sealed and never logged")
    func resource() async throws {
        let tenant = try await TestTenant()
        let made = try await tenant.send(.post, "/log-streams", http)
        #expect(made.status == 200 && made.body["status"] == "active", "\(made.body)")
        let id = try #require(made.body["id"]?.string)
        #expect(id.hasPrefix("lst_") && made.body["sink"] == http["sink"])
        let event = try #require(try await tenant.lastEvent("sapi"))
        #expect(event["description"] == "Create a log stream" && !JSON.object(event).text().contains("s3cret"))
        let seen = try await tenant.send(.get, "/log-streams/\(id)", scopes: ["read:log_streams"]).body
        #expect(!seen.text().contains("s3cret"))
        let paused = try await tenant.send(.patch, "/log-streams/\(id)", ["status": "paused"]).body
        #expect(paused["status"] == "paused" && paused["sink"] == http["sink"])
        #expect(try await tenant.send(.get, "/log-streams").body.array?.count == 1)
        #expect(try await tenant.send(.delete, "/log-streams/\(id)").status == 204)
        let gone = try await tenant.send(.get, "/log-streams/\(id)")
        #expect(gone.status == 404 && gone.message == "The log stream does not exist." && gone.errorCode == nil)
        for sink: JSON in [[:], ["httpEndpoint": "file:///etc/passwd"], ["httpEndpoint": 1]] {
            #expect(try await tenant.send(.post, "/log-streams", ["type": "http", "sink": sink]).status == 400)
        }
    }

    @Test("a tenant says how long it keeps its log")
    func retention() async throws {
        let tenant = try await TestTenant()
        #expect(try await tenant.send(.get, "/log-retention").body == ["days": 30])
        #expect(try await tenant.send(.patch, "/log-retention", ["days": 2]).body == ["days": 2])
        #expect(try await tenant.send(.get, "/log-retention").body == ["days": 2])
        for days: JSON in [0, 100_000, "2", nil] {
            #expect(try await tenant.send(.patch, "/log-retention", ["days": days]).status == 400)
        }
        #expect(try await tenant.send(.patch, "/log-retention", ["days": 2], scopes: ["read:logs"]).status == 403)
    }

    @Test("every event arrives at least once and in order, through failures and restarts")
    func delivery() async throws {
        let tenant = try await TestTenant()
        _ = try await tenant.send(.post, "/log-streams", http)
        let received = Mutex<[String]>([])
        let calls = Mutex(0)
        let delivery = LogStreamDelivery { shipment in
            #expect(
                shipment.url == "https://logs.example.com/in" && shipment.headers == ["Authorization: Bearer s3cret"])
            let number = calls.withLock { count in
                count += 1
                return count
            }
            guard number % 3 != 1 else { return 503 }
            let lines = String(decoding: shipment.body, as: UTF8.self).split(separator: "\n")
            let ids = lines.compactMap { try? JSON.parse(String($0)) }.compactMap { $0.at("data", "log_id")?.string }
            received.withLock { $0 += ids }
            return 200
        }
        let shard = tenant.shard
        for _ in 0..<5 {
            try await shard.write { db in
                for _ in 0..<130 { try db.logs.append(LogEvent(.successLogout, at: shard.now)) }
            }
            tenant.wait(seconds: 600)
            try await delivery.deliverDue(in: shard)
            #expect(try await shard.hasActiveLogStreams())
        }
        tenant.wait(seconds: 600)
        try await delivery.deliverDue(in: shard)
        tenant.wait(seconds: 600)
        try await delivery.deliverDue(in: shard)
        let all = try await shard.read { try $0.logs.after(nil, limit: 10_000) }
            .filter { $0["type"] == "slo" }.compactMap { $0["log_id"]?.string }
        let got = received.withLock { $0 }.filter(Set(all).contains)
        #expect(got == all, "\(got.count) of \(all.count)")
    }

    @Test("a tenant is served only while it has an active stream")
    func mark() async throws {
        let tenant = try await TestTenant()
        let id = try #require(try await tenant.send(.post, "/log-streams", http).body["id"]?.string)
        #expect(try await tenant.shard.hasActiveLogStreams())
        let path = "/log-streams/\(id)"
        #expect(try await tenant.send(.patch, path, ["status": "paused"]).status == 200)
        #expect(try await !tenant.shard.hasActiveLogStreams())
        #expect(try await tenant.send(.patch, path, ["status": "active"]).status == 200)
        #expect(try await tenant.shard.hasActiveLogStreams())
    }
}
