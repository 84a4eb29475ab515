import HTTPTypes
import StrictJSON
import Tenancy
import Testing

@testable import Management

@Suite("Users of passwordless connections")
struct PasswordlessUserTests {
    private let tenant: TestTenant

    init() async throws {
        tenant = try await TestTenant()
        for strategy in ["email", "sms"] {
            _ = try await tenant.make("/connections", ["name": .string(strategy), "strategy": .string(strategy)])
        }
    }

    private func make(_ body: JSON) async throws -> TestTenant.Reply { try await tenant.send(.post, "/users", body) }

    private func user(_ body: JSON) async throws -> String { try await tenant.make("/users", body, id: "user_id") }

    private func path(_ id: String) -> String { "/users/\(id.replacing("|", with: "%7C"))" }

    /// Whom a code logs in that is sent to an address.
    private func owner(_ recipient: String, _ connection: String = "email") async throws -> String? {
        try await tenant.shard.read {
            try $0.passwordlessIdentities.user(connection: connection, recipient: recipient)?.userID
        }
    }

    @Test("an address by mail is all that is needed; the user is the one its first code would have made")
    func email() async throws {
        let connection = try #require(try await tenant.shard.connection(named: "email"))
        let future = try await tenant.shard.write {
            try $0.passwordlessIdentities.futureID(connection: connection, recipient: "pl@x.example")
        }
        let reply = try await make(["connection": "email", "email": "PL@x.example", "email_verified": true])
        #expect(reply.status == 201, "\(reply.body)")
        let user = try #require(reply.body.object)
        #expect(
            Set(user.keys) == [
                "email", "email_verified", "name", "nickname", "picture", "user_id", "identities", "created_at",
                "updated_at",
            ])
        #expect(user["user_id"]?.string == "email|\(future)")
        #expect(user["email"] == "pl@x.example" && user["email_verified"] == true)
        #expect(user["name"] == "pl@x.example" && user["nickname"] == "pl")
        let identity: JSON = [
            "connection": "email", "user_id": .string(future), "provider": "email", "isSocial": false,
        ]
        #expect(user["identities"] == [identity])
        #expect(try await owner("pl@x.example") == "email|\(future)")
        #expect(try await tenant.send(.get, path("email|\(future)")).body == reply.body)
    }

    @Test("a telephone number is all that is needed, with whatever else is said of its owner")
    func sms() async throws {
        let reply = try await make([
            "connection": "sms", "phone_number": "+15551112222", "phone_verified": true, "name": "Jane",
            "user_metadata": ["likes": "tea"],
        ])
        #expect(reply.status == 201, "\(reply.body)")
        let id = try #require(reply.body["user_id"]?.string)
        #expect(id.hasPrefix("sms|") && id.count == 28)
        #expect(reply.body["phone_number"] == "+15551112222" && reply.body["phone_verified"] == true)
        #expect(reply.body["name"] == "Jane" && reply.body["user_metadata"] == ["likes": "tea"])
        #expect(reply.body["email"] == nil && reply.body["email_verified"] == nil)
        #expect(try await owner("+15551112222", "sms") == id)
        let unproved = try await make(["connection": "sms", "phone_number": "+15553334444"])
        #expect(unproved.body["phone_verified"] == false)
    }

    @Test("an address has one user: the second is a conflict, as for users of databases")
    func conflict() async throws {
        let body: JSON = ["connection": "email", "email": "race@x.example"]
        let replies = try await withThrowingTaskGroup(of: TestTenant.Reply.self) { group in
            for _ in 0..<10 { group.addTask { try await make(body) } }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        #expect(replies.count { $0.status == 201 } == 1)
        let conflicts = replies.filter { $0.status == 409 }
        #expect(conflicts.count == 9)
        #expect(conflicts.allSatisfy { $0.errorCode == "auth0_idp_error" && $0.message == "The user already exists." })
        #expect(try await make(["connection": "email", "email": "RACE@x.example"]).status == 409)
        #expect(try await tenant.send(.get, "/users").body.array?.count == 1)
    }

    @Test(
        "what such a user may not be is refused",
        arguments: [
            (["connection": "sms"], "Payload validation error: 'Missing required property: phone_number'."),
            (["connection": "email"], "Payload validation error: 'Missing required property: email'."),
            (
                ["connection": "email", "phone_number": "+15551112222"],
                "Payload validation error: 'Missing required property: email'."
            ),
            (["connection": "sms", "phone_number": "5551112222"], "on property phone_number"),
            (["connection": "email", "email": "no-address"], "on property email"),
            (
                ["connection": "sms", "phone_number": "+15551112222", "password": "Correct-Horse-1"],
                "Users of sms connections have no password"
            ),
            (
                ["connection": "email", "email": "a@x.example", "username": "jane"],
                "Users of email connections have no username"
            ),
            (["connection": "email", "email": "a@x.example", "user_id": "email|"], "on property user_id"),
            (["connection": "email", "email": "a@x.example", "user_id": "a b"], "on property user_id"),
            (
                ["connection": "google", "email": "a@x.example"],
                "Users of google-oauth2 connections cannot be made or changed here"
            ),
        ] as [(JSON, String)])
    func refused(_ body: JSON, _ text: String) async throws {
        _ = try await tenant.make("/connections", ["name": "google", "strategy": "google-oauth2"])
        let reply = try await make(body)
        #expect(reply.status == 400 && reply.message?.contains(text) == true, "\(reply.body)")
        #expect(try await tenant.send(.get, "/users").body == [])
    }

    @Test("an id of the caller's own stands behind the provider, and names one user")
    func chosenID() async throws {
        let bare = try await make(["connection": "email", "email": "a@x.example", "user_id": "a1"])
        #expect(bare.body["user_id"] == "email|a1")
        #expect(bare.body["identities"]?.array?.first?["user_id"] == "a1")
        #expect(try await owner("a@x.example") == "email|a1")
        let whole: JSON = ["connection": "sms", "phone_number": "+15551112222", "user_id": "sms|a1"]
        #expect(try await make(whole).body["user_id"] == "sms|a1")
        let taken = try await make(["connection": "email", "email": "b@x.example", "user_id": "a1"])
        #expect(taken.status == 409 && taken.message == "The user already exists.")
        // As long as it belongs to a user, as an identity too.
        _ = try await tenant.make("/connections", ["name": "other", "strategy": "auth0"])
        let primary = try await user(["connection": "other", "email": "p@x.example", "password": "Correct-Horse-1"])
        let link: JSON = ["provider": "email", "user_id": "a1"]
        #expect(try await tenant.send(.post, "\(path(primary))/identities", link).status == 201)
        #expect(try await make(["connection": "email", "email": "b@x.example", "user_id": "a1"]).status == 409)
    }

    @Test("a changed address of mail logs the user in, and the one before no longer")
    func changedEmail() async throws {
        let id = try await user(["connection": "email", "email": "a@x.example", "email_verified": true])
        let other = try await user(["connection": "email", "email": "b@x.example"])
        func patch(_ body: JSON) async throws -> TestTenant.Reply { try await tenant.send(.patch, path(id), body) }
        let unnamed = try await patch(["email": "c@x.example"])
        #expect(unnamed.message == "Payload validation error: 'Missing required property: connection'.")
        let taken = try await patch(["email": "b@x.example", "connection": "email"])
        #expect(taken.status == 409 && taken.message == "The user already exists.")
        #expect(try await owner("a@x.example") == id)
        #expect(try await owner("b@x.example") == other)

        let moved = try await patch(["email": "C@x.example", "connection": "email"])
        #expect(moved.status == 200 && moved.body["email"] == "c@x.example", "\(moved.body)")
        #expect(moved.body["email_verified"] == false)
        #expect(try await owner("c@x.example") == id)
        #expect(try await owner("a@x.example") == nil)
        // Whose it was has the id still that it would give.
        let next = try await user(["connection": "email", "email": "a@x.example"])
        #expect(next != id && next.hasPrefix("email|"))
        #expect(try await owner("a@x.example") == next)
        #expect(try await owner("c@x.example") == id)

        let back = try await patch(["email": "c@x.example", "email_verified": true, "connection": "email"])
        #expect(back.status == 200 && back.body["email_verified"] == true)
        #expect(try await owner("c@x.example") == id)
    }

    @Test("a changed telephone number logs the user in, and is to be proved again")
    func changedNumber() async throws {
        let id = try await user(["connection": "sms", "phone_number": "+15551112222", "phone_verified": true])
        func patch(_ number: JSON, _ more: JSONObject = [:]) async throws -> TestTenant.Reply {
            var body: JSONObject = ["phone_number": number, "connection": "sms"]
            for (name, value) in more { body[name] = value }
            return try await tenant.send(.patch, path(id), .object(body))
        }
        let moved = try await patch("+15553334444")
        #expect(moved.status == 200 && moved.body["phone_number"] == "+15553334444", "\(moved.body)")
        #expect(moved.body["phone_verified"] == false)
        #expect(try await owner("+15553334444", "sms") == id)
        #expect(try await owner("+15551112222", "sms") == nil)
        #expect(try await patch("+15555556666", ["phone_verified": true]).body["phone_verified"] == true)
        #expect(try await patch("15555556666").status == 400)
        #expect(try await owner("+15555556666", "sms") == id)
    }

    @Test("metadata, flags and a block change as for others; a password and another connection are refused")
    func changes() async throws {
        let id = try await user(["connection": "sms", "phone_number": "+15551112222"])
        func patch(_ body: JSON) async throws -> TestTenant.Reply { try await tenant.send(.patch, path(id), body) }
        let changed = try await patch([
            "user_metadata": ["likes": "tea"], "app_metadata": ["plan": "full"], "phone_verified": true,
            "blocked": true, "name": "Jane", "connection": "sms",
        ])
        #expect(changed.status == 200 && changed.body["user_metadata"] == ["likes": "tea"], "\(changed.body)")
        #expect(changed.body["app_metadata"] == ["plan": "full"] && changed.body["phone_verified"] == true)
        #expect(changed.body["blocked"] == true && changed.body["name"] == "Jane")
        for (body, text) in [
            (["password": "Correct-Horse-1", "connection": "sms"], "Users of sms connections have no password"),
            (["username": "jane", "connection": "sms"], "Users of sms connections have no username"),
            (
                ["phone_number": "+15553334444", "connection": "email"],
                "The user does not belong to the connection email"
            ),
        ] as [(JSON, String)] {
            let reply = try await patch(body)
            #expect(reply.status == 400 && reply.message == text, "\(reply.body)")
        }
        #expect(try await owner("+15551112222", "sms") == id)
    }

    @Test("L12 another address in the place of the one logged in by ends what was opened with that")
    func endings() async throws {
        let id = try await user(["connection": "email", "email": "a@x.example"])
        let clientID = try await tenant.makeClient("App")
        let now = tenant.shard.now
        let family = try await tenant.shard.write {
            try $0.tokenFamilies.insert(clientID: clientID, userID: id, at: now)
        }
        func isRevoked() async throws -> Bool? {
            try await tenant.shard.read { try $0.tokenFamilies.find(family)?.isRevoked }
        }
        let same: JSON = ["email": "a@x.example", "connection": "email"]
        #expect(try await tenant.send(.patch, path(id), same).status == 200)
        #expect(try await isRevoked() == false)
        let new: JSON = ["email": "b@x.example", "connection": "email"]
        #expect(try await tenant.send(.patch, path(id), new).status == 200)
        #expect(try await isRevoked() == true)
    }

    @Test("a deleted user's address is free again", arguments: ["email", "sms"])
    func deletion(_ strategy: String) async throws {
        let (property, recipient) = strategy == "email" ? ("email", "a@x.example") : ("phone_number", "+15551112222")
        let body: JSON = ["connection": .string(strategy), property: .string(recipient)]
        let id = try await user(body)
        for _ in 0..<2 { #expect(try await tenant.send(.delete, path(id)).status == 204) }
        #expect(try await tenant.send(.get, path(id)).errorCode == "inexistent_user")
        #expect(try await owner(recipient, strategy) == nil)
        #expect(try await tenant.eventCount("sdu") == 1)
        #expect(try await make(body).status == 201)
    }

    @Test("a linked number leads to the primary user, and back when it is unlinked, whatever else the profile has")
    func linking() async throws {
        let primary = try await tenant.makeUser("p@x.example")
        let id = try await user(["connection": "sms", "phone_number": "+15551112222", "email": "a@x.example"])
        let link: JSON = ["provider": "sms", "user_id": .string(id)]
        #expect(try await tenant.send(.post, "\(path(primary))/identities", link).status == 201)
        #expect(try await owner("+15551112222", "sms") == primary)
        #expect(try await make(["connection": "sms", "phone_number": "+15551112222"]).status == 409)
        let unlinked = try await tenant.send(.delete, "\(path(primary))/identities/sms/\(id.dropFirst(4))")
        #expect(unlinked.status == 200)
        #expect(try await owner("+15551112222", "sms") == id)
    }
}
