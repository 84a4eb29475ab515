import Foundation
import OpenSSL
import StrictJSON
import Tenancy
import TenantTesting
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

    private func logIn(
        _ password: String, from address: String = "192.0.2.1", name: String = "jane@example.com", pause: Int64 = 10
    ) async throws -> Answer {
        // Slowly enough for the rate of logins.
        tenant.service.time.advance(seconds: pause)
        let body: JSON = [
            "grant_type": "http://auth0.com/oauth/grant-type/password-realm", "client_id": .string(client.clientID),
            "username": .string(name), "password": .string(password),
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

    // MARK: Where failures are counted together

    @Test("count_per_identifier counts an account over all addresses, whoever it is")
    func perIdentifier() async throws {
        try await decide([
            .bruteForce: ["mode": "count_per_identifier", "max_attempts": 4],
            .suspiciousAddress: ["enabled": false],
        ])
        func attempts(on name: String) async throws -> [String] {
            var answers: [String] = []
            for number in 1...6 {
                let answer = try await logIn("wrong", from: "192.0.2.\(number)", name: name)
                answers.append("\(answer.status) \(answer.text)")
            }
            return answers
        }
        let known = try await attempts(on: "jane@example.com")
        #expect(known.map { $0.prefix(3) } == ["403", "403", "403", "403", "429", "429"])
        // L3: a name that nobody has is blocked alike, with the same words.
        #expect(try await attempts(on: "nobody@example.com") == known)
        // From an address that has failed at nothing the right password is no help, and one block is one mail.
        #expect(try await logIn(TokenFixture.password, from: "198.51.100.9").status == 429)
        #expect(try await mails().map(\.kind) == [.blockedAccount])
        let now = tenant.shard.now
        let user = try #require(try await tenant.shard.read { try $0.users.find(email: "jane@example.com").first })
        #expect(try await tenant.shard.read { try $0.shields.blockedAddresses(of: user.userID, at: now) } == [nil])
        try await tenant.shard.write { try $0.shields.releaseAccount(user.userID) }
        #expect(try await logIn(TokenFixture.password, from: "198.51.100.9").status == 200)
    }

    @Test("in either mode the right password forgives, and the other mode's counts say nothing")
    func modes() async throws {
        try await decide([.bruteForce: ["max_attempts": 3], .suspiciousAddress: ["enabled": false]])
        try await fail(3)
        #expect(try await logIn(TokenFixture.password).status == 429)
        try await decide([
            .bruteForce: ["max_attempts": 3, "mode": "count_per_identifier"], .suspiciousAddress: ["enabled": false],
        ])
        let now = tenant.shard.now
        let user = try #require(try await tenant.shard.read { try $0.users.find(email: "jane@example.com").first })
        #expect(try await tenant.shard.read { try $0.shields.isAccountBlocked(user.userID, at: now) } == false)
        try await fail(2, from: "192.0.2.77")
        #expect(try await logIn(TokenFixture.password, from: "192.0.2.78").status == 200)
        try await fail(2, from: "192.0.2.79")
        #expect(try await logIn(TokenFixture.password).status == 200)
    }

    // MARK: What is done about it

    @Test("a shield that only watches refuses nobody, and tells the log and its people once")
    func watching() async throws {
        try await support("support@acme.test")
        try await decide([
            .bruteForce: ["shields": ["user_notification"], "max_attempts": 3],
            .suspiciousAddress: [
                "shields": ["admin_notification"], "stage": ["pre-login": ["max_attempts": 5, "rate": 864_000]],
            ],
        ])
        try await fail(8)
        #expect(try await logIn(TokenFixture.password).status == 200)
        let events = try await tenant.events()
        #expect(events.count { $0 == "limit_wc" } == 1 && events.count { $0 == "limit_mu" } == 1)
        #expect(events.count { $0 == "fp" } == 8)
        let sent = try await mails()
        #expect(Set(sent.map(\.kind)) == [.blockedAccount, .suspiciousAddress] && sent.count == 2)
        #expect(sent.first { $0.kind == .suspiciousAddress }?.recipient == "support@acme.test")
        let now = tenant.shard.now
        #expect(try await tenant.shard.read { try $0.shields.isAddressBlocked("192.0.2.1", at: now) } == false)
        let user = try #require(try await tenant.shard.read { try $0.users.find(email: "jane@example.com").first })
        #expect(try await tenant.shard.read { try $0.shields.isAccountBlocked(user.userID, at: now) } == false)
    }

    @Test("a block tells the log at once, and no other event of the attempt is lost by it")
    func told() async throws {
        try await fail(10)
        let events = try await tenant.events()
        #expect(events.count { $0 == "fp" } == 10 && events.count { $0 == "limit_wc" } == 1)
        let event = try #require(
            try await tenant.shard.read { try $0.logs.page(LogFilter(type: "limit_wc"), offset: 0, limit: 1).first })
        #expect(event["description"]?.string?.contains("jane@example.com") == true)
        #expect(event["ip"] == "192.0.2.1" && event["details"] == ["ip": "192.0.2.1", "user": "jane@example.com"])
        #expect(event["client_id"]?.string == client.clientID && event["strategy_type"] == "database")
    }

    /// What was logged of a type, newest first.
    private func logged(_ type: String) async throws -> [JSONObject] {
        try await tenant.shard.read { try $0.logs.page(LogFilter(type: type), offset: 0, limit: 10) }
    }

    @Test("each attempt that a blocked account refuses names it and the address, in its user's history")
    func refusedByAccount() async throws {
        try await fail(10)
        let user = try #require(try await tenant.shard.read { try $0.users.find(email: "jane@example.com").first })
        for name in ["jane@example.com", " Jane@Example.com"] {
            let answer = try await logIn(TokenFixture.password, name: name)
            #expect(answer.status == 429 && answer["error"] == "too_many_attempts")
            #expect(!answer.text.contains(user.userID) && !answer.text.lowercased().contains("jane"))
        }
        let events = try await logged("limit_wc")
        #expect(events.compactMap { $0["user_id"]?.string } == Array(repeating: user.userID, count: 3))
        #expect(events[0]["user_name"] == " Jane@Example.com", "as it was typed")
        for event in events {
            #expect(event["description"]?.string?.contains("jane@example.com") == true)
            #expect(event["details"] == ["ip": "192.0.2.1", "user": "jane@example.com"])
        }
        #expect(try await tenant.history(of: "jane@example.com").count { $0 == "limit_wc" } == 3)
    }

    @Test("each attempt that a blocked address is refused names it, and the user where one is known")
    func refusedByAddress() async throws {
        try await decide([
            .bruteForce: ["enabled": false],
            .suspiciousAddress: ["stage": ["pre-login": ["max_attempts": 3, "rate": 3_600_000]]],
        ])
        try await fail(3)
        let known = try await logIn(TokenFixture.password)
        let unknown = try await logIn(TokenFixture.password, name: "nobody@example.com")
        #expect(known.status == 429 && unknown.status == 429 && known.text == unknown.text)
        let user = try #require(try await tenant.shard.read { try $0.users.find(email: "jane@example.com").first })
        let events = try await logged("limit_mu")
        #expect(events.map { $0["user_id"]?.string } == [nil, user.userID, user.userID])
        #expect(events[0]["details"] == ["ip": "192.0.2.1", "user": "nobody@example.com"])
        #expect(events[1]["details"] == ["ip": "192.0.2.1", "user": "jane@example.com"])
        #expect(events.allSatisfy { $0["description"]?.string?.contains("192.0.2.1") == true })
    }

    @Test("an address is blocked by the limit of its stage, and forgiven at its rate")
    func stages() async throws {
        try await decide([
            .bruteForce: ["enabled": false],
            .suspiciousAddress: ["stage": ["pre-login": ["max_attempts": 3, "rate": 3_600_000]]],
        ])
        for number in 1...3 { #expect(try await logIn("wrong", name: "u\(number)@example.com").status == 403) }
        #expect(try await logIn(TokenFixture.password).status == 429)
        #expect(try await logIn(TokenFixture.password, from: "192.0.2.9").status == 200)
        tenant.service.time.advance(seconds: 3_600)
        #expect(try await logIn(TokenFixture.password).status == 200)
    }

    @Test("sign-ups are held to their own stage, and where nothing blocks them the administrators hear of it")
    func signUps() async throws {
        try await support("support@acme.test")
        let stage: JSON = ["pre-user-registration": ["max_attempts": 2, "rate": 60_000]]
        try await decide([.suspiciousAddress: ["stage": stage]])
        #expect(try await [signUp(), signUp(), signUp()].map(\.status) == [200, 200, 429])
        tenant.service.time.advance(seconds: 60)
        #expect(try await [signUp(), signUp()].map(\.status) == [200, 429])
        #expect(try await mails().count { $0.kind == .suspiciousAddress } == 1, "once an hour")
        try await decide([.suspiciousAddress: ["stage": stage, "shields": ["admin_notification"]]])
        #expect(try await [signUp(), signUp()].map(\.status) == [200, 200])
        try await decide([.suspiciousAddress: ["stage": stage, "allowlist": ["192.0.2.0/24"], "shields": ["block"]]])
        #expect(try await [signUp(), signUp(), signUp()].map(\.status) == [200, 200, 200])
    }

    @Test("too many logins of one user have an event of their own")
    func loginRate() async throws {
        for _ in 0..<22 { _ = try await logIn(TokenFixture.password, pause: 0) }
        #expect(try await tenant.history(of: "jane@example.com").contains("limit_sul"))
        #expect(try await logged("limit_sul").first?["details"] == ["ip": "192.0.2.1", "user": "jane@example.com"])
    }

    private func signUp() async throws -> Answer {
        let body: JSON = [
            "client_id": .string(client.clientID), "connection": .string(Connection.defaultDatabaseName),
            "email": .string("s\(Client.newID().lowercased())@example.com"), "password": .string(TokenFixture.password),
        ]
        return try await tenant.send(
            .post, "/dbconnections/signup", headers: [.contentType: "application/json"], body: body.text())
    }

    private func support(_ address: String) async throws {
        try await tenant.shard.write { db in
            var document = try db.settings.load()?.document ?? [:]
            document["support_email"] = .string(address)
            try db.settings.save(document)
        }
    }

    private func mails() async throws -> [OutgoingMessage] {
        let now = tenant.shard.now
        return try await tenant.shard.read { try $0.outbox.due(at: now, limit: 100) }.map(\.message)
            .filter { [.blockedAccount, .suspiciousAddress].contains($0.kind) }
    }
}

@Suite("Leaked passwords")
struct BreachedPasswordTests {
    private static let leaked = "Leaked-Horse-99"
    private let tenant: TokenFixture
    private let client: Client

    init() async throws {
        let service = try TenantFixture()
        let path = service.root + "/breached.txt"
        let lines = [Self.leaked, "other"].map { Hex.encode(Digest.sha1(Array($0.utf8))).uppercased() }.sorted()
        try (lines.map { $0 + ":3" }.joined(separator: "\r\n") + "\r\n").write(
            toFile: path, atomically: true, encoding: .utf8)
        tenant = try await TokenFixture(
            in: service, lists: PasswordLists(common: [], breached: BreachedPasswords(path: path)))
        client = try await tenant.passwordClient()
        // From before the list, as an import brings them.
        let hash = try await PasswordHasher(cost: 4, pool: tenant.shard.pools.hashing).hash(Self.leaked)
        let user = TenantFixture.user("jane@example.com", at: tenant.shard.now)
        try await tenant.shard.write { db in
            try db.users.insert(user, passwordHash: hash)
            var document = try db.settings.load()?.document ?? [:]
            document["support_email"] = "support@acme.test"
            try db.settings.save(document)
        }
    }

    private func decide(_ change: JSONObject) async throws {
        try await tenant.shard.write { db in
            let name = ShieldSettings.Name.breachedPassword
            try db.preferences.save(ShieldSettings.defaults(of: name).merging(deep: change), as: name.preference)
        }
    }

    private func logIn() async throws -> Answer {
        tenant.service.time.advance(seconds: 10)
        return try await tenant.token([
            "grant_type": "http://auth0.com/oauth/grant-type/password-realm", "client_id": client.clientID,
            "username": "jane@example.com", "password": Self.leaked, "realm": Connection.defaultDatabaseName,
        ])
    }

    private func signUp() async throws -> Int {
        let body: JSON = [
            "client_id": .string(client.clientID), "connection": .string(Connection.defaultDatabaseName),
            "email": .string("s\(Client.newID().lowercased())@example.com"), "password": .string(Self.leaked),
        ]
        return try await tenant.send(
            .post, "/dbconnections/signup", headers: [.contentType: "application/json"], body: body.text()
        ).status
    }

    private func notices(_ kind: OutgoingMessage.Kind) async throws -> Int {
        let now = tenant.shard.now
        return try await tenant.shard.read { try $0.outbox.due(at: now, limit: 100) }.count { $0.message.kind == kind }
    }

    @Test("each shield of a login does what it says")
    func login() async throws {
        #expect(try await logIn().status == 401)
        #expect(try await tenant.events().contains("pwd_leak"))
        #expect(try await notices(.stolenCredentials) == 1)
        #expect(try await notices(.leakedPasswords) == 0)
        try await decide(["shields": ["admin_notification"], "admin_notification_frequency": ["daily", "weekly"]])
        #expect(try await logIn().status == 200)
        #expect(try await tenant.events().count { $0 == "pwd_leak" } == 2)
        #expect(try await notices(.leakedPasswords) == 2)
        #expect(try await logIn().status == 200)
        #expect(try await notices(.leakedPasswords) == 2, "once a day, once a week")
        tenant.service.time.advance(seconds: 86_400)
        #expect(try await logIn().status == 200)
        #expect(try await notices(.leakedPasswords) == 3)
        try await decide(["shields": ["admin_notification"], "admin_notification_frequency": ["immediately"]])
        for _ in 0..<8 { _ = try await logIn() }
        #expect(try await notices(.leakedPasswords) == 8, "at once, but no flood")
        try await decide(["enabled": false])
        let before = try await tenant.events().count { $0 == "pwd_leak" }
        #expect(try await logIn().status == 200)
        #expect(try await tenant.events().count { $0 == "pwd_leak" } == before)
    }

    @Test("a leaked password is chosen only where the stage lets it")
    func stages() async throws {
        #expect(try await signUp() == 400)
        try await decide(["stage": ["pre-user-registration": ["shields": ["admin_notification"]]]])
        #expect(try await signUp() == 200)
        #expect(try await notices(.leakedPasswords) == 1)
        try await decide(["stage": ["pre-user-registration": ["shields": ["block"]]]])
        #expect(try await signUp() == 400)
        try await decide(["enabled": false])
        #expect(try await signUp() == 200)
    }
}
