import Dispatch
import HTTPTypes
import OpenSSL
import StrictJSON
import Synchronization
import Tenancy
import Testing

@testable import Management

@Suite("Users")
struct UserTests {
    private let database = "Username-Password-Authentication"

    @Test("a user made with e-mail and password has the recorded shape")
    func minimal() async throws {
        let tenant = try await TestTenant()
        let reply = try await tenant.send(
            .post, "/users",
            ["connection": .string(database), "email": "Jane@X.example", "password": "Correct-Horse-1"])
        #expect(reply.status == 201)
        let user = try #require(reply.body.object)
        #expect(
            Set(user.keys) == [
                "email", "email_verified", "name", "nickname", "picture", "user_id", "identities", "created_at",
                "updated_at",
            ])
        #expect(user["email"] == "jane@x.example" && user["email_verified"] == false)
        #expect(user["name"] == "jane@x.example" && user["nickname"] == "jane")
        let id = try #require(user["user_id"]?.string)
        #expect(id.hasPrefix("auth0|") && id.count == 30)
        let identity: JSON = [
            "connection": .string(database), "user_id": .string(String(id.dropFirst(6))), "provider": "auth0",
            "isSocial": false,
        ]
        #expect(user["identities"] == [identity])
        #expect(!JSON.object(user).text().lowercased().contains("password\""))

        for path in ["/users/\(id.replacing("|", with: "%7C"))", "/users/\(id)"] {
            #expect(try await tenant.send(.get, path).body == reply.body)
        }
        #expect(try await tenant.send(.get, "/users/\(id.replacing("|", with: "%257C"))").status == 404)
        #expect(try await tenant.send(.get, "/users-by-email?email=JANE%40x.example").body == [reply.body])
        #expect(try await tenant.send(.get, "/users-by-email?email=no%40x.example").body == [])
        #expect(try await tenant.send(.get, "/users-by-email").status == 400)
        let event = try #require(try await tenant.lastEvent("sapi"))
        #expect(event["description"] == "Create a user")
        #expect(!JSON.object(event).text().contains("Correct-Horse-1"))
    }

    @Test(
        "what a user may not be is refused",
        arguments: [
            (["email": nil], 400, "Missing required property: email"),
            (["password": nil], 400, "Missing required property: password"),
            (["connection": nil], 400, "on property connection"),
            (["connection": "Nowhere"], 400, "The connection does not exist"),
            (["email": "no-address"], 400, "on property email"), (["password": "short"], 400, "PasswordStrengthError"),
            (["password": .string(String(repeating: "aB1-", count: 40))], 400, "too long"),
            (["password": "Abc-12345\u{0}"], 400, "not allowed"),
            (["phone_number": "12"], 400, "on property phone_number"), (["username": "Has Space"], 400, "username"),
            (["username": "sixteen-letters-"], 400, "username"), (["user_id": "x"], 400, "user_id"),
            (["identities": []], 400, "identities"), (["created_at": "now"], 400, "created_at"),
            (["logins_count": 5], 400, "logins_count"), (["last_ip": "1.2.3.4"], 400, "last_ip"),
            (["name": .string(String(repeating: "x", count: 151))], 400, "name"),
            (["user_metadata": ["a.b": 1]], 400, "user_metadata"), (["user_metadata": 5], 400, "user_metadata"),
            (["picture": "javascript:alert(1)"], 400, "picture"),
        ] as [(JSONObject, Int, String)])
    func refused(_ wrong: JSONObject, _ status: Int, _ text: String) async throws {
        let tenant = try await TestTenant.shared
        var body: JSONObject = [
            "connection": .string(database), "email": "refused@x.example", "password": "Correct-Horse-1",
        ]
        for (name, value) in wrong { body[name] = value }
        let reply = try await tenant.send(.post, "/users", .object(body))
        #expect(reply.status == status)
        #expect(reply.message?.contains(text) == true, "\(reply.body)")
        #expect(try await tenant.send(.get, "/users-by-email?email=refused%40x.example").body == [])
    }

    @Test("M14: of twenty users with one address at the same time one is made, the others are conflicts")
    func race() async throws {
        let tenant = try await TestTenant()
        let body: JSON = [
            "connection": .string(database), "email": "race@x.example", "password": "Correct-Horse-1",
        ]
        let replies = try await withThrowingTaskGroup(of: TestTenant.Reply.self) { group in
            for _ in 0..<20 { group.addTask { try await tenant.send(.post, "/users", body) } }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        #expect(replies.count { $0.status == 201 } == 1)
        let conflicts = replies.filter { $0.status == 409 }
        #expect(conflicts.count == 19)
        #expect(conflicts.allSatisfy { $0.errorCode == "auth0_idp_error" && $0.message == "The user already exists." })
    }

    @Test("changes: one credential at a time, with its connection")
    func credentials() async throws {
        let tenant = try await TestTenant()
        let id = try await tenant.makeUser("jane@x.example", ["app_metadata": ["facts": ["a"]]])
        _ = try await tenant.makeUser("john@x.example")
        func patch(_ body: JSON) async throws -> TestTenant.Reply {
            try await tenant.send(.patch, "/users/\(id)", body)
        }
        #expect(try await patch(["email": "new@x.example"]).status == 400)
        let both = try await patch([
            "email": "new@x.example", "password": "Correct-Horse-2", "connection": .string(database),
        ])
        #expect(both.message == "Cannot update email and password simultaneously")
        let taken = try await patch(["email": "john@x.example", "connection": .string(database)])
        #expect(taken.status == 409)
        let moved = try await patch(["email": "New@x.example", "connection": .string(database)])
        #expect(moved.status == 200 && moved.body["email"] == "new@x.example")
        let weak = try await patch(["password": "weak", "connection": .string(database)])
        #expect(weak.message == "PasswordStrengthError: Password is too weak")
        let changed = try await patch([
            "password": "I don't need one", "connection": .string(database), "app_metadata": ["foo": "bar"],
        ])
        #expect(changed.status == 200 && changed.body["last_password_reset"]?.string != nil)
        #expect(changed.body["app_metadata"] == ["facts": ["a"], "foo": "bar"])
        for body in [
            ["user_id": "x"], ["identities": []], ["created_at": "x"], ["logins_count": 1], ["last_ip": "x"],
            ["unknown": 1],
        ] as [JSON] {
            #expect(try await patch(body).errorCode == "invalid_body")
        }
        #expect(try await tenant.send(.patch, "/users/auth0%7Cnobody", ["blocked": true]).status == 404)
    }

    @Test("a new password and a block end sessions and tokens")
    func endings() async throws {
        let tenant = try await TestTenant()
        let id = try await tenant.makeUser("jane@x.example")
        let clientID = try await tenant.makeClient("App")
        func open() async throws -> String {
            try await tenant.shard.write { [now = tenant.shard.now, database] db in
                let session = Session(
                    id: "s\(now.milliseconds)", userID: id, connection: database, clientIDs: [], authenticatedAt: now,
                    createdAt: now, usedAt: now)
                try db.sessions.insert(session, cookie: .random())
                return try db.tokenFamilies.insert(clientID: clientID, userID: id, at: now)
            }
        }
        for body in [["blocked": true], ["password": "Another-Horse-1", "connection": .string(database)]] as [JSON] {
            let family = try await open()
            #expect(try await tenant.send(.patch, "/users/\(id)", body).status == 200)
            #expect(try await tenant.shard.read { try $0.tokenFamilies.find(family)?.isRevoked } == true)
        }
        let family = try await open()
        #expect(try await tenant.send(.patch, "/users/\(id)", ["name": "Jane"]).status == 200)
        #expect(try await tenant.shard.read { try $0.tokenFamilies.find(family)?.isRevoked } == false)
    }

    @Test("a new password by an administrator ends what a reset ends: passkeys, links, codes, half-done logins")
    func newPassword() async throws {
        let tenant = try await TestTenant()
        let shard = tenant.shard
        let id = try await tenant.makeUser("jane@x.example")
        let clientID = try await tenant.makeClient("App")
        let (code, login, pending) = (OpaqueSecret.random(), OpaqueSecret.random(), OpaqueSecret.random())
        let purposes: [Ticket.Purpose] = [.changePassword, .enrollFactor, .unblock, .verifyEmail]
        let links = purposes.map { (purpose: $0, secret: Ticket.newSecret()) }
        let passkey = Passkey(
            credentialID: [1, 2, 3], userID: id, relyingParty: "acme.localhost",
            publicKey: try PrivateKey.generate(for: .es256).publicKey, signCount: 0, createdAt: shard.now)
        let now = shard.now
        let end = now.adding(seconds: 600)
        let sent = try await shard.write { [database] db in
            for (purpose, secret) in links {
                try db.tickets.issue(
                    Ticket(purpose, userID: id, email: "jane@x.example", expiresAt: end), secret: secret)
            }
            #expect(try db.passkeys.insert(passkey))
            try db.loginTickets.insert(
                LoginTicket(
                    clientID: clientID, userID: id, connection: database, origin: nil, verifierID: "v", verifier: code,
                    expiresAt: end), secret: login)
            try db.pendingLogins.insert(
                PendingLogin(
                    userID: id, clientID: clientID, connection: database, audience: nil, scope: nil, expiresAt: end),
                secret: pending)
            // A mailbox that is linked to the user, and one that is somebody else's.
            try db.passwordlessIdentities.insert(connection: "email", recipient: "jane@x.example", userID: id)
            return try ["jane@x.example", "joe@x.example"].map {
                try #require(
                    try db.passwordlessCodes.issue(
                        connection: "email", recipient: $0, clientID: clientID, length: 6, lifetime: 600, at: now))
            }
        }
        /// What is there still, by name.
        func left() async throws -> [String] {
            try await shard.write { db in
                var left = try links.filter { try db.tickets.find($0.secret, $0.purpose, at: now) != nil }
                    .map(\.purpose.rawValue)
                if try db.passkeys.find([1, 2, 3]) != nil { left.append("passkey") }
                if try db.loginTickets.find(login, at: now) != nil { left.append("login ticket") }
                if try db.pendingLogins.find(pending) != nil { left.append("pending login") }
                for (code, name) in zip(sent, ["jane@x.example", "joe@x.example"]) {
                    if case .right = try db.passwordlessCodes.check(
                        code, connection: "email", recipient: name, clientID: clientID, usingUp: false, at: now)
                    {
                        left.append(name)
                    }
                }
                return left
            }
        }
        #expect(try await left().count == 9)
        let body: JSON = ["password": "Another-Horse-1", "connection": .string(database)]
        #expect(try await tenant.send(.patch, "/users/\(id)", body).status == 200)
        #expect(try await left() == ["verify_email", "joe@x.example"])
        func notices() async throws -> [OutgoingMessage.Kind] {
            let now = shard.now
            return try await shard.read { try $0.outbox.due(at: now, limit: 10) }.map(\.message.kind)
        }
        #expect(try await notices() == [.passkeyRemoved], "its owner is told that the passkey is gone")
        let next: JSON = ["password": "Yet-Another-Horse-1", "connection": .string(database)]
        #expect(try await tenant.send(.patch, "/users/\(id)", next).status == 200)
        #expect(try await notices().count == 1, "and nothing where there was none")
    }

    @Test("a list of users in any order waits for the threads of searches, and nobody else waits for it")
    func unindexedOrder() async throws {
        let tenant = try await TestTenant()
        _ = try await tenant.makeUser("jane@x.example")
        let gate = DispatchSemaphore(value: 0)
        let shard = tenant.shard
        // As many as a tenant may have under way at once.
        let searches = (0..<2).map { _ in
            Task { try await shard.search(within: .seconds(60)) { _ in gate.wait() } }
        }
        while shard.pools.searching.pendingCount < 2 { try await Task.sleep(for: .milliseconds(2)) }
        let isDone = Mutex(false)
        let listing = Task {
            let reply = try await tenant.send(.get, "/users?sort=last_login:1")
            isDone.withLock { $0 = true }
            return reply
        }
        while shard.pools.searching.pendingCount < 3, !isDone.withLock({ $0 }) {
            try await Task.sleep(for: .milliseconds(2))
        }
        let wasDone = isDone.withLock { $0 }
        #expect(!wasDone)
        #expect(try await tenant.send(.get, "/clients").status == 200)
        for _ in searches { gate.signal() }
        #expect(try await listing.value.body.array?.count == 1)
        for search in searches { try await search.value }
    }

    @Test("lists of users: totals, order, connection, exact search")
    func listing() async throws {
        let tenant = try await TestTenant()
        for index in 0..<5 { _ = try await tenant.makeUser("u\(index)@x.example") }
        let page = try await tenant.send(.get, "/users?page=1&per_page=2&include_totals=true&sort=created_at:1").body
        #expect(page["start"] == 2 && page["limit"] == 2 && page["length"] == 2 && page["total"] == 5)
        let newest = try await tenant.send(.get, "/users?sort=created_at:-1&per_page=1&fields=email").body
        #expect(newest == [["email": "u4@x.example"]])
        #expect(try await tenant.send(.get, "/users?connection=Nowhere").body == [])
        let found = try await tenant.send(
            .get, "/users?q=email%3A%22u3%40x.example%22&search_engine=v3&include_totals=true"
        ).body
        #expect(found["total"] == 1 && found["users"]?.array?.first?["email"] == "u3@x.example")
        let named = try await tenant.makeUser("named@x.example", ["username": "Jane-D"])
        let byName = try await tenant.send(.get, "/users?q=username%3Ajane-d&fields=user_id").body
        #expect(byName == [["user_id": .string(named)]])
        for query in ["q=a%3A%28", "sort=x;--:1", "sort=created_at:2", "search_engine=v9"] {
            let reply = try await tenant.send(.get, "/users?\(query)")
            #expect(reply.status == 400 && reply.errorCode == "invalid_query_string", "\(query)")
        }
        let id = try #require(found["users"]?.array?.first?["user_id"]?.string)
        for _ in 0..<2 { #expect(try await tenant.send(.delete, "/users/\(id)").status == 204) }
        #expect(try await tenant.send(.get, "/users/\(id)").errorCode == "inexistent_user")
    }
}
