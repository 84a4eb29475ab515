import HTTPTypes
import OpenSSL
import StrictJSON
import Tenancy
import Testing

@testable import Authentication

@Suite("The login page")
struct LoginPageTests {
    private func started(
        _ parameters: [String: String?] = [:]
    ) async throws -> (tenant: TokenFixture, client: Client, browser: AuthorizeBrowser, page: Answer) {
        let tenant = try await TokenFixture()
        let client = try await tenant.spa()
        try await tenant.member()
        let browser = AuthorizeBrowser(tenant)
        return (tenant, client, browser, try await browser.authorize(client, parameters))
    }

    @Test("T29 pages cannot be framed, run no inline script and are kept by nobody")
    func headers() async throws {
        let (_, _, browser, page) = try await started()
        #expect(page.status == 200)
        #expect(page.text.hasPrefix("<!doctype html>"))
        for page in [
            page, try await browser.open("/authorize"), try await browser.open("/login"),
            try await browser.open("/v2/logout"),
        ] {
            #expect(page.headers[HTTPField.Name("X-Frame-Options")!] == "DENY")
            #expect(page.policy.contains("default-src 'none'") && page.policy.contains("frame-ancestors 'none'"))
            #expect(!page.policy.contains("unsafe-inline"))
            #expect(page.headers[.cacheControl]?.contains("no-store") == true)
            #expect(page.headers[HTTPField.Name("Referrer-Policy")!] == "no-referrer")
            #expect(!page.text.contains("<style") && page.text.firstMatch(of: /<script(?! type="module" src=)/) == nil)
        }
        #expect(page.policy.contains("form-action 'self' https://app.example.com;"))
    }

    @Test("the cookie of a login is bound to the host")
    func bindingCookie() async throws {
        let tenant = try await TokenFixture()
        let answer = try await AuthorizeBrowser(tenant).send(
            .get, "/authorize?" + AuthorizeBrowser.query(try await tenant.spa(), [:]))
        #expect(answer.location.hasPrefix("/login?state="))
        let cookies = answer.headers[values: .setCookie]
        #expect(cookies.count == 1 && cookies[0].hasPrefix("__Host-login="))
        #expect(cookies[0].hasSuffix("; Path=/; Secure; HttpOnly; SameSite=Lax"))
    }

    @Test("L3 unknown user and wrong password look alike; the log knows, one event each")
    func wrong() async throws {
        let (tenant, _, browser, page) = try await started()
        let wrong = try await browser.submit(page, ["username": "jane@example.com", "password": "wrong"])
        let unknown = try await browser.submit(page, ["username": "zoe1@example.com", "password": "wrong"])
        #expect(wrong.status == 401 && unknown.status == wrong.status)
        #expect(wrong.text.contains("Wrong email or password."))
        #expect(wrong.text.replacing("jane@", with: "zoe1@") == unknown.text)
        #expect(wrong.headers[values: .setCookie].isEmpty)
        #expect(try await tenant.events() == ["fp", "fu"])
        #expect(try await tenant.history(of: "jane@example.com") == ["fp"])
        let logged = try await tenant.shard.read { try $0.logs.page(offset: 0, limit: 9) }
        #expect(!logged.contains { JSON.object($0).text().contains("\"wrong\"") })
    }

    @Test("the name may be written in capitals and with spaces around it")
    func spelling() async throws {
        let (_, _, browser, page) = try await started()
        let answer = try await browser.submit(
            page, ["username": " Jane@Example.COM ", "password": TokenFixture.password])
        #expect(answer.told["code"] != nil)
    }

    @Test("L3 only the right password tells that a user is blocked")
    func blocked() async throws {
        let tenant = try await TokenFixture()
        let client = try await tenant.spa()
        try await tenant.member("jane@example.com", ["blocked": true])
        let browser = AuthorizeBrowser(tenant)
        let page = try await browser.authorize(client)
        #expect(try await browser.submit(page, ["username": "jane@example.com", "password": "x"]).status == 401)
        let answer = try await browser.submit(
            page, ["username": "jane@example.com", "password": TokenFixture.password])
        #expect(answer.told["error"] == "unauthorized" && answer.told["error_description"] == "user is blocked")
        #expect(browser.cookies["auth0"] == nil)
        #expect(try await tenant.events() == ["f", "fp"])
    }

    @Test("L1 a form without the token, or with that of another browser, is refused")
    func forgery() async throws {
        let (tenant, client, browser, page) = try await started()
        let typed = ["username": "jane@example.com", "password": TokenFixture.password]
        #expect(try await browser.post(page, typed.merging(["_csrf": ""]) { $1 }).status == 403)
        let other = AuthorizeBrowser(tenant)
        #expect(try await other.post(page, typed).status == 403)
        let own = try await other.authorize(client)
        let csrf = try #require(own.text.firstMatch(of: /name="_csrf" value="([^"]+)"/)).1
        #expect(try await other.post(page, typed.merging(["_csrf": String(csrf)]) { $1 }).status == 403)
        #expect(try await browser.post(own, typed).status == 403)
        #expect(browser.cookies["auth0"] == nil && other.cookies["auth0"] == nil)
        #expect(try await tenant.events() == ["f", "f", "f", "f"])
    }

    @Test("L2 the transaction of one browser is worth nothing in another, altered, or after an hour")
    func boundTransaction() async throws {
        let (tenant, client, browser, page) = try await started()
        let state = String(try #require(page.text.firstMatch(of: /name="state" value="([^"]+)"/)).1)
        #expect(try await browser.open("/login?state=" + state).status == 200)
        let other = AuthorizeBrowser(tenant)
        #expect(try await other.open("/login?state=" + state).isErrorPage)
        _ = try await other.authorize(client)
        #expect(try await other.open("/login?state=" + state).isErrorPage)
        #expect(try await browser.open("/login?state=" + state.dropLast(4) + "AAAA").isErrorPage)
        #expect(try await browser.open("/login").isErrorPage)
        #expect(try await browser.open("/decision?state=" + state).isErrorPage)
        tenant.service.time.advance(seconds: 3600)
        #expect(try await browser.open("/login?state=" + state).isErrorPage)
        let late = try await browser.submit(page, ["username": "jane@example.com", "password": TokenFixture.password])
        #expect(late.isErrorPage && browser.cookies["auth0"] == nil)
    }

    @Test("L2 a planted session cookie is replaced, and the session before it ended")
    func fixation() async throws {
        let (tenant, client, browser, page) = try await started()
        let planted = OpaqueSecret.random().text
        browser.cookies["auth0"] = planted
        _ = try await browser.submit(page, ["username": "jane@example.com", "password": TokenFixture.password])
        let first = try #require(browser.cookies["auth0"])
        #expect(first != planted)
        _ = try await browser.logIn(client, ["prompt": "login"])
        #expect(browser.cookies["auth0"] != first)
        #expect(try await tenant.shard.read { try $0.sessions.find(cookie: OpaqueSecret(text: first)) } == nil)
    }

    @Test(
        "L7 what others wrote is text",
        arguments: [
            "<img src=x onerror=alert(1)>", "\" onfocus=alert(1) x=\"", "\"\u{301} onfocus=alert(1) x=\"\u{301}",
            "{{csrf}}",
        ])
    func escaping(_ text: String) async throws {
        let tenant = try await TokenFixture()
        let client = try await tenant.spa(["name": .string(text)])
        try await tenant.shard.write { try $0.settings.save(["friendly_name": .string(text)]) }
        let browser = AuthorizeBrowser(tenant)
        let page = try await browser.authorize(client, ["login_hint": text, "ui_locales": text])
        let failed = try await browser.submit(page, ["username": text, "password": "x"])
        for page in [page, failed] {
            #expect(page.text.contains("Log in"))
            #expect(!page.text.contains("<img src=x"))
            // Every value="…" ends where the page says: no quotation mark of ours got out, accent or not.
            #expect(!page.text.unicodeScalars.contains(sequence: "\"\u{301}".unicodeScalars))
            #expect(!page.text.contains("\" onfocus="))
        }
    }

    @Test("a client without a database connection gets an error page")
    func noConnection() async throws {
        let tenant = try await TokenFixture()
        #expect(try await AuthorizeBrowser(tenant).authorize(try await tenant.client()).isErrorPage)
    }

    @Test("bodies of another type or size are refused as pages")
    func bodies() async throws {
        let (tenant, _, _, _) = try await started()
        let json = try await tenant.send(.post, "/login", headers: [.contentType: "application/json"], body: "{}")
        #expect(json.status == 415 && json.isErrorPage)
        let form: HTTPFields = [.contentType: "application/x-www-form-urlencoded"]
        #expect(try await tenant.send(.post, "/login", headers: form, body: "a=%zz").status == 400)
        #expect(try await tenant.send(.post, "/login", headers: form, body: "state=1&state=2").status == 400)
    }

    @Test("assets carry their version, and only what is there is served")
    func assets() async throws {
        let (_, _, browser, page) = try await started()
        let link = try #require(page.text.firstMatch(of: /href="(\/assets\/pages\.css\?v=[0-9a-f]{16})"/)).1
        let style = try await browser.open(String(link))
        #expect(style.status == 200 && style.headers[.contentType] == "text/css; charset=utf-8")
        #expect(style.headers[.cacheControl]?.contains("immutable") == true)
        #expect(style.headers[.eTag] != nil)
        #expect(try await browser.open("/assets/nothing.css").status == 404)
    }
}
