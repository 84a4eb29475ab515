import HTTPTypes
import StrictJSON
import Tenancy
import Testing

@testable import Management

@Suite("Configuration that is kept for the tools that write it")
struct StoredConfigurationTests {
    struct Case: Sendable, CustomTestStringConvertible {
        let path: String
        let body: JSON
        let change: JSON
        let prefix: String
        var id = "id"
        var created = 201
        var deleted = 204
        /// What a second deletion answers.
        var missed = 204
        var testDescription: String { path }
    }

    static let cases: [Case] = [
        Case(path: "/forms", body: ["name": "f"], change: ["name": "g"], prefix: "ap_", missed: 404),
        Case(path: "/flows", body: ["name": "f"], change: ["name": "g"], prefix: "af_", missed: 404),
        Case(
            path: "/flows/vault/connections", body: ["name": "v", "app_id": "HTTP"], change: ["name": "w"],
            prefix: "ac_", created: 200, missed: 404),
        Case(
            path: "/network-acls",
            body: [
                "description": "d", "active": true, "priority": 1,
                "rule": ["action": ["block": true], "match": ["ipv6_cidrs": ["2001:db8::/32"]], "scope": "management"],
            ], change: ["priority": 2], prefix: "", deleted: 200, missed: 404),
        Case(
            path: "/event-streams",
            body: [
                "name": "s", "subscriptions": [["event_type": "user.created"]],
                "destination": [
                    "type": "webhook",
                    "configuration": [
                        "webhook_endpoint": "https://example.com/in",
                        "webhook_authorization": ["method": "bearer", "token": "Hidden-1"],
                    ],
                ],
            ], change: ["name": "t"], prefix: "est_"),
        Case(
            path: "/self-service-profiles", body: ["name": "p", "allowed_strategies": ["oidc"]],
            change: ["description": "d"], prefix: "ssp_"),
        Case(
            path: "/user-attribute-profiles",
            body: [
                "name": "p",
                "user_attributes": [
                    "email": [
                        "description": "d", "label": "Email", "profile_required": true, "auth0_mapping": "email",
                    ]
                ],
            ], change: ["name": "q"], prefix: "uap_"),
        Case(
            path: "/branding/phone/providers",
            body: [
                "name": "twilio", "configuration": ["sid": "s", "delivery_methods": ["text"]],
                "credentials": ["auth_token": "Hidden-1"],
            ], change: ["disabled": true], prefix: "pro_", missed: 404),
        Case(
            path: "/branding/phone/templates", body: ["type": "otp_verify"], change: ["disabled": true],
            prefix: "tem_", missed: 404),
    ]

    @Test("an object is made, read, listed, changed and removed, and tells when", arguments: cases)
    func life(_ sample: Case) async throws {
        let tenant = try await TestTenant()
        let made = try await tenant.send(.post, sample.path, sample.body)
        #expect(made.status == sample.created, "\(made.body)")
        let id = try #require(made.body[sample.id]?.string)
        #expect(id.hasPrefix(sample.prefix))
        #expect(!made.body.text().contains("Hidden-1"))
        let path = "\(sample.path)/\(id)"
        let read = try await tenant.send(.get, path)
        #expect(read.status == 200 && !read.body.text().contains("Hidden-1"))
        let changed = try await tenant.send(.patch, path, sample.change)
        #expect(changed.status == 200, "\(changed.body)")
        for (name, value) in sample.change.object ?? [:] { #expect(changed.body[name] == value) }
        if sample.path != "/user-attribute-profiles" {
            #expect(changed.body["created_at"] == made.body["created_at"])
            #expect(changed.body["updated_at"] != made.body["updated_at"])
        }
        let list = try await tenant.send(.get, sample.path)
        let items = list.body.array ?? list.body.object?.compactMap { $0.value.array }.first ?? []
        #expect(items.count == 1 && !list.body.text().contains("Hidden-1"))
        #expect(try await tenant.lastEvent("sapi").map { JSON.object($0).text().contains("Hidden-1") } == false)
        #expect(try await tenant.send(.post, sample.path, ["unheard_of": 1]).errorCode == "invalid_body")
        #expect(try await tenant.send(.delete, path).status == sample.deleted)
        #expect(try await tenant.send(.get, path).status == 404)
        #expect(try await tenant.send(.delete, path).status == sample.missed)
    }

    @Test("a network ACL is one action on somebody, and PUT leaves nothing of what was")
    func networkACL() async throws {
        let tenant = try await TestTenant()
        func acl(_ action: JSON, _ match: JSON) -> JSON {
            [
                "description": "d", "active": true, "priority": 1,
                "rule": ["action": action, "match": match, "scope": "tenant"],
            ]
        }
        for (action, match) in [
            ([:], ["asns": [1]]), (["block": true, "allow": true], ["asns": [1]]), (["redirect": true], ["asns": [1]]),
            (["block": true], ["ipv4_cidrs": ["not an address"]]), (["block": true], ["unheard_of": []]),
        ] as [(JSON, JSON)] {
            let refused = try await tenant.send(.post, "/network-acls", acl(action, match))
            #expect(refused.status == 400, "\(action) \(match)")
        }
        let id = try await tenant.make("/network-acls", acl(["block": true], ["asns": [1]]))
        let replaced = try await tenant.send(
            .put, "/network-acls/\(id)", acl(["redirect": true, "redirect_uri": "https://a.example"], ["asns": [2]]))
        #expect(replaced.status == 200 && replaced.body.at("rule", "action", "block") == nil, "\(replaced.body)")
        #expect(try await tenant.send(.get, "/network-acls/\(id)").body["tenant_id"] == "acme.localhost:8443")
    }

    @Test("a token exchange profile needs a deployed action and a kind of token nobody else defines")
    func tokenExchange() async throws {
        let tenant = try await TestTenant()
        let action = try await tenant.make(
            "/actions/actions",
            ["name": "exchange", "supported_triggers": [["id": "custom-token-exchange", "version": "v1"]]])
        func profile(_ type: String) -> JSON {
            [
                "name": "profile", "subject_token_type": .string(type), "action_id": .string(action),
                "type": "custom_authentication",
            ]
        }
        #expect(try await tenant.send(.post, "/token-exchange-profiles", profile("https://a.example/t")).status == 400)
        _ = try await tenant.send(.post, "/actions/actions/\(action)/deploy")
        let made = try await tenant.send(.post, "/token-exchange-profiles", profile("https://a.example/t"))
        #expect(made.status == 201 && made.body["id"]?.string?.hasPrefix("tep_") == true, "\(made.body)")
        #expect(try await tenant.send(.post, "/token-exchange-profiles", profile("https://a.example/t")).status == 409)
        for type in ["urn:ietf:params:oauth:token-type:jwt", "notauri1", "https://a b.example"] {
            #expect(try await tenant.send(.post, "/token-exchange-profiles", profile(type)).status == 400)
        }
        let list = try await tenant.send(.get, "/token-exchange-profiles")
        #expect(list.body["token_exchange_profiles"]?.array?.count == 1)
    }

    @Test("an encryption key that is deleted stays, destroyed")
    func encryptionKey() async throws {
        let tenant = try await TestTenant()
        let made = try await tenant.send(.post, "/keys/encryption", ["type": "customer-provided-root-key"])
        #expect(made.status == 201 && made.body["state"] == "pre-activation")
        let kid = try #require(made.body["kid"]?.string)
        for _ in 0..<2 { #expect(try await tenant.send(.delete, "/keys/encryption/\(kid)").status == 204) }
        #expect(try await tenant.send(.get, "/keys/encryption/\(kid)").body["state"] == "destroyed")
    }

    @Test("a screen's rendering is changed bit by bit, alone or with others")
    func rendering() async throws {
        let tenant = try await TestTenant()
        let path = "/prompts/login/screen/login/rendering"
        let before = try await tenant.send(.get, path)
        #expect(before.body["rendering_mode"] == "standard" && before.body["tenant"] == "acme")
        #expect(try await tenant.send(.patch, path, ["rendering_mode": "advanced"]).status == 200)
        let many = try await tenant.send(
            .patch, "/prompts/rendering",
            ["configs": [["prompt": "login", "screen": "login", "use_page_template": true]]])
        #expect(many.status == 200, "\(many.body)")
        let after = try await tenant.send(.get, path)
        #expect(after.body["rendering_mode"] == "advanced" && after.body["use_page_template"] == true)
        let list = try await tenant.send(.get, "/prompts/rendering?rendering_mode=advanced&include_totals=true")
        #expect(list.body["total"] == 1 && list.body["configs"]?.array?.first?["screen"] == "login")
        #expect(try await tenant.send(.get, "/prompts/unheard-of/screen/x/rendering").status == 400)
    }

    @Test("texts and partials of all prompts together have a bound, and what no page can show is not loaded")
    func promptBound() async throws {
        let tenant = try await TestTenant()
        let path = "/prompts/login/custom-text/en"
        #expect(try await tenant.send(.put, path, ["login": ["title": "Hi"]]).status == 200)
        #expect(
            try await tenant.send(.put, "/prompts/login/custom-text/fr", ["login": ["title": "Salut"]]).status == 200)
        let parts: JSONObject = ["login": ["form-content-start": "<b>{{ locale }}</b>", "elsewhere": "<i></i>"]]
        #expect(try await tenant.send(.put, "/prompts/login/partials", .object(parts)).status == 200)
        let appearance = try await tenant.shard.pageAppearance()
        #expect(Array(appearance.texts.keys) == ["en"])
        #expect(appearance.partials["login/login"].map { Array($0.keys) } == ["form-content-start"])
        let large: JSONObject = ["signup": ["elsewhere": .string(String(repeating: "é", count: 1_048_576))]]
        try await tenant.shard.write { try $0.preferences.save(large, as: .promptPartials("signup")) }
        #expect(try await tenant.send(.put, path, ["login": ["title": "Hello"]]).status == 400)
        #expect(try await tenant.send(.get, path).body == ["login": ["title": "Hi"]])
        #expect(try await tenant.send(.put, "/prompts/signup/partials", [:]).status == 200)
        #expect(try await tenant.send(.put, path, ["login": ["title": "Hello"]]).status == 200)
    }

    @Test("of forms, flows and renderings a tenant has so many and no more")
    func bounds() async throws {
        let tenant = try await TestTenant()
        for path in ["/forms", "/flows"] {
            for number in 0..<100 { _ = try await tenant.make(path, ["name": .string("n\(number)")]) }
            let refused = try await tenant.send(.post, path, ["name": "one more"])
            #expect(refused.status == 400 && refused.message?.contains("no more can be made") == true)
        }
        func render(_ screens: Range<Int>) async throws -> Int {
            let configs = screens.map { number -> JSON in
                ["prompt": "login", "screen": .string("s\(number)"), "rendering_mode": "standard"]
            }
            return try await tenant.send(.patch, "/prompts/rendering", ["configs": .array(configs)]).status
        }
        for start in stride(from: 0, to: 200, by: 20) { #expect(try await render(start..<(start + 20)) == 200) }
        #expect(try await render(200..<201) == 400)
        #expect(try await render(0..<20) == 200)
    }

    @Test("a page template is stored as it comes, as text or as JSON")
    func pageTemplate() async throws {
        let tenant = try await TestTenant()
        let path = "/branding/templates/universal-login"
        let html = "<html><head>{%- auth0:head -%}</head><body>{%- auth0:widget -%}</body></html>"
        let raw = try await tenant.send(
            .put, path, bytes: Array(html.utf8), authorization: ["Bearer \(try tenant.token())"],
            contentType: "text/html")
        #expect(raw.status == 201)
        #expect(try await tenant.send(.get, path).body["body"]?.string == html)
        #expect(try await tenant.send(.put, path, ["template": .string(html + " ")]).status == 204)
        #expect(try await tenant.send(.get, path).body["body"]?.string == html + " ")
        #expect(try await tenant.send(.put, path, ["template": "<html></html>"]).status == 400)
    }
}
