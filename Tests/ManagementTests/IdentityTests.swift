import OpenSSL
import StrictJSON
import Tenancy
import Testing

@testable import Management

@Suite("Users: identities, search, deletion")
struct IdentityTests {
    private let database = "Username-Password-Authentication"

    private func user(_ email: String, _ tenant: TestTenant, _ more: JSONObject = [:]) async throws -> String {
        var body: JSONObject = [
            "connection": .string(database), "email": .string(email), "password": "Correct-Horse-1",
        ]
        for (name, value) in more { body[name] = value }
        let reply = try await tenant.send(.post, "/users", .object(body))
        return try #require(reply.body["user_id"]?.string, "\(reply.body)")
    }

    private func path(_ id: String) -> String { "/users/\(id.replacing("|", with: "%7C"))" }

    @Test("linking answers the identities with their profiles, and unlinking those that are left")
    func linking() async throws {
        let tenant = try await TestTenant()
        let first = try await user("first@x.example", tenant)
        let second = try await user("second@x.example", tenant)
        let reply = try await tenant.send(
            .post, "\(path(first))/identities", ["provider": "auth0", "user_id": .string(second)])
        #expect(reply.status == 201)
        let identities = try #require(reply.body.array)
        #expect(identities.count == 2)
        #expect(identities[0]["profileData"]?["email"] == "first@x.example")
        #expect(identities[1]["profileData"]?["email"] == "second@x.example")
        #expect(identities[1]["user_id"]?.string == String(second.dropFirst(6)))
        #expect(try await tenant.send(.get, path(second)).status == 404)
        #expect(
            try await tenant.send(.get, "/users?q=identities.profileData.email:%22second@x.example%22").body.array?
                .count == 1)

        let again = try await tenant.send(
            .post, "\(path(first))/identities", ["provider": "auth0", "user_id": .string(second)])
        #expect(again.status == 409)

        // What the user does not have is unlinked already.
        let nothing = try await tenant.send(.delete, "\(path(first))/identities/auth0/nobody")
        #expect(nothing.status == 200 && nothing.body.array?.count == 2)
        let own = try await tenant.send(.delete, "\(path(first))/identities/auth0/\(first.dropFirst(6))")
        #expect(own.status == 400)
        let left = try await tenant.send(.delete, "\(path(first))/identities/auth0/\(second.dropFirst(6))")
        #expect(left.status == 200 && left.body.array?.count == 1)
        #expect(try await tenant.send(.get, path(second)).body["email"] == "second@x.example")
    }

    @Test("L15, M5: a person links only what they prove to own, and only to themselves")
    func own() async throws {
        let tenant = try await TestTenant()
        let first = try await user("first@x.example", tenant)
        let second = try await user("second@x.example", tenant)
        let token = try tenant.token(scopes: ["update:current_user_identities", "update:users"], subject: first)
        let bearer = ["Bearer \(token)"]
        let body: JSON = ["provider": "auth0", "user_id": .string(second)]
        for id in [first, second] {
            #expect(
                try await tenant.send(.post, "\(path(id))/identities", body, authorization: bearer).status == 403)
        }
        let forged = try tenant.token(subject: second)
        #expect(
            try await tenant.send(
                .post, "\(path(first))/identities", ["link_with": .string(forged)], authorization: bearer
            ).status == 400)
        // What another application was told about its user opens no account here.
        let foreign = try #require(
            try await tenant.send(
                .post, "/clients", ["name": "app", "oidc_conformant": true, "jwt_configuration": ["alg": "RS256"]]
            ).body["client_id"]?.string)
        let told = try tenant.token(scopes: [], subject: second, audience: foreign)
        #expect(
            try await tenant.send(
                .post, "\(path(first))/identities", ["link_with": .string(told)], authorization: bearer
            ).status == 400)
        // An id_token of the other account, for the very application.
        let own = tenant.managementClient.clientID
        let changed = try await tenant.send(
            .patch, "/clients/\(own)", ["oidc_conformant": true, "jwt_configuration": ["alg": "RS256"]])
        #expect(changed.status == 200)
        // Nor what another application has had made for this one.
        let delegated = try tenant.token(
            scopes: [], subject: second, audience: own, extra: ["azp": .string(foreign)])
        #expect(
            try await tenant.send(
                .post, "\(path(first))/identities", ["link_with": .string(delegated)], authorization: bearer
            ).status == 400)
        let proof = try tenant.token(scopes: [], subject: second, audience: own)
        let reply = try await tenant.send(
            .post, "\(path(first))/identities", ["link_with": .string(proof)], authorization: bearer)
        #expect(reply.status == 201 && reply.body.array?.count == 2, "\(reply.body)")
        // The proof logs in as the other account for as long as it lives: it is written down nowhere.
        let events = try await tenant.shard.read { try $0.logs.page(offset: 0, limit: 100) }
        #expect(events.contains { $0["type"] == "sapi" && JSON.object($0).text().contains("link_with") })
        for event in events {
            let text = JSON.object(event).text()
            for token in [proof, forged, told, delegated] { #expect(!text.contains(token)) }
        }
    }

    @Test("L12 unlinking ends what was opened before, passkeys too: nobody knows by which identity they were made")
    func unlinkingEndsLogins() async throws {
        let tenant = try await TestTenant()
        let first = try await user("first@x.example", tenant)
        let second = try await user("second@x.example", tenant)
        let client = tenant.managementClient.clientID
        _ = try await tenant.send(
            .post, "\(path(first))/identities", ["provider": "auth0", "user_id": .string(second)])
        let now = tenant.shard.now
        let passkey = Passkey(
            credentialID: [1], userID: first, relyingParty: "acme.localhost",
            publicKey: try PrivateKey.generate(for: .es256).publicKey, signCount: 0, createdAt: now)
        let family = try await tenant.shard.write { db in
            #expect(try db.passkeys.insert(passkey))
            return try db.tokenFamilies.insert(clientID: client, userID: first, at: now)
        }
        func isOpen() async throws -> [Bool] {
            try await tenant.shard.read {
                [try !$0.passkeys.list(of: first).isEmpty, try $0.tokenFamilies.find(family)?.isRevoked == false]
            }
        }
        #expect(try await tenant.send(.delete, "\(path(first))/identities/auth0/nobody").status == 200)
        #expect(try await isOpen() == [true, true], "nothing was unlinked")
        #expect(try await tenant.send(.delete, "\(path(first))/identities/auth0/\(second.dropFirst(6))").status == 200)
        #expect(try await isOpen() == [false, false])
    }

    @Test("every user is deleted only on explicit request")
    func deleteAll() async throws {
        let tenant = try await TestTenant()
        for number in 0..<3 { _ = try await user("u\(number)@x.example", tenant) }
        #expect(try await tenant.send(.delete, "/users").status == 400)
        #expect(try await tenant.send(.get, "/users").body.array?.count == 3)
        #expect(try await tenant.send(.delete, "/users?confirm=delete-all-users").status == 204)
        #expect(try await tenant.send(.get, "/users").body == [])
    }

    @Test("M7: a search finds users by metadata, and bad syntax is a 400 that names the character")
    func search() async throws {
        let tenant = try await TestTenant()
        for number in 0..<5 {
            _ = try await user(
                "u\(number)@x.example", tenant,
                ["app_metadata": ["plan": number < 2 ? "full" : "free", "seats": .int(number)]])
        }
        func emails(_ query: String) async throws -> [String] {
            let reply = try await tenant.send(.get, "/users?include_totals=true&sort=email:-1&q=\(query)")
            let users = reply.body["users"]?.array ?? []
            #expect(reply.body["total"]?.int == users.count, "\(reply.body)")
            return users.compactMap { $0["email"]?.string }
        }
        #expect(try await emails("app_metadata.plan:%22full%22") == ["u1@x.example", "u0@x.example"])
        #expect(try await emails("app_metadata.seats:%5B2%20TO%203%5D") == ["u3@x.example", "u2@x.example"])
        #expect(try await emails("u4@x.example") == ["u4@x.example"])
        #expect(try await emails("email:u*%20AND%20NOT%20app_metadata.plan:free").count == 2)
        let bad = try await tenant.send(.get, "/users?q=name:(a%20AND")
        #expect(bad.status == 400 && bad.errorCode == "invalid_query_string")
        #expect(bad.message?.contains("character 12") == true, "\(bad.message ?? "")")
        #expect(try await tenant.send(.get, "/users?search_engine=v3&per_page=100&page=10").status == 400)
        #expect(try await tenant.send(.get, "/logs?page=10&per_page=100").status == 400)
    }

    @Test("reports of active users add up over clients (R40-R43)")
    func stats() async throws {
        let tenant = try await TestTenant()
        let client = tenant.managementClient.clientID
        let now = tenant.shard.now
        try await tenant.shard.write { db in
            for (user, client) in [("a", client), ("b", client), ("a", "gone")] {
                var event = LogEvent(.successLogin, at: now)
                event.userID = user
                event.clientID = client
                event.connection = try db.connections.identity(name: Connection.defaultDatabaseName)
                try db.logs.append(event)
            }
        }
        let report = try await tenant.send(.get, "/stats/active-users/by-client?month=\(now.month)").body
        #expect(report["total"] == 3 && report["month"]?.string == now.month)
        let clients = try #require(report["clients"]?.array)
        #expect(clients.count == 2)
        let known = try #require(clients.first { $0["client_id"]?.string == client })
        #expect(known["by_type"] == ["social": 0, "database": 2, "enterprise": 0, "passwordless": 0])
        #expect(known["total"] == 2 && known["name"]?.string != nil)
        #expect(try await tenant.send(.get, "/stats/active-users").body == 2)
        let days = try await tenant.send(.get, "/stats/daily").body.array
        #expect(days?.first?["logins"] == 3 && days?.first?["date"]?.string == "\(now.day)T00:00:00.000Z")
        for query in ["month=2018", "month=2018-13", "month='"] {
            #expect(try await tenant.send(.get, "/stats/active-users/by-client?\(query)").status == 400)
        }
        for query in ["from=x", "from=20261399", "from=20260001", "to=20260230", "to=20250229", "to=20260431"] {
            let refused = try await tenant.send(.get, "/stats/daily?\(query)")
            #expect(refused.status == 400 && refused.errorCode == "invalid_query_string", "\(query)")
        }
        #expect(try await tenant.send(.get, "/stats/daily?from=20240229&to=20261231").status == 200)
        #expect(try await tenant.send(.get, "/stats/active-users", scopes: ["read:users"]).status == 403)
    }
}
