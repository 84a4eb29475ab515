import HTTPTypes
import StrictJSON
import Tenancy
import Testing

@testable import Management

@Suite("Connections, logs and APIs")
struct ConnectionTests {
    @Test("a database connection has the recorded shape and defaults")
    func database() async throws {
        let tenant = try await TestTenant()
        let reply = try await tenant.send(.post, "/connections", ["name": "Employees", "strategy": "auth0"])
        #expect(reply.status == 201)
        var expected: JSONObject = [
            "options": .object(Connection.databaseDefaults), "strategy": "auth0", "name": "Employees",
            "is_domain_connection": false, "enabled_clients": [], "realms": ["Employees"],
        ]
        expected["id"] = reply.body["id"]
        #expect(reply.body == .object(expected))
        let id = try #require(reply.body["id"]?.string)
        let client = try await tenant.makeClient("App")
        let patched = try await tenant.send(
            .patch, "/connections/\(id)", ["options": [:], "enabled_clients": [.string(client)]])
        #expect(patched.body["options"] == ["brute_force_protection": true], "options are replaced as a whole")
        #expect(patched.body["enabled_clients"] == [.string(client)])
        let unknown = try await tenant.send(.patch, "/connections/\(id)", ["enabled_clients": ["nobody"]])
        #expect(unknown.status == 400 && unknown.message?.contains("enabled_clients") == true)
        for body in [["name": "Other"], ["strategy": "sms"], ["id": "con_x"]] as [JSON] {
            #expect(try await tenant.send(.patch, "/connections/\(id)", body).errorCode == "invalid_body")
        }
        let policy = try await tenant.send(.patch, "/connections/\(id)", ["options": ["passwordPolicy": "weird"]])
        #expect(policy.message?.contains("options.passwordPolicy") == true)
        for _ in 0..<2 { #expect(try await tenant.send(.delete, "/connections/\(id)").status == 204) }
        #expect(try await tenant.send(.get, "/connections/\(id)").errorCode == "inexistent_connection")
    }

    @Test("M2: secrets of an identity provider are for those who may write them")
    func secrets() async throws {
        let tenant = try await TestTenant()
        let options: JSON = [
            "client_id": "c", "client_secret": "hidden-1", "configuration": ["url": "hidden-2"],
            "gateway": ["twilio_token": "hidden-3", "secrets": ["hidden-4"]], "scope": ["email"],
        ]
        let made = try await tenant.send(
            .post, "/connections", ["name": "idp", "strategy": "oauth2", "options": options])
        #expect(made.body["options"] == options)
        let id = try #require(made.body["id"]?.string)
        for path in ["/connections/\(id)", "/connections?name=idp", "/connections?fields=options"] {
            let reader = try await tenant.send(.get, path, scopes: ["read:connections"]).body.text()
            #expect(reader.contains("email") && !reader.contains("hidden"), "\(path)")
            let writer = try await tenant.send(.get, path, scopes: ["read:connections", "update:connections"])
            #expect(writer.body.text().contains("hidden-1"), "\(path)")
        }
        let repeated = try await tenant.send(.patch, "/connections/\(id)", ["options": options])
        #expect(repeated.body["options"] == options)
        #expect(try await tenant.lastEvent("sapi").map { JSON.object($0).text().contains("hidden") } == false)
    }

    @Test("M14: of twenty connections with one name at the same time one is made, the others are conflicts")
    func race() async throws {
        let tenant = try await TestTenant()
        let statuses = try await withThrowingTaskGroup(of: Int.self) { group in
            for _ in 0..<20 {
                group.addTask {
                    try await tenant.send(.post, "/connections", ["name": "Same", "strategy": "auth0"]).status
                }
            }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        #expect(statuses.count { $0 == 201 } == 1 && statuses.count { $0 == 409 } == 19)
    }

    @Test("connections are listed by strategy and name, with the quirk of is_domain_connection")
    func listing() async throws {
        let tenant = try await TestTenant()
        try await tenant.send(
            .post, "/connections", ["name": "google", "strategy": "google-oauth2", "options": ["profile": true]])
        try await tenant.send(.post, "/connections", ["name": "hub", "strategy": "github"])
        let two = try await tenant.send(.get, "/connections?strategy=github&strategy=google-oauth2").body.array
        #expect(two?.count == 2)
        #expect(two?.first?.at("options", "scope") == ["email", "profile"])
        let named = try await tenant.send(.get, "/connections?name=hub&fields=name").body
        #expect(named == [["name": "hub", "is_domain_connection": false]])
        let wrong = try await tenant.send(.post, "/connections", ["name": "a_b", "strategy": "auth0"])
        #expect(wrong.message?.contains("on property name") == true)
        #expect(try await tenant.send(.post, "/connections", ["name": "x", "strategy": "magic"]).status == 400)
    }

    @Test("users can be deleted from a database by e-mail")
    func deleteUser() async throws {
        let tenant = try await TestTenant()
        let id = try #require(try await tenant.send(.get, "/connections").body.array?.first?["id"]?.string)
        let user = try await tenant.makeUser("jane@x.example")
        #expect(try await tenant.send(.delete, "/connections/\(id)/users").status == 400)
        for _ in 0..<2 {
            #expect(try await tenant.send(.delete, "/connections/\(id)/users?email=jane%40x.example").status == 204)
        }
        #expect(try await tenant.send(.get, "/users/\(user)").status == 404)
        #expect(try await tenant.send(.delete, "/connections/con_none/users?email=a%40x.example").status == 404)
    }

    @Test("logs: pages newest first, checkpoints oldest first, one by id with its raw user agent")
    func logs() async throws {
        let tenant = try await TestTenant()
        for index in 0..<5 { _ = try await tenant.makeClient("App \(index)") }
        let page = try await tenant.send(.get, "/logs?per_page=2&include_totals=true").body
        #expect(page["total"] == 5 && page["length"] == 2)
        let newest = try #require(page["logs"]?.array?.first)
        #expect(newest["user_agent"] == "Other 0.0.0 / Other 0.0.0" && newest["isMobile"] == false)
        let id = try #require(newest["log_id"]?.string)
        #expect(newest["_id"]?.string == id && id.hasPrefix("900") && id.utf8.count == 56)
        let one = try await tenant.send(.get, "/logs/\(id)").body
        #expect(one["user_agent"] == "test/1.0" && one["isMobile"] == nil)
        let start = try #require(try await tenant.send(.get, "/logs?take=2").body.array)
        #expect(start.count == 2)
        let from = try #require(start.last?["log_id"]?.string)
        let rest = try #require(try await tenant.send(.get, "/logs?from=\(from)&take=100").body.array)
        #expect(rest.count == 3 && rest.last?["log_id"]?.string == id)
        let fields = try await tenant.send(.get, "/logs?per_page=1&fields=type").body.array?.first
        #expect(Set(fields?.object?.keys ?? []) == ["_id", "type"])
        #expect(try await tenant.send(.get, "/logs?q=type%3A%22sapi%22").body.array?.count == 5)
        #expect(try await tenant.send(.get, "/logs?q=type%3Afapi").body == [])
        for query in ["q=type:(a", "sort=type:1", "take=101", "per_page=101"] {
            #expect(try await tenant.send(.get, "/logs?\(query)").status == 400)
        }
        #expect(try await tenant.send(.get, "/logs/90000").status == 404)
        let user = try await tenant.makeUser("jane@x.example")
        #expect(try await tenant.send(.get, "/users/\(user)/logs").body == [])
    }

    @Test("APIs and grants: made, changed, found by identifier, removed; the system API stands")
    func apis() async throws {
        let tenant = try await TestTenant()
        let made = try await tenant.send(
            .post, "/resource-servers",
            ["identifier": "https://api.example.com/", "scopes": [["value": "read:x"]], "signing_alg": "HS256"])
        #expect(made.status == 201)
        #expect(made.body["token_lifetime"] == 86_400 && made.body["signing_secret"]?.string?.count == 32)
        let id = try #require(made.body["id"]?.string)
        let hidden = try await tenant.send(
            .get, "/resource-servers/https%3A%2F%2Fapi.example.com%2F", scopes: ["read:resource_servers"])
        #expect(hidden.body["id"]?.string == id && hidden.body["signing_secret"] == nil)
        let again = try await tenant.send(.post, "/resource-servers", ["identifier": "https://api.example.com/"])
        #expect(again.status == 409)
        let moved = try await tenant.send(.patch, "/resource-servers/\(id)", ["identifier": "urn:x"])
        #expect(moved.errorCode == "invalid_body")
        let list = try await tenant.send(.get, "/resource-servers").body.array
        let system = try #require(list?.first { $0["is_system"] == true })
        #expect(system["identifier"]?.string == "https://\(tenant.domain)/api/v2/")
        let systemID = try #require(system["id"]?.string)
        #expect(try await tenant.send(.delete, "/resource-servers/\(systemID)").status == 403)
        #expect(try await tenant.send(.patch, "/resource-servers/\(systemID)", ["name": "x"]).status == 403)

        let client = try await tenant.makeClient("App")
        let body: JSON = [
            "client_id": .string(client), "audience": "https://api.example.com/", "scope": ["read:x"],
        ]
        let grant = try await tenant.send(.post, "/client-grants", body)
        #expect(grant.status == 201 && Set(grant.body.object?.keys ?? []) == ["id", "client_id", "audience", "scope"])
        #expect(try await tenant.send(.post, "/client-grants", body).status == 409)
        let grantID = try #require(grant.body["id"]?.string)
        let changed = try await tenant.send(.patch, "/client-grants/\(grantID)", ["scope": []])
        #expect(changed.body["scope"] == [])
        let mine = try await tenant.send(.get, "/client-grants?client_id=\(client)&include_totals=true").body
        #expect(mine["total"] == 1 && mine["client_grants"]?.array?.count == 1)
        #expect(try await tenant.send(.delete, "/client-grants/\(grantID)").status == 204)
        #expect(try await tenant.send(.patch, "/client-grants/\(grantID)", ["scope": []]).status == 404)
        #expect(try await tenant.send(.delete, "/resource-servers/\(id)").status == 204)
    }
}
