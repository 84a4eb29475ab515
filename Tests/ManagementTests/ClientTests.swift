import Foundation
import HTTPTypes
import StrictJSON
import Tenancy
import Testing

@testable import Management

@Suite("Clients")
struct ClientTests {
    @Test("a client made with a name alone has the recorded defaults")
    func minimal() async throws {
        let tenant = try await TestTenant()
        let reply = try await tenant.send(.post, "/clients", ["name": "App"])
        #expect(reply.status == 201)
        let client = try #require(reply.body.object)
        let expected: JSONObject = [
            "tenant": "acme", "global": false, "name": "App", "is_first_party": true, "oidc_conformant": false,
            "sso_disabled": false, "cross_origin_auth": false, "is_token_endpoint_ip_header_trusted": false,
            "custom_login_page_on": true, "callback_url_template": false, "encrypted": true,
            "jwt_configuration": ["lifetime_in_seconds": 36000, "secret_encoded": false],
            "grant_types": ["authorization_code", "implicit", "refresh_token", "client_credentials"],
        ]
        for (name, value) in expected { #expect(client[name] == value, "\(name)") }
        #expect(client["client_id"]?.string?.count == 32)
        #expect(client["client_secret"]?.string?.count == 64)
        let later: Set = ["refresh_token", "cross_origin_authentication"]
        #expect(
            Set(client.keys).subtracting(later)
                == Set(expected.keys).union(["client_id", "client_secret", "signing_keys"]))
        #expect(client["refresh_token"]?["rotation_type"] == "non-rotating")
        let key = try #require(client["signing_keys"]?.array?.first?.object)
        #expect(Set(key.keys) == ["cert", "pkcs7", "subject"])
        #expect(key["subject"] == "/CN=acme.auth0.com")
        #expect(!reply.body.text().contains("PRIVATE KEY"))

        let id = try #require(client["client_id"]?.string)
        let shown = try await tenant.send(.get, "/clients/\(id)")
        #expect(shown.status == 200 && shown.body["encrypted"] == nil)
    }

    @Test("every settable property is stored and shown as it was sent")
    func everyProperty() async throws {
        let tenant = try await TestTenant()
        let body: JSON = [
            "name": "Full", "description": "d", "client_secret": "0123456789abcdef", "app_type": "spa",
            "logo_uri": "https://x.example/l.png", "is_first_party": false, "oidc_conformant": true,
            "callbacks": ["https://a.example/cb", "com.app://cb", "*.google.com", "http://localhost:3000/cb"],
            "allowed_origins": ["https://*.a.example"], "web_origins": ["https://a.example"],
            "allowed_logout_urls": ["https://a.example/bye"], "client_aliases": ["x"], "allowed_clients": ["y"],
            "grant_types": ["implicit"], "token_endpoint_auth_method": "none",
            "jwt_configuration": ["alg": "RS256", "lifetime_in_seconds": 60, "scopes": [:]], "sso": true,
            "encryption_key": ["pub": "p", "cert": "c", "subject": "s"], "sso_disabled": true,
            "cross_origin_auth": true, "cross_origin_loc": "https://a.example/co",
            "is_token_endpoint_ip_header_trusted": true, "callback_url_template": true,
            "custom_login_page_on": false, "custom_login_page": "<html>", "custom_login_page_preview": "<p>",
            "form_template": "f", "initiate_login_uri": "https://a.example/login",
            "addons": [
                "samlp": ["audience": "urn:a", "mappings": ["a": "b", "c": ["d", "e"]], "lifetimeInSeconds": 60],
                "wsfed": [:], "slack": ["team": "t", "unheard-of": 1],
            ],
            "mobile": ["ios": ["team_id": "t", "app_bundle_identifier": "b"]], "client_metadata": ["k": "v"],
            "resource_servers": [["identifier": "urn:x", "scopes": ["a"]]],
        ]
        let reply = try await tenant.send(.post, "/clients", body)
        #expect(reply.status == 201, "\(reply.body)")
        for (name, value) in try #require(body.object) where name != "jwt_configuration" {
            #expect(reply.body[name] == value, "\(name)")
        }
        let jwt: JSON = ["alg": "RS256", "lifetime_in_seconds": 60, "scopes": [:], "secret_encoded": false]
        #expect(reply.body["jwt_configuration"] == jwt)
    }

    @Test(
        "U5, U14: what must not be saved is refused, and the property is named",
        arguments: [
            (["name": ""], "name"), (["name": "<b>"], "name"), (["name": 5], "name"),
            (["description": .string(String(repeating: "x", count: 141))], "description"),
            (["app_type": "toaster"], "app_type"), (["client_secret": "short"], "client_secret"),
            (["logo_uri": "javascript:alert(1)"], "logo_uri"), (["logo_uri": "https://x\r\ny"], "logo_uri"),
            (["initiate_login_uri": "data:text/html,x"], "initiate_login_uri"),
            (["cross_origin_loc": "ftp://x"], "cross_origin_loc"),
            (["callbacks": ["https://*"]], "callbacks[0]"), (["callbacks": ["https://*.com"]], "callbacks[0]"),
            (["callbacks": ["*"]], "callbacks[0]"), (["callbacks": ["https://*.co.uk"]], "callbacks[0]"),
            (["callbacks": ["https://a.*.example.com"]], "callbacks[0]"),
            (["callbacks": ["https://*.*.example.com"]], "callbacks[0]"),
            (["callbacks": ["https://example.com/*"]], "callbacks[0]"),
            (["callbacks": ["https://ok.example", "https://u@x.example"]], "callbacks[1]"),
            (["callbacks": ["https://x.example/\r\nA:b"]], "callbacks[0]"),
            (["callbacks": .array(Array(repeating: "https://x.example", count: 101))], "callbacks"),
            (["callbacks": [.string("https://x.example/" + String(repeating: "a", count: 10_240))]], "callbacks[0]"),
            (["callbacks": "https://x.example"], "callbacks"),
            (["allowed_origins": ["com.app://x"]], "allowed_origins[0]"),
            (["allowed_logout_urls": ["javascript:alert(1)"]], "allowed_logout_urls[0]"),
            (["token_endpoint_auth_method": "private_key_jwt"], "token_endpoint_auth_method"),
            (["jwt_configuration": ["alg": "none"]], "jwt_configuration.alg"),
            (["jwt_configuration": ["lifetime_in_seconds": -1]], "jwt_configuration.lifetime_in_seconds"),
            (["addons": ["teleport": [:]]], "addons"),
            (["addons": ["aws": ["lifetime_in_seconds": "3600"]]], "addons.aws.lifetime_in_seconds"),
            (["addons": ["azure_blob": ["expiration": "5"]]], "addons.azure_blob.expiration"),
            (["addons": ["samlp": ["mappings": "email"]]], "addons.samlp.mappings"),
            (["addons": ["samlp": ["signatureAlgorithm": "md5"]]], "addons.samlp.signatureAlgorithm"),
            (["addons": ["samlp": ["signResponse": "true"]]], "addons.samlp.signResponse"),
            (["addons": ["samlp": ["logout": ["callback": "javascript:x"]]]], "addons.samlp.logout.callback"),
            (["client_metadata": ["k": 1]], "client_metadata.k"),
            (["client_metadata": ["k": .string(String(repeating: "v", count: 256))]], "client_metadata.k"),
            (["client_id": "mine"], "client_id"), (["tenant": "other"], "tenant"), (["global": true], "global"),
            (["signing_keys": []], "signing_keys"), (["__proto__": [:]], "__proto__"),
        ] as [(JSON, String)])
    func refused(_ wrong: JSON, _ property: String) async throws {
        let tenant = try await TestTenant.shared
        var body: JSONObject = ["name": "App"]
        for (name, value) in try #require(wrong.object) { body[name] = value }
        let made = try await tenant.send(.post, "/clients", .object(body))
        #expect(made.status == 400 && made.errorCode == "invalid_body")
        #expect(made.message?.hasPrefix("Payload validation error: '") == true)
        #expect(made.message?.contains(property) == true, "\(made.message ?? "")")
        // M3: a change is refused in the same words, and nothing changes.
        let id = try await tenant.makeClient("Victim")
        let before = try await tenant.send(.get, "/clients/\(id)").body
        let changed = try await tenant.send(.patch, "/clients/\(id)", wrong)
        #expect(changed.status == 400 && changed.message == made.message)
        #expect(try await tenant.send(.get, "/clients/\(id)").body == before)
    }

    @Test(
        "bodies of the wrong form",
        arguments: [
            ("", 400), ("null", 400), ("[]", 400), ("5", 400), ("{", 400), (#"{"name":"a"} x"#, 400),
            (#"{"name":"a","name":"b"}"#, 400), (#"{"name":"\ud800"}"#, 400), (#"{"name":1e400}"#, 400),
            (String(repeating: "[", count: 10_000), 400), (#"{}"#, 400),
        ])
    func malformed(_ text: String, _ status: Int) async throws {
        let tenant = try await TestTenant.shared
        let reply = try await tenant.send(
            .post, "/clients", bytes: Array(text.utf8), authorization: ["Bearer \(try tenant.token())"],
            contentType: "application/json")
        #expect(reply.status == status && reply.errorCode == "invalid_body")
    }

    @Test("a body of another type is 415, one too large 413")
    func typeAndSize() async throws {
        let tenant = try await TestTenant.shared
        let wrongType = try await tenant.send(.post, "/clients", ["name": "x"], contentType: "text/plain")
        #expect(wrongType.status == 415)
        let form = try await tenant.send(
            .post, "/clients", ["name": "x"], contentType: "application/x-www-form-urlencoded")
        #expect(form.status == 415)
        let large = try await tenant.send(
            .post, "/clients", ["name": .string(String(repeating: "x", count: 2_000_000))])
        #expect(large.status == 413)
    }

    @Test("a change merges objects, replaces arrays, and null removes or resets")
    func patch() async throws {
        let tenant = try await TestTenant()
        let id = try await tenant.makeClient(
            "App",
            [
                "callbacks": ["https://a.example/cb"], "description": "d",
                "mobile": ["ios": ["team_id": "t", "app_bundle_identifier": "b"]], "client_metadata": ["a": "1"],
                "jwt_configuration": ["alg": "RS256", "lifetime_in_seconds": 60],
            ])
        let reply = try await tenant.send(
            .patch, "/clients/\(id)",
            [
                "name": "Renamed", "callbacks": [], "description": nil, "mobile": ["ios": ["team_id": "u"]],
                "client_metadata": ["b": "2", "a": nil], "jwt_configuration": ["lifetime_in_seconds": 120],
            ])
        #expect(reply.status == 200)
        #expect(reply.body["name"] == "Renamed")
        #expect(reply.body["callbacks"] == [])
        #expect(reply.body["description"] == nil)
        #expect(reply.body["mobile"] == ["ios": ["team_id": "u", "app_bundle_identifier": "b"]])
        #expect(reply.body["client_metadata"] == ["b": "2"])
        #expect(
            reply.body["jwt_configuration"] == ["alg": "RS256", "lifetime_in_seconds": 120, "secret_encoded": false])
        #expect(try await tenant.send(.get, "/clients/\(id)").body == reply.body)
        let reset = try await tenant.send(.patch, "/clients/\(id)", ["jwt_configuration": nil, "grant_types": nil])
        #expect(reset.body["jwt_configuration"] == Client.defaults["jwt_configuration"])
        #expect(reset.body["grant_types"] == Client.defaults["grant_types"])
    }

    @Test("metadata has at most ten keys, also after a merge")
    func metadataBound() async throws {
        let tenant = try await TestTenant.shared
        let ten = JSONObject((0..<10).map { ("k\($0)", JSON.string("v")) })
        let id = try await tenant.makeClient("App", ["client_metadata": .object(ten)])
        let reply = try await tenant.send(.patch, "/clients/\(id)", ["client_metadata": ["one more": "v"]])
        #expect(reply.status == 400)
        let exchanged = try await tenant.send(
            .patch, "/clients/\(id)", ["client_metadata": ["one more": "v", "k0": nil]])
        #expect(exchanged.status == 200)
    }

    @Test("M2: without read:client_keys no key is shown, whatever is asked for")
    func hiding() async throws {
        let tenant = try await TestTenant()
        let id = try await tenant.makeClient(
            "App",
            [
                "encryption_key": ["pub": "PUBLIC", "cert": "C", "subject": "s"],
                "addons": ["layer": ["providerId": "p", "privateKey": "SECRETLAYER"]],
            ])
        let secret = try #require(try await tenant.send(.get, "/clients/\(id)").body["client_secret"]?.string)
        for query in [
            "", "?fields=client_secret,signing_keys,encryption_key,addons", "?fields=name&include_fields=false",
        ] {
            for path in ["/clients/\(id)\(query)", "/clients\(query)"] {
                let reply = try await tenant.send(.get, path, scopes: ["read:clients"])
                #expect(reply.status == 200)
                let text = reply.body.text()
                let names = ["client_secret", "signing_keys", "encryption_key"].map { "\"\($0)\":" }
                for hidden in [secret, "SECRETLAYER", "PUBLIC"] + names {
                    #expect(!text.contains(hidden), "\(path): \(hidden)")
                }
            }
        }
        let keys = try await tenant.send(.get, "/clients/\(id)", scopes: ["read:client_keys"])
        #expect(keys.body["client_secret"]?.string == secret)
        #expect(keys.body.at("addons", "layer", "privateKey") == "SECRETLAYER")
        let quiet = try await tenant.send(.post, "/clients", ["name": "x"], scopes: ["create:clients"])
        #expect(quiet.status == 201 && quiet.body["client_secret"] == nil)
    }

    @Test("secret fields need update:client_keys, the others update:clients")
    func keyScopes() async throws {
        let tenant = try await TestTenant.shared
        let id = try await tenant.makeClient("App")
        let secret: JSON = ["client_secret": "0123456789abcdef-new"]
        func status(_ body: JSON, _ scopes: [String]) async throws -> Int {
            try await tenant.send(.patch, "/clients/\(id)", body, scopes: scopes).status
        }
        #expect(try await status(secret, ["update:clients"]) == 403)
        #expect(try await status(secret, ["update:client_keys"]) == 200)
        #expect(try await status(["name": "n"], ["update:client_keys"]) == 403)
        #expect(try await status(["name": "n"], ["update:clients"]) == 200)
        let rotated = try await tenant.send(.post, "/clients/\(id)/rotate-secret", scopes: ["update:client_keys"])
        #expect(rotated.status == 200)
        #expect(rotated.body["client_secret"]?.string?.count == 64)
        let denied = try await tenant.send(.post, "/clients/\(id)/rotate-secret", scopes: ["update:clients"])
        #expect(denied.status == 403)
    }

    @Test("M11: the global client and the caller's own cannot be deleted, nor the former changed")
    func protected() async throws {
        let tenant = try await TestTenant()
        let listed = try await tenant.send(.get, "/clients?is_global=true").body.array
        let global = try #require(listed?.first?["client_id"]?.string)
        #expect(try await tenant.send(.delete, "/clients/\(global)").status == 403)
        #expect(try await tenant.send(.delete, "/clients/\(tenant.managementClient.clientID)").status == 403)
        #expect(try await tenant.send(.get, "/clients/\(global)").status == 200)
        for body in [
            ["grant_types": ["password"]], ["callbacks": []], ["client_secret": "0123456789abcdef"],
        ] as [JSON] {
            #expect(try await tenant.send(.patch, "/clients/\(global)", body).status == 403)
        }
        #expect(try await tenant.send(.patch, "/clients/\(global)", ["custom_login_page": "x"]).status == 200)
    }

    @Test("deleting is idempotent; what is gone is 404")
    func deletion() async throws {
        let tenant = try await TestTenant.shared
        let id = try await tenant.makeClient("App")
        for _ in 0..<2 {
            let reply = try await tenant.send(.delete, "/clients/\(id)")
            #expect(reply.status == 204 && reply.body.isNull)
        }
        for reply in [
            try await tenant.send(.get, "/clients/\(id)"),
            try await tenant.send(.patch, "/clients/\(id)", ["name": "x"]),
            try await tenant.send(.post, "/clients/\(id)/rotate-secret"),
        ] {
            #expect(reply.status == 404 && reply.errorCode == "inexistent_client")
            #expect(reply.message == "The client does not exist")
        }
    }

    @Test("a client that is kept in memory is read as it was written last")
    func keptInMemory() async throws {
        let tenant = try await TestTenant()
        let id = try await tenant.makeClient("First")
        let first = try await tenant.send(.get, "/clients/\(id)").body
        #expect(first["name"] == "First")
        #expect(try await tenant.send(.get, "/clients/\(id)").body == first)
        try await tenant.send(.patch, "/clients/\(id)", ["name": "Second"])
        #expect(try await tenant.send(.get, "/clients/\(id)").body["name"] == "Second")
        let rotated = try await tenant.send(.post, "/clients/\(id)/rotate-secret").body
        #expect(rotated["client_secret"] != first["client_secret"])
        let after = try await tenant.send(.get, "/clients/\(id)").body
        #expect(after["client_secret"] == rotated["client_secret"])
        // What is kept is the client, not what one caller may see of it.
        let narrow = try await tenant.send(.get, "/clients/\(id)", scopes: ["read:clients"])
        #expect(narrow.status == 200 && narrow.body["client_secret"] == nil)
        #expect(try await tenant.send(.delete, "/clients/\(id)").status == 204)
        #expect(try await tenant.send(.get, "/clients/\(id)").status == 404)
    }

    @Test("that there is no client is not kept")
    func unknownFirst() async throws {
        let tenant = try await TestTenant()
        let id = Client.newID()
        for _ in 0..<2 { #expect(try await tenant.send(.get, "/clients/\(id)").status == 404) }
        let client = Client(
            clientID: id, secret: Client.newSecret(), isGlobal: false, createdAt: tenant.shard.now,
            document: Client.defaults.patched(deep: ["name": "Late"]))
        try await tenant.shard.write { try $0.clients.insert(client) }
        #expect(try await tenant.send(.get, "/clients/\(id)").body["name"] == "Late")
    }

    @Test("lists: bare, paged, with totals, filtered, projected, by checkpoint")
    func listing() async throws {
        let tenant = try await TestTenant()
        for index in 0..<5 { _ = try await tenant.makeClient("App \(index)", ["app_type": "spa"]) }
        let all = try await tenant.send(.get, "/clients").body.array
        #expect(all?.count == 8)
        let page = try await tenant.send(.get, "/clients?page=1&per_page=3&include_totals=true").body
        #expect(page["start"] == 3 && page["limit"] == 3 && page["length"] == 3 && page["total"] == 8)
        #expect(page["clients"]?.array == all.map { Array($0[3..<6]) })
        let totals = try await tenant.send(.get, "/clients?include_totals=true&app_type=spa,native").body
        #expect(totals["limit"] == 50 && totals["total"] == 5)
        let projected = try await tenant.send(.get, "/clients?fields=client_id&include_fields=true").body.array
        #expect(projected?.allSatisfy { Set($0.object?.keys ?? []) == ["tenant", "client_id"] } == true)
        var seen: [JSON] = []
        var next: String?
        repeat {
            let query = next.map { "?take=3&from=\($0)" } ?? "?take=3"
            let part = try await tenant.send(.get, "/clients\(query)").body
            seen += part["clients"]?.array ?? []
            next = part["next"]?.string
        } while next != nil
        #expect(seen == all)
    }

    @Test(
        "M8: queries that are not what they should be are refused by name",
        arguments: [
            ("per_page=-1", "per_page"), ("per_page=0", "per_page"), ("per_page=101", "per_page"),
            ("per_page=1000000000", "per_page"), ("page=1%20OR%201", "page"), ("page=-1", "page"),
            ("page=9223372036854775807", "page"), ("page=1&page=2", "page"), ("include_totals=1", "include_totals"),
            ("fields=a;b", "fields"), ("fields='", "fields"), ("include_fields=yes", "include_fields"),
            ("nonsense=1", "nonsense"), ("is_global=maybe", "is_global"), ("from=xyz", "from"), ("take=0", "take"),
            ("fields=%zz", "percent"),
        ])
    func wrongQuery(_ query: String, _ name: String) async throws {
        let tenant = try await TestTenant.shared
        let reply = try await tenant.send(.get, "/clients?\(query)")
        #expect(reply.status == 400 && reply.errorCode == "invalid_query_string", "\(reply.body)")
        #expect(reply.message?.hasPrefix("Query validation error: '") == true)
        #expect(reply.message?.contains(name) == true, "\(reply.message ?? "")")
    }

    @Test("a malformed id is refused as such")
    func wrongPath() async throws {
        let tenant = try await TestTenant.shared
        for id in ["%27%20OR%201%3D1", "a%2Fb", "%00", String(repeating: "a", count: 100), "%zz"] {
            let reply = try await tenant.send(.get, "/clients/\(id)")
            #expect(reply.status == 400 && reply.errorCode == "invalid_uri", "\(id)")
            #expect(reply.message?.hasPrefix("Path validation error: 'Object didn't pass") == true)
        }
    }

    @Test("every write is reported with its request and answer and without secrets; refused ones too")
    func audit() async throws {
        let tenant = try await TestTenant()
        let secret = "super-secret-0123456789"
        let made = try await tenant.send(.post, "/clients", ["name": "App", "client_secret": .string(secret)])
        let id = try #require(made.body["client_id"]?.string)
        let event = try #require(try await tenant.lastEvent("sapi"))
        #expect(event["description"] == "Create a client")
        #expect(event["client_id"]?.string == tenant.managementClient.clientID)
        #expect(event["client_name"] == "Management")
        #expect(event["ip"] == "192.0.2.7" && event["user_agent"] == "test/1.0")
        let details = try #require(event["details"])
        #expect(details.at("request", "method") == "post" && details.at("request", "path") == "/api/v2/clients")
        #expect(details.at("request", "body") == ["name": "App", "client_secret": "*****"])
        #expect(details.at("request", "channel") == "api" && details.at("request", "auth", "strategy") == "jwt")
        #expect(details.at("request", "auth", "credentials", "scopes")?.array?.count == SystemScopes.all.count)
        #expect(details.at("response", "statusCode") == 201)
        #expect(details.at("response", "body", "client_id")?.string == id)
        #expect(!JSON.object(event).text().contains(secret))

        try await tenant.send(.delete, "/clients/\(id)")
        let deletion = try #require(try await tenant.lastEvent("sapi"))
        #expect(deletion["description"] == "Delete a client")
        #expect(deletion["details"]?.at("response") == ["statusCode": 204, "body": [:]])

        try await tenant.send(.get, "/clients")
        #expect(try await tenant.eventCount("sapi") == 2)
        for (body, scopes, status) in [
            (["name": "", "client_secret": .string(secret)], SystemScopes.all, 400),
            (["name": "x"], ["read:clients"], 403),
        ] as [(JSON, [String], Int)] {
            try await tenant.send(.post, "/clients", body, scopes: scopes)
            let refusal = try #require(try await tenant.lastEvent("fapi"))
            #expect(refusal["details"]?.at("response", "statusCode")?.int == status)
            #expect(!JSON.object(refusal).text().contains(secret))
        }
        try await tenant.send(.post, "/clients", ["name": "x"], authorization: [])
        #expect(try await tenant.eventCount("fapi") == 2)
    }

    @Test("M14: changes and deletions at the same time neither fail nor get lost")
    func concurrency() async throws {
        let tenant = try await TestTenant()
        let id = try await tenant.makeClient("App")
        let statuses = try await withThrowingTaskGroup(of: Int.self) { group in
            for index in 0..<20 {
                group.addTask {
                    try await tenant.send(
                        .patch, "/clients/\(id)",
                        index < 10 ? ["client_metadata": .object(["k\(index)": "v"])] : ["description": "d"]
                    ).status
                }
            }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        #expect(statuses.allSatisfy { $0 == 200 })
        let client = try await tenant.send(.get, "/clients/\(id)").body
        #expect(client["client_metadata"]?.object?.count == 10, "no change was lost")
        let deletions = try await withThrowingTaskGroup(of: Int.self) { group in
            for _ in 0..<20 { group.addTask { try await tenant.send(.delete, "/clients/\(id)").status } }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        #expect(deletions.allSatisfy { $0 == 204 })
    }

    @Test("the organization of a client's own tokens has to be there, and goes with null")
    func defaultOrganization() async throws {
        let tenant = try await TestTenant()
        let path = "/clients/" + (try await tenant.make("/clients", ["name": "App"], id: "client_id"))
        let organization = try await tenant.make("/organizations", ["name": "acme"])
        func setting(_ id: String) -> JSON { ["organization_id": .string(id), "flows": ["client_credentials"]] }
        let unknown = try await tenant.send(.patch, path, ["default_organization": setting("org_unheardof")])
        #expect(unknown.status == 404)
        #expect(
            try await tenant.send(.patch, path, ["default_organization": setting(organization)]).status == 200)
        #expect(try await tenant.send(.get, path).body["default_organization"] == setting(organization))
        #expect(try await tenant.send(.patch, path, ["default_organization": nil]).status == 200)
        #expect(try await tenant.send(.get, path).body["default_organization"] == nil)
    }

    @Test("a new client has the connections that are there, unless the tenant has switched that off")
    func enableConnections() async throws {
        let tenant = try await TestTenant()
        func enabled(_ id: String) async throws -> Bool {
            try await tenant.send(.get, "/connections").body.array?.first?["enabled_clients"]?.array?
                .contains(.string(id)) == true
        }
        #expect(try await enabled(tenant.makeClient("before")))
        let changes: JSON = ["flags": ["enable_client_connections": false]]
        #expect(try await tenant.send(.patch, "/tenants/settings", changes).status == 200)
        #expect(try await !enabled(tenant.makeClient("after")))
    }
}

extension TestTenant {
    /// A tenant for tests that leave nothing behind that another could stumble over.
    static var shared: TestTenant {
        get async throws { try await sharedTask.value }
    }

    private static let sharedTask = Task { try await TestTenant() }

    func makeClient(_ name: String, _ properties: JSONObject = [:]) async throws -> String {
        var body = properties
        body["name"] = .string(name)
        let reply = try await send(.post, "/clients", .object(body))
        return try #require(reply.body["client_id"]?.string, "\(reply.body)")
    }

    func makeUser(_ email: String, _ properties: JSONObject = [:]) async throws -> String {
        var body: JSONObject = [
            "connection": "Username-Password-Authentication", "email": .string(email), "password": "Correct-Horse-1",
        ]
        for (name, value) in properties { body[name] = value }
        let reply = try await send(.post, "/users", .object(body))
        return try #require(reply.body["user_id"]?.string, "\(reply.body)")
    }
}
