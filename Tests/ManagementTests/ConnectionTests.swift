import HTTPTypes
import OpenSSL
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
            "options": .object(Connection.databaseDefaults.filled(with: ConnectionOptions.databaseMethods)),
            "strategy": "auth0", "name": "Employees", "is_domain_connection": false, "enabled_clients": [],
            "realms": ["Employees"], "authentication": ["active": true], "connected_accounts": ["active": false],
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
        let deleted = try await tenant.send(.delete, "/connections/\(id)")
        #expect(deleted.status == 202 && deleted.body["deleted_at"] != nil)
        #expect(try await tenant.send(.delete, "/connections/\(id)").status == 204)
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

    @Test("M2: what scripts of a database are configured with is shown to nobody, and kept where it comes back hidden")
    func scriptConfiguration() async throws {
        let tenant = try await TestTenant()
        let options: JSON = ["import_mode": true, "configuration": ["url": "hidden-1", "key": "hidden-2"]]
        let made = try await tenant.send(
            .post, "/connections", ["name": "people", "strategy": "auth0", "options": options])
        #expect(made.status == 201 && made.body.at("options", "configuration") == ["url": "*****", "key": "*****"])
        let id = try #require(made.body["id"]?.string)
        func stored() async throws -> JSON? {
            try await tenant.shard.read { try $0.connections.find(id)?.options["configuration"] }
        }
        #expect(try await stored() == ["url": "hidden-1", "key": "hidden-2"])
        for path in ["/connections/\(id)", "/connections?name=people"] {
            let writer = try await tenant.send(.get, path).body.text()
            #expect(writer.contains("import_mode") && writer.contains("url") && !writer.contains("hidden"), "\(path)")
            let reader = try await tenant.send(.get, path, scopes: ["read:connections"]).body.text()
            #expect(reader.contains("import_mode") && !reader.contains("configuration"), "\(path)")
        }

        // What was read is sent again, with one value changed and another added.
        let repeated = try await tenant.send(
            .patch, "/connections/\(id)",
            ["options": ["configuration": ["url": "*****", "key": "hidden-3", "more": "hidden-4"]]])
        #expect(repeated.status == 200 && !repeated.body.text().contains("hidden"))
        #expect(try await stored() == ["url": "hidden-1", "key": "hidden-3", "more": "hidden-4"])
        let unknown = try await tenant.send(
            .patch, "/connections/\(id)", ["options": ["configuration": ["url": "*****", "other": "*****"]]])
        #expect(unknown.errorCode == "invalid_body" && unknown.message?.contains("other") == true)
        #expect(try await stored() == ["url": "hidden-1", "key": "hidden-3", "more": "hidden-4"])
        // Options are replaced as a whole: what is left out is gone, and its placeholder stands for nothing.
        let less: JSON = ["options": ["configuration": ["url": "*****"]]]
        #expect(try await tenant.send(.patch, "/connections/\(id)", less).status == 200)
        #expect(try await stored() == ["url": "hidden-1"])
        #expect(try await tenant.send(.patch, "/connections/\(id)", ["options": [:]]).status == 200)
        #expect(try await tenant.send(.patch, "/connections/\(id)", less).errorCode == "invalid_body")
        let empty = try await tenant.send(
            .post, "/connections",
            ["name": "others", "strategy": "auth0", "options": ["configuration": ["url": "*****"]]])
        #expect(empty.errorCode == "invalid_body")
        for event in try await tenant.shard.read({ try $0.logs.page(offset: 0, limit: 100) }) {
            #expect(!JSON.object(event).text().contains("hidden"))
        }
    }

    @Test("who may only read connections sees their settings, also those that are named like secrets")
    func settings() async throws {
        let tenant = try await TestTenant()
        let database = try await tenant.make("/connections", ["name": "database", "strategy": "auth0"])
        let shown = try await tenant.send(.get, "/connections/\(database)", scopes: ["read:connections"]).body
        for (name, value) in ConnectionOptions.databaseMethods {
            #expect(shown.at("options", name) == value, "\(name)")
        }
        let options: JSON = ["client_id": "c", "id_token_signed_response_algs": ["RS256"], "scope": ["openid"]]
        let upstream = try await tenant.make(
            "/connections", ["name": "idp", "strategy": "oauth2", "options": options])
        let reader = try await tenant.send(.get, "/connections/\(upstream)", scopes: ["read:connections"]).body
        #expect(reader.at("options", "id_token_signed_response_algs") == ["RS256"])
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
        // M8: an id nobody knows has its place too; what is no id has none.
        let late = try await tenant.send(.get, "/logs?from=\(String(repeating: "9", count: 56))&take=1")
        #expect(late.status == 200 && late.body == [])
        for text in ["zz", "-1", "1%20OR%201", "900x", "%27", String(repeating: "9", count: 65)] {
            let refused = try await tenant.send(.get, "/logs?from=\(text)&take=1")
            #expect(refused.status == 400 && refused.errorCode == "invalid_query_string", "\(text)")
            #expect(refused.message?.hasPrefix("Query validation error: ") == true)
        }
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
        #expect(grant.status == 201 && grant.body["subject_type"] == "client")
        #expect(
            Set(grant.body.object?.keys ?? []) == ["id", "client_id", "audience", "scope", "subject_type"])
        let grantPath = "/client-grants/\(grant.body["id"]?.string ?? "")"
        #expect(try await tenant.send(.get, grantPath).body == grant.body)
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

@Suite("What connections have when nothing is said, by strategy")
struct ConnectionDefaultsTests {
    private func options(
        _ strategy: String, _ options: JSONObject, _ tenant: TestTenant
    ) async throws -> JSONObject {
        let reply = try await tenant.send(
            .post, "/connections",
            [
                "name": .string("\(strategy)-\(Connection.newID().dropFirst(4))"), "strategy": .string(strategy),
                "options": .object(options),
            ])
        try #require(reply.status == 201, "\(reply.body)")
        return try #require(reply.body["options"]?.object)
    }

    @Test("the second version of a strategy asks for the profile under its later name")
    func versions() async throws {
        let tenant = try await TestTenant()
        #expect(try await options("linkedin", [:], tenant)["scope"] == ["r_basicprofile"])
        #expect(try await options("linkedin", ["strategy_version": 2], tenant)["scope"] == ["r_liteprofile"])
        #expect(try await options("windowslive", [:], tenant)["scope"] == ["wl.signin"])
        #expect(try await options("windowslive", ["strategy_version": 2], tenant)["scope"] == [])
    }

    @Test("a scope that follows from permissions is not taken from the request")
    func scopes() async throws {
        let tenant = try await TestTenant()
        let line = try await options("line", ["email": true, "scope": ["anything"]], tenant)
        #expect(line["scope"] == ["openid", "email", "profile"])
        #expect(try await options("line", [:], tenant)["scope"] == ["openid", "profile"])
        #expect(try await options("wordpress", ["scope": ["email", "openid"]], tenant)["scope"] == ["profile"])
    }

    @Test("Okta's endpoints lie below its domain, where none are given; a domain that is none gives nothing")
    func okta() async throws {
        let tenant = try await TestTenant()
        let made = try await options(
            "okta", ["domain": "acme.okta.com", "token_endpoint": nil, "issuer": "https://a.example"], tenant)
        #expect(made["token_endpoint"] == "https://acme.okta.com/oauth2/v1/token" && made["type"] == "back_channel")
        let given = try await options(
            "okta", ["domain": "acme.okta.com", "token_endpoint": "https://a.example/t"], tenant)
        #expect(given["token_endpoint"] == "https://a.example/t")
        #expect(try await options("okta", ["domain": "evil.example/x?"], tenant)["token_endpoint"] == nil)
    }

    @Test("AD FS metadata tells the sign-in address and the certificates' thumbprints")
    func metadata() async throws {
        let tenant = try await TestTenant()
        let certificate = try CertificateAuthority.create(commonName: "adfs").certificate
        let xml = """
            <?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "b">]>
            <EntityDescriptor><RoleDescriptor><fed:ApplicationServiceEndpoint><wsa:Address>https://no.example
            </wsa:Address></fed:ApplicationServiceEndpoint><KeyInfo><X509Certificate>
            \(Base64.encode(certificate.der))</X509Certificate></KeyInfo>
            <fed:PassiveRequestorEndpoint><wsa:EndpointReference><wsa:Address> https://adfs.example/wsfed
            </wsa:Address></wsa:EndpointReference></fed:PassiveRequestorEndpoint></RoleDescriptor></EntityDescriptor>
            """
        let made = try await options("adfs", ["fedMetadataXml": .string(xml)], tenant)
        #expect(made["signInEndpoint"] == "https://adfs.example/wsfed")
        #expect(made["thumbprints"] == [.string(Hex.encode(certificate.sha1Thumbprint))])
        let script = "<PassiveRequestorEndpoint><Address>javascript:alert(1)</Address></PassiveRequestorEndpoint>"
        #expect(try await options("adfs", ["fedMetadataXml": .string(script)], tenant)["signInEndpoint"] == nil)
    }

    @Test(
        "attributes go with none of the older settings for the same",
        arguments: [
            (
                ["requires_username": true, "attributes": ["email": ["identifier": ["active": true]]]],
                "requires_username"
            ),
            (
                [
                    "validation": ["username": ["min": 1, "max": 5]],
                    "attributes": ["email": ["identifier": ["active": true]]],
                ], "options.validation"
            ),
            (["attributes": ["email": ["identifier": ["active": false]]]], "one active identifier"),
            (
                [
                    "attributes": [
                        "phone_number": [
                            "identifier": ["active": true], "profile_required": true, "signup": ["status": "inactive"],
                        ]
                    ]
                ], "attribute phone_number must also be required on signup"
            ),
        ] as [(JSON, String)])
    func attributes(options: JSON, message: String) async throws {
        let tenant = try await TestTenant()
        let reply = try await tenant.send(
            .post, "/connections", ["name": "db", "strategy": "auth0", "options": options])
        #expect(reply.status == 400 && reply.errorCode == "invalid_body" && reply.message?.contains(message) == true)
    }

    @Test("a connection is enabled for clients one by one, and a client tells its connections")
    func clients() async throws {
        let tenant = try await TestTenant()
        let id = try await tenant.make("/connections", ["name": "db", "strategy": "auth0"])
        let (first, second) = (try await tenant.makeClient("One"), try await tenant.makeClient("Two"))
        func change(_ client: String, _ isOn: Bool) -> JSON { ["client_id": .string(client), "status": .bool(isOn)] }
        let path = "/connections/\(id)/clients"
        let both = try await tenant.send(.patch, path, [change(first, true), change(second, true)])
        #expect(both.status == 204, "\(both.body)")
        #expect(try await tenant.send(.patch, path, [change(first, false)]).status == 204)
        #expect(try await tenant.send(.get, path).body["clients"] == [["client_id": .string(second)]])
        func connections(of client: String) async throws -> [JSON]? {
            try await tenant.send(.get, "/clients/\(client)/connections").body["connections"]?.array?
                .compactMap { $0["id"] }
        }
        #expect(try await connections(of: second)?.contains(.string(id)) == true)
        #expect(try await connections(of: first)?.contains(.string(id)) == false)
        #expect(try await tenant.send(.patch, path, [change("nobody", true)]).status == 400)
    }

    @Test("a SCIM configuration belongs to its connection; its tokens are told once")
    func scim() async throws {
        let tenant = try await TestTenant()
        let id = try await tenant.make(
            "/connections", ["name": "okta", "strategy": "okta", "options": ["domain": "acme.okta.com"]])
        let path = "/connections/\(id)/scim-configuration"
        #expect(try await tenant.send(.get, path).status == 404)
        let made = try await tenant.send(.post, path, [:])
        #expect(made.status == 201 && made.body["mapping"]?.array?.count == 32, "\(made.body)")
        #expect(made.body["connection_name"] == "okta" && made.body["tenant_name"] == "acme")
        #expect(try await tenant.send(.post, path, [:]).status == 409)
        let changed = try await tenant.send(.patch, path, ["user_id_attribute": "userName"])
        #expect(changed.body["user_id_attribute"] == "userName" && changed.body["mapping"] == made.body["mapping"])
        let token = try await tenant.send(.post, "\(path)/tokens", ["scopes": ["get:users"]])
        let secret = try #require(token.body["token"]?.string)
        let list = try await tenant.send(.get, "\(path)/tokens")
        #expect(list.body.array?.count == 1 && !list.body.text().contains(secret))
        #expect(try await tenant.lastEvent("sapi").map { JSON.object($0).text().contains(secret) } == false)
        _ = try await tenant.send(.delete, "/connections/\(id)")
        #expect(try await tenant.shard.read { try $0.scimTokens.count(owner: id) } == 0)
        let database = try await tenant.make("/connections", ["name": "db", "strategy": "auth0"])
        #expect(try await tenant.send(.post, "/connections/\(database)/scim-configuration", [:]).status == 400)
    }
}
