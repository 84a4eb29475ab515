import StrictJSON
import Tenancy
import Testing

@testable import Management

@Suite("What administrators do to people is told by its own events")
struct UserEventTests {
    private let tenant: TestTenant
    private let connection = Connection.defaultDatabaseName

    init() async throws { tenant = try await TestTenant() }

    private func user(_ email: String = "jane@example.com") async throws -> String {
        try await tenant.make(
            "/users",
            ["connection": .string(connection), "email": .string(email), "password": "Correct-Horse-9"], id: "user_id")
    }

    private func path(_ id: String) -> String { "/users/\(id.replacing("|", with: "%7C"))" }

    @Test("a deleted user leaves sdu beside sapi, once")
    func deletion() async throws {
        let id = try await user()
        let kept = try await user("john@example.com")
        for _ in 0..<2 { #expect(try await tenant.send(.delete, path(id)).status == 204) }
        #expect(try await tenant.eventCount("sdu") == 1)
        let event = try #require(try await tenant.lastEvent("sdu"))
        #expect(event["user_id"]?.string == id && event["user_name"] == "jane@example.com")
        #expect(event["connection"]?.string == connection && event["strategy_type"] == "database")
        #expect(event["client_id"]?.string == tenant.managementClient.clientID && event["ip"] == "192.0.2.7")
        let connectionID = try #require(
            try await tenant.send(.get, "/connections?name=\(connection)").body.array?.first?["id"]?.string)
        let byEmail = "/connections/\(connectionID)/users?email=john@example.com"
        #expect(try await tenant.send(.delete, byEmail).status == 204)
        #expect(try await tenant.lastEvent("sdu")?["user_id"]?.string == kept)
    }

    @Test("a user's history holds the failures that name the user, the newest first, and nobody else's")
    func history() async throws {
        let (id, other) = (try await user(), try await user("john@example.com"))
        func record(_ type: LogType, of userID: String?) async throws {
            let now = tenant.shard.now
            try await tenant.shard.write { db in
                var event = LogEvent(type, at: now)
                event.userID = userID
                event.userName = "jane@example.com"
                try db.logs.append(event)
            }
        }
        try await record(.failedLoginWrongPassword, of: id)
        try await record(.failedLoginUnknownUser, of: nil)
        try await record(.failedLoginWrongPassword, of: other)
        try await record(.blockedAccount, of: id)
        let logs = try #require(try await tenant.send(.get, path(id) + "/logs").body.array)
        #expect(logs.allSatisfy { $0["user_id"]?.string == id })
        let failures = logs.compactMap { $0["type"]?.string }.filter { ["fp", "fu", "limit_wc"].contains($0) }
        #expect(failures == ["limit_wc", "fp"])
        #expect(try await tenant.send(.get, path(id) + "/logs", scopes: ["read:users"]).status == 403)
    }

    @Test("users who are deleted all at once are counted in the transaction that deletes them")
    func deletionOfAll() async throws {
        for number in 0..<3 { _ = try await user("u\(number)@example.com") }
        #expect(try await tenant.send(.delete, "/users?confirm=delete-all-users").status == 204)
        #expect(try await tenant.eventCount("sdu") == 1)
        #expect(try await tenant.lastEvent("sdu")?["details"] == ["count": 3])
    }

    @Test("new names and a new password have their events, and so have those that were refused")
    func changes() async throws {
        let id = try await user()
        _ = try await user("taken@example.com")
        func change(_ body: JSON) async throws -> Int { try await tenant.send(.patch, path(id), body).status }
        #expect(try await change(["email": "new@example.com", "connection": .string(connection)]) == 200)
        #expect(try await tenant.lastEvent("sce")?["user_name"] == "new@example.com")
        #expect(try await change(["email": "new@example.com", "connection": .string(connection)]) == 200)
        #expect(try await tenant.eventCount("sce") == 1, "nothing was changed")
        #expect(try await change(["password": "Another-Horse-9", "connection": .string(connection)]) == 200)
        #expect(try await tenant.lastEvent("scp")?["user_id"]?.string == id)
        #expect(try await change(["name": "Jane"]) == 200)
        #expect(try await tenant.eventCount("sce") + tenant.eventCount("scp") == 2)

        #expect(try await change(["email": "taken@example.com", "connection": .string(connection)]) == 409)
        let failure = try #require(try await tenant.lastEvent("fce"))
        #expect(failure["user_id"]?.string == id)
        #expect(failure["description"]?.string?.contains("The user already exists") == true)
        #expect(try await change(["password": "short", "connection": .string(connection)]) == 400)
        let weak = try #require(try await tenant.lastEvent("fcp"))
        #expect(!JSON.object(weak).text().contains("short"))
        // Who may not change users at all has failed at nothing but that.
        #expect(
            try await tenant.send(.patch, path(id), ["email": "x@example.com"], scopes: ["read:users"]).status == 403)
        #expect(try await tenant.eventCount("fce") == 1)
    }

    @Test("switches of second factors and their policies are told")
    func factors() async throws {
        #expect(try await tenant.send(.put, "/guardian/factors/otp", ["enabled": true]).status == 200)
        #expect(try await tenant.lastEvent("gd_module_switch")?["description"] == "Factor otp switched on")
        #expect(try await tenant.send(.put, "/guardian/policies", ["all-applications"]).status == 200)
        #expect(try await tenant.eventCount("gd_tenant_update") == 1)
    }

    @Test("what a secret property is refused for does not repeat the secret in the log")
    func refusedSecrets() async throws {
        let sink: JSON = ["httpEndpoint": "https://logs.example.com/", "httpAuthorization": "Bearer hidden\nX: y"]
        let reply = try await tenant.send(.post, "/log-streams", ["type": "http", "sink": sink])
        #expect(reply.status == 400)
        let event = JSON.object(try #require(try await tenant.lastEvent("fapi"))).text()
        #expect(!event.contains("hidden") && event.contains("*****"))
    }
}
