import StrictJSON
import Tenancy
import Testing

@testable import Authentication

@Suite("Dynamic client registration")
struct RegistrationTests {
    private static let metadata: JSONObject = [
        "client_name": "Third party", "redirect_uris": [.string(TokenFixture.callback)],
        "token_endpoint_auth_method": "none",
    ]

    private func open() async throws -> TokenFixture {
        let tenant = try await TokenFixture()
        try await tenant.shard.write {
            try $0.settings.save(["flags": ["enable_dynamic_client_registration": true]])
        }
        return tenant
    }

    private func register(_ tenant: TokenFixture, _ changes: JSONObject = [:]) async throws -> Answer {
        var metadata = Self.metadata
        for (name, value) in changes { metadata[name] = value }
        return try await tenant.send(
            .post, "/oidc/register", headers: [.contentType: "application/json"], body: JSON.object(metadata).text())
    }

    private func registered(_ tenant: TokenFixture) async throws -> Client {
        let id = try #require(try await register(tenant)["client_id"])
        return try #require(try await tenant.shard.client(id))
    }

    private func setDomainConnection(_ isOne: Bool, _ tenant: TokenFixture) async throws {
        try await tenant.shard.write { db in
            let database = try #require(try db.connections.find(name: Connection.defaultDatabaseName))
            try db.connections.update(
                database.replacing(document: database.document.merging(deep: ["is_domain_connection": .bool(isOne)])))
        }
    }

    @Test("T31 without the tenant's flag there is no registration, and discovery names none")
    func off() async throws {
        let tenant = try await TokenFixture.shared
        let answer = try await register(tenant)
        #expect(answer.status == 404 && answer["error"] == "endpoint_disabled")
        let discovery = try await tenant.send(.get, "/.well-known/openid-configuration")
        #expect(discovery.json["registration_endpoint"] == nil)
    }

    @Test("an application gets what the contract says")
    func registration() async throws {
        let tenant = try await open()
        let answer = try await register(tenant, ["token_endpoint_auth_method": nil])
        #expect(answer.status == 201)
        let made = try #require(answer.json.object)
        #expect(made["client_name"]?.string == "Third party" && made["client_secret_expires_at"]?.int == 0)
        #expect(made["token_endpoint_auth_method"]?.string == "client_secret_post")
        #expect(made["redirect_uris"] == [.string(TokenFixture.callback)])
        let id = try #require(made["client_id"]?.string)
        let client = try #require(try await tenant.shard.client(id))
        #expect(client.secret == made["client_secret"]?.string)
        #expect(!client.isFirstParty && client.isOIDCConformant && client.idTokenAlgorithm == "RS256")
        #expect(client.grantTypes == ["authorization_code", "refresh_token"])
        #expect(try await tenant.events() == ["sapi"])
        let discovery = try await tenant.send(.get, "/.well-known/openid-configuration")
        #expect(discovery["registration_endpoint"] == "https://\(tenant.domain)/oidc/register")
    }

    @Test("T31 what an application may not choose is ignored")
    func ignored() async throws {
        let tenant = try await open()
        let answer = try await register(
            tenant,
            [
                "is_first_party": true, "client_id": "chosen", "logo_uri": "\"><script>alert(1)</script>",
                "grant_types": ["client_credentials"], "oidc_conformant": false,
            ])
        let id = try #require(answer["client_id"])
        let client = try #require(try await tenant.shard.client(id))
        #expect(id != "chosen" && !client.isFirstParty && client.isOIDCConformant)
        #expect(client.document["logo_uri"] == nil && !client.allows(grantType: "client_credentials"))
    }

    @Test(
        "T31 bad metadata is refused by RFC 7591's errors",
        arguments: [
            ("redirect_uris", ["javascript:alert(1)"], "invalid_redirect_uri"),
            ("redirect_uris", ["https://*.example.com/cb"], "invalid_redirect_uri"),
            ("redirect_uris", ["https://a.example/#f"], "invalid_redirect_uri"),
            ("redirect_uris", ["app.example.com"], "invalid_redirect_uri"),
            ("redirect_uris", [], "invalid_redirect_uri"),
            ("redirect_uris", [7], "invalid_redirect_uri"),
            ("redirect_uris", "https://a.example/", "invalid_redirect_uri"),
            ("client_name", "<script>", "invalid_client_metadata"),
            ("client_name", "", "invalid_client_metadata"),
            ("client_name", nil, "invalid_client_metadata"),
            ("token_endpoint_auth_method", "client_secret_basic", "invalid_client_metadata"),
        ] as [(String, JSON?, String)])
    func refusals(_ name: String, _ value: JSON?, _ error: String) async throws {
        let tenant = try await open()
        let answer = try await register(tenant, [name: value ?? .null])
        #expect(answer.status == 400 && answer["error"] == error, "\(answer.text)")
        #expect(try await tenant.events() == ["fapi"])
    }

    @Test("T31 one network does not take all the room there is")
    func share() async throws {
        let tenant = try await open()
        func register(from address: String) async throws -> Answer {
            try await tenant.send(
                .post, "/oidc/register", headers: [.contentType: "application/json"],
                body: JSON.object(Self.metadata).text(), from: address)
        }
        func status(from address: String) async throws -> Int { try await register(from: address).status }
        let first = try #require(try await register(from: "2001:db8::1")["client_id"])
        for number in 1..<RegistrationEndpoint.share {
            #expect(try await status(from: "2001:db8::\(number + 1)") == 201)
        }
        #expect(try await status(from: "2001:db8:0:0:ffff::1") == 429)
        #expect(try await status(from: "2001:db8:0:1::1") == 201)
        // What is deleted makes room.
        _ = try await tenant.shard.write { try $0.clients.delete(first) }
        #expect(try await status(from: "2001:db8::1") == 201)
    }

    @Test("T31 ten thousand redirect URIs are too many")
    func tooManyURIs() async throws {
        let tenant = try await open()
        let uris = JSON.array(Array(repeating: "https://a.example/", count: 10_000))
        #expect(try await register(tenant, ["redirect_uris": uris])["error"] == "invalid_redirect_uri")
    }

    @Test("a third party sees domain connections alone, whatever it is enabled for")
    func connections() async throws {
        let tenant = try await open()
        let client = try await registered(tenant)
        try await tenant.member()
        let browser = AuthorizeBrowser(tenant)
        #expect(try await browser.authorize(client).isErrorPage)
        try await tenant.shard.write { db in
            let database = try #require(try db.connections.find(name: Connection.defaultDatabaseName))
            try db.connections.update(database.replacing(enabledClients: [client.clientID]))
        }
        #expect(try await browser.authorize(client).isErrorPage, "enabled by name, but no domain connection")
        try await setDomainConnection(true, tenant)
        let consent = try await browser.logIn(client)
        #expect(consent.text.contains("Authorize Third party"))
        let code = try #require(try await browser.submit(consent, ["decision": "accept"]).told["code"])
        #expect(try await tenant.redeem(code, client)["access_token"] != nil)
        #expect(try await browser.authorize(client, ["prompt": "none"]).told["code"] != nil)
        try await setDomainConnection(false, tenant)
        #expect(try await browser.authorize(client, ["prompt": "none"]).told["error"] == "login_required")
    }

    @Test("a connection that was looked up before the application registered admits it too")
    func laterRegistration() async throws {
        let tenant = try await open()
        try await setDomainConnection(true, tenant)
        let early = try #require(try await tenant.shard.connection(named: Connection.defaultDatabaseName))
        let client = try await registered(tenant)
        #expect(!early.isEnabled(for: client.clientID))
        let late = try #require(try await tenant.shard.connection(named: Connection.defaultDatabaseName))
        #expect(late.isEnabled(for: client.clientID))
    }

    @Test("the tenant's own clients are not let in by a domain connection that does not name them")
    func firstParty() async throws {
        let tenant = try await open()
        try await setDomainConnection(true, tenant)
        #expect(try await AuthorizeBrowser(tenant).authorize(try await tenant.client()).isErrorPage)
    }
}
