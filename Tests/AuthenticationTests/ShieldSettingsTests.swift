import StrictJSON
import Tenancy
import Testing

@testable import Authentication

@Suite("What an administrator decides about the shields")
struct ShieldSettingsTests {
    private let tenant: TokenFixture
    private let client: Client

    init() async throws {
        tenant = try await TokenFixture()
        client = try await tenant.passwordClient()
        try await tenant.member()
    }

    /// Changes some properties of some shields.
    private func decide(_ changes: [ShieldSettings.Name: JSONObject]) async throws {
        try await tenant.shard.write { db in
            for (name, change) in changes {
                try db.preferences.save(ShieldSettings.defaults(of: name).merging(deep: change), as: name.preference)
            }
        }
    }

    private func logIn(_ password: String, from address: String = "192.0.2.1") async throws -> Answer {
        // Slowly enough for the rate of logins.
        tenant.service.time.advance(seconds: 10)
        let body: JSON = [
            "grant_type": "http://auth0.com/oauth/grant-type/password-realm", "client_id": .string(client.clientID),
            "username": "jane@example.com", "password": .string(password),
            "realm": .string(Connection.defaultDatabaseName),
        ]
        return try await tenant.send(
            .post, "/oauth/token", headers: [.contentType: "application/json"], body: body.text(), from: address)
    }

    private func fail(_ times: Int, from address: String = "192.0.2.1") async throws {
        for _ in 0..<times { _ = try await logIn("wrong", from: address) }
    }

    @Test("a shield that is down counts nothing, one that is up does")
    func toggles() async throws {
        try await decide([.bruteForce: ["enabled": false], .suspiciousAddress: ["enabled": false]])
        try await fail(12)
        #expect(try await logIn(TokenFixture.password).status == 200)
        try await decide([.bruteForce: ["enabled": true], .suspiciousAddress: ["enabled": false]])
        try await fail(10)
        #expect(try await logIn(TokenFixture.password).status == 429)
    }

    @Test("L6 a trusted address is not blocked, and every other one is")
    func trusted() async throws {
        let office: JSONObject = ["allowlist": ["198.51.100.0/24"]]
        try await decide([.bruteForce: office, .suspiciousAddress: office])
        try await fail(12, from: "198.51.100.7")
        #expect(try await logIn(TokenFixture.password, from: "198.51.100.7").status == 200)
        try await fail(10)
        #expect(try await logIn(TokenFixture.password).status == 429)
    }

    @Test("who is not to be told gets no mail about a block")
    func silence() async throws {
        try await decide([.bruteForce: ["shields": ["block"]]])
        try await fail(10)
        #expect(try await logIn(TokenFixture.password).status == 429)
        let now = tenant.shard.now
        #expect(try await tenant.shard.read { try $0.outbox.due(at: now, limit: 10) }.isEmpty)
    }
}
