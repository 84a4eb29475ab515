import HTTPTypes
import StrictJSON
import Tenancy
import TenantHTTP
import Testing

@testable import Authentication

@Suite("Sessions and single sign-on at /authorize")
struct AuthorizeSessionTests {
    @Test("a whole login ends with a code that redeems, and s is logged")
    func wholeLogin() async throws {
        let tenant = try await TokenFixture()
        let client = try await tenant.spa()
        let user = try await tenant.member()
        let browser = AuthorizeBrowser(tenant)
        let answer = try await browser.logIn(
            client,
            [
                "code_challenge": TokenFixture.challenge, "code_challenge_method": "S256", "nonce": "n",
            ])
        #expect(answer.status == 302 && answer.location.hasPrefix(TokenFixture.callback + "?code="))
        #expect(answer.told["state"] == "st4te" && answer.told["iss"] == "https://acme.auth0.com/")
        let cookie = try #require(answer.headers[values: .setCookie].first { $0.hasPrefix("auth0=") })
        #expect(cookie.hasSuffix("; Path=/; Max-Age=604800; Secure; HttpOnly; SameSite=None"))
        let tokens = try await tenant.redeem(answer.told["code"] ?? "", client, verifier: TokenFixture.verifier)
        #expect(tokens.status == 200)
        let event = try #require(
            try await tenant.shard.read { try $0.logs.page(offset: 0, limit: 9) }.first { $0["type"]?.string == "s" })
        #expect(event["user_id"]?.string == user.userID && event["client_id"]?.string == client.clientID)
        #expect(event["connection"]?.string == Connection.defaultDatabaseName)
        #expect(event["details"]?["stats"]?["loginsCount"]?.int == 1)
        #expect(event["details"]?["session_id"]?.string != nil)
        #expect(!JSON.object(event).text().contains(TokenFixture.password))
    }

    @Test("the next client needs no login, and a silent one is logged as ssa")
    func singleSignOn() async throws {
        let tenant = try await TokenFixture()
        let (first, second) = (try await tenant.spa(), try await tenant.spa())
        try await tenant.member()
        let browser = AuthorizeBrowser(tenant)
        _ = try await browser.logIn(first)
        #expect(try await browser.authorize(second).told["code"] != nil)
        #expect(try await browser.authorize(second, ["prompt": "none"]).told["code"] != nil)
        #expect(try await tenant.events() == ["s", "s", "ssa"])
        let session = try await tenant.shard.read { [cookie = browser.cookies["auth0"] ?? ""] in
            try $0.sessions.find(cookie: OpaqueSecret(text: cookie))
        }
        #expect(session?.clientIDs == [first.clientID, second.clientID])
    }

    @Test("legacy clients share the session only with sso")
    func legacy() async throws {
        let tenant = try await TokenFixture()
        try await tenant.member()
        let browser = AuthorizeBrowser(tenant)
        _ = try await browser.logIn(try await tenant.spa())
        let legacy = try await tenant.spa(["oidc_conformant": false])
        #expect(try await browser.authorize(legacy).formAction == "/login")
        let sharing = try await tenant.spa(["oidc_conformant": false, "sso": true])
        #expect(try await browser.authorize(sharing).told["code"] != nil)
        #expect(try await browser.authorize(sharing, ["connection": "other"]).formAction == "/login")
    }

    @Test("a session opens no client its connection is not enabled for")
    func connectionNotEnabled() async throws {
        let tenant = try await TokenFixture()
        try await tenant.member()
        let browser = AuthorizeBrowser(tenant)
        _ = try await browser.logIn(try await tenant.spa())
        let other = try await tenant.client()
        #expect(try await browser.authorize(other, ["prompt": "none"]).told["error"] == "login_required")
        #expect(try await browser.authorize(other).isErrorPage)
    }

    @Test("T14 idle, old, blocked and deleted end the silence", arguments: ["idle", "absolute", "blocked", "deleted"])
    func ended(_ how: String) async throws {
        let tenant = try await TokenFixture()
        let client = try await tenant.spa()
        let user = try await tenant.member()
        let browser = AuthorizeBrowser(tenant)
        _ = try await browser.logIn(client)
        switch how {
        case "idle": tenant.service.time.advance(seconds: 72 * 3600)
        case "absolute":
            for _ in 0..<2 {
                tenant.service.time.advance(seconds: 71 * 3600)
                #expect(try await browser.authorize(client, ["prompt": "none"]).told["code"] != nil)
            }
            tenant.service.time.advance(seconds: 27 * 3600)
        case "blocked":
            try await tenant.shard.write { db in
                var document = user.document
                document["blocked"] = true
                try db.users.update(user.replacing(document: document, updatedAt: user.updatedAt))
            }
        default:
            _ = try await tenant.shard.write {
                try $0.deleteUser(user.userID, issuer: "https://acme.auth0.com/", at: tenant.shard.now)
            }
        }
        #expect(try await browser.authorize(client, ["prompt": "none"]).told["error"] == "login_required")
    }

    @Test("T14 T20 a session of another tenant is none")
    func otherTenant() async throws {
        let tenant = try await TokenFixture()
        try await tenant.member()
        let browser = AuthorizeBrowser(tenant)
        _ = try await browser.logIn(try await tenant.spa())
        let other = try await TokenFixture("globex", in: tenant.service)
        let stranger = AuthorizeBrowser(other)
        stranger.cookies = browser.cookies
        let answer = try await stranger.authorize(try await other.spa(), ["prompt": "none"])
        #expect(answer.told["error"] == "login_required")
    }

    @Test("T16 prompt=login and max_age ask for a login whatever page the browser goes back to")
    func freshLogin() async throws {
        let tenant = try await TokenFixture()
        let client = try await tenant.spa()
        try await tenant.member()
        let browser = AuthorizeBrowser(tenant)
        _ = try await browser.logIn(client)
        let before = browser.cookies["auth0"]
        tenant.service.time.advance(seconds: 100)
        #expect(try await browser.authorize(client, ["max_age": "100"]).told["code"] != nil)
        #expect(try await browser.authorize(client, ["max_age": "0"]).formAction == "/login")
        #expect(try await browser.authorize(client, ["max_age": "99"]).formAction == "/login")
        #expect(
            try await browser.authorize(client, ["max_age": "99", "prompt": "none"]).told["error"] == "login_required")
        let page = try await browser.authorize(client, ["prompt": "login"])
        #expect(page.formAction == "/login")
        let answer = try await browser.submit(
            page, ["username": "jane@example.com", "password": TokenFixture.password])
        #expect(answer.told["code"] != nil)
        #expect(browser.cookies["auth0"] != before)
    }

    @Test("T17 id_token_hint of somebody else, or forged, finds no session")
    func hint() async throws {
        let tenant = try await TokenFixture()
        let client = try await tenant.spa()
        let user = try await tenant.member()
        let browser = AuthorizeBrowser(tenant)
        _ = try await browser.logIn(client)
        func hint(_ subject: String, _ lifetime: Int64 = 60) async throws -> String {
            let key = try await tenant.shard.signingKeys().current
            return try JSONWebToken.signed(
                [
                    "iss": "https://acme.auth0.com/", "sub": .string(subject), "aud": .string(client.clientID),
                    "exp": .int(Int(tenant.shard.now.seconds + lifetime)),
                ], by: key)
        }
        func error(_ hint: String) async throws -> String? {
            try await browser.authorize(client, ["prompt": "none", "id_token_hint": hint]).told["error"]
        }
        #expect(try await error(try await hint(user.userID)) == nil)
        #expect(try await error(try await hint("auth0|other")) == "login_required")
        #expect(try await error(try await hint(user.userID, -1)) == "login_required")
        #expect(try await error("e30.e30.e30") == "login_required")
    }

    @Test("L9 two different session cookies are none")
    func twoCookies() async throws {
        let tenant = try await TokenFixture()
        let client = try await tenant.spa()
        try await tenant.member()
        let browser = AuthorizeBrowser(tenant)
        _ = try await browser.logIn(client)
        browser.cookies["auth0"]? += "; auth0=planted"
        #expect(try await browser.authorize(client, ["prompt": "none"]).told["error"] == "login_required")
    }

    @Test("L9 cookies end at semicolons, whatever stands behind those")
    func accents() throws {
        let name = try #require(HTTPField.Name("Cookie"))
        let cookies = RequestCookies([name: "a=1;\u{301}b=2; c=3;d"])
        #expect(cookies["a"] == "1" && cookies["c"] == "3" && cookies["\u{301}b"] == "2")
        #expect(cookies["b"] == nil && cookies["d"] == nil)
    }
}
