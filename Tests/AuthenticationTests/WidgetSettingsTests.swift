import HTTPTypes
import OpenSSL
import StrictJSON
import Tenancy
import TenantTesting
import Testing

@testable import Authentication

@Suite("What the login widget and old SDKs ask for")
struct WidgetSettingsTests {
    private func argument(of answer: Answer, _ function: String) throws -> JSON {
        #expect(answer.status == 200 && answer.headers[.contentType]?.hasPrefix("application/x-javascript") == true)
        #expect(answer.headers[.cacheControl]?.hasPrefix("public") == true)
        let text = answer.text
        try #require(text.hasPrefix("Auth0.\(function)({") && text.hasSuffix("});"))
        return try JSON.parse(String(text.dropFirst("Auth0.\(function)(".count).dropLast(2)))
    }

    @Test("the settings of a client name its connections alone and no secret")
    func client() async throws {
        let tenant = try await TokenFixture()
        let client = try await tenant.spa(["name": "</script><script>"])
        let other = Connection(
            id: Connection.newID(), name: "other", strategy: "auth0", createdAt: tenant.shard.now, enabledClients: [],
            document: ["options": ["client_secret": "hush"]])
        let google = Connection(
            id: Connection.newID(), name: "google-oauth2", strategy: "google-oauth2", createdAt: tenant.shard.now,
            enabledClients: [client.clientID], document: ["options": ["client_secret": "hush", "scope": ["email"]]])
        try await tenant.shard.write { db in
            try db.connections.insert(other)
            try db.connections.insert(google)
        }
        let answer = try await tenant.send(.get, "/client/\(client.clientID).js?t123")
        let settings = try argument(of: answer, "setClient")
        #expect(settings["id"]?.string == client.clientID && settings["tenant"] == "acme")
        #expect(settings["authorize"] == "https://acme.auth0.com/authorize")
        let strategies = try #require(settings["strategies"]?.array)
        #expect(Set(strategies.compactMap { $0["name"]?.string }) == ["auth0", "google-oauth2"])
        let database = strategies.first { $0["name"] == "auth0" }?["connections"]?.array?.first
        #expect(database?["showSignup"] == true && database?["passwordPolicy"] == "good")
        #expect(!answer.text.contains("hush") && !answer.text.contains(client.secret))
        #expect(!answer.text.contains("</script>") && !answer.text.contains("\"other\""))
        #expect(try await tenant.send(.get, "/client/nobody.js").status == 404)
        #expect(try await tenant.send(.get, "/client/\(client.clientID)").status == 404)
    }

    @Test("the settings of the tenant list connections by kind, for this tenant alone")
    func tenantSettings() async throws {
        let tenant = try await TokenFixture()
        let client = try await tenant.spa()
        for path in ["/tenants/v1/acme.js", "/info-v1.js"] {
            let settings = try argument(of: try await tenant.send(.get, path), "setTenant")
            let database = settings["connections"]?["database"]?.array?.first
            #expect(database?["name"]?.string == Connection.defaultDatabaseName)
            #expect(settings["clientsConnections"]?[client.clientID]?.array?.count == 1)
        }
        #expect(try await tenant.send(.get, "/tenants/v1/globex.js").status == 404)
    }

    @Test("/user/ssodata tells the last login to allowed pages, with and without the slash")
    func ssoData() async throws {
        let tenant = try await TokenFixture()
        let client = try await tenant.spa()
        let jane = try await tenant.member()
        #expect(try await tenant.send(.get, "/user/ssodata").json == ["sso": false])
        let browser = AuthorizeBrowser(tenant)
        _ = try await browser.logIn(client)
        for path in ["/user/ssodata", "/user/ssodata/", "/user/ssodata?client_id=\(client.clientID)&ldaps=1"] {
            let answer = try await tenant.send(
                .get, path,
                headers: [.cookie: "auth0=\(browser.cookies["auth0"] ?? "")", .origin: "https://app.example.com"])
            #expect(answer.json["sso"] == true && answer["lastUsedUserID"] == jane.userID)
            #expect(answer.json["lastUsedConnection"]?["strategy"] == "auth0")
            #expect(answer["lastUsedClientID"] == client.clientID)
            #expect(answer.headers[.accessControlAllowCredentials] == "true")
        }
        let evil = try await tenant.send(.get, "/user/ssodata", headers: [.origin: "https://evil.example"])
        #expect(evil.status == 403)
    }

    @Test("what a cookie tells is not for clients that others registered, nor is a login left behind by a script tag")
    func thirdParties() async throws {
        let tenant = try await TokenFixture()
        let own = try await tenant.spa()
        let foreign = try await tenant.client([
            "is_first_party": false, "allowed_origins": ["https://third.example"], "callbacks": [],
        ])
        try await tenant.member()
        let browser = AuthorizeBrowser(tenant)
        _ = try await browser.logIn(own)
        let cookie = "auth0=\(browser.cookies["auth0"] ?? "")"
        let asked = try await tenant.send(
            .get, "/user/ssodata?client_id=\(foreign.clientID)",
            headers: [.cookie: cookie, .origin: "https://\(tenant.domain)"])
        #expect(asked.json == ["sso": false])
        let page = try await tenant.send(
            .get, "/user/ssodata", headers: [.cookie: cookie, .origin: "https://third.example"])
        #expect(page.status == 403)
        try await tenant.shard.write { try $0.settings.save(["flags": ["enable_jsonp": true]]) }
        for referer in ["https://third.example/", nil] {
            var headers: HTTPFields = [.cookie: cookie]
            headers[.referer] = referer
            #expect(try await tenant.send(.get, "/user/ssodata?cbx=f", headers: headers).status == 403)
        }
    }

    @Test("the certificate that signs, in three forms")
    func certificates() async throws {
        let tenant = try await TokenFixture()
        let certificate = try await tenant.shard.signingKeys().current.certificate
        #expect(try await tenant.send(.get, "/pem").text == certificate.pem())
        #expect(try await tenant.send(.get, "/cer").headers[.contentType] == "application/pkix-cert")
        #expect(try await tenant.send(.get, "/pb7").text.hasPrefix("-----BEGIN PKCS7-----"))
    }

    @Test("small facts")
    func facts() async throws {
        let tenant = try await TokenFixture()
        #expect(try await tenant.send(.get, "/test").json == ["clock": 1_700_000_000_000])
        #expect(try await tenant.send(.get, "/testall").text == "OK")
        #expect(try await tenant.send(.get, "/user/geoloc/country").json == [:])
        #expect(try await tenant.send(.get, "/mobile").text.hasPrefix("<!doctype html>"))
    }
}
