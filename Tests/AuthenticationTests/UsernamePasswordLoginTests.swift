import Foundation
import HTTPTypes
import StrictJSON
import Tenancy
import TenantTesting
import Testing
import WebAddresses

@testable import Authentication

@Suite("Login by Lock")
struct UsernamePasswordLoginTests {
    private static let origin = "https://app.example.com"

    private struct Setting {
        let tenant: TokenFixture
        let client: Client
        let browser: AuthorizeBrowser

        init(_ document: JSONObject = [:]) async throws {
            tenant = try await TokenFixture()
            client = try await tenant.spa((["oidc_conformant": false] as JSONObject).merging(deep: document))
            try await tenant.member()
            browser = AuthorizeBrowser(tenant)
        }

        /// What Lock posts; the browser keeps the cookie.
        func login(_ changes: JSONObject = [:], origin: String? = origin) async throws -> Answer {
            let body =
                ([
                    "client_id": .string(client.clientID), "redirect_uri": .string(TokenFixture.callback),
                    "tenant": "acme", "response_type": "code", "scope": "openid", "state": "st4te", "sso": true,
                    "connection": .string(Connection.defaultDatabaseName), "username": "jane@example.com",
                    "password": .string(TokenFixture.password), "protocol": "oauth2",
                ] as JSONObject).merging(deep: changes)
            var headers: HTTPFields = [.contentType: "application/json"]
            if let origin { headers[.origin] = origin }
            if !browser.cookies.isEmpty {
                headers[.cookie] = browser.cookies.map { "\($0)=\($1)" }.joined(separator: "; ")
            }
            let answer = try await tenant.send(
                .post, "/usernamepassword/login", headers: headers, body: JSON.object(body).text())
            browser.keep(answer)
            return answer
        }

        /// Submits the form, as the SDK does.
        func callback(_ form: Answer, by browser: AuthorizeBrowser? = nil) async throws -> Answer {
            let fields = form.text.matches(of: /<input type="hidden" name="([^"]+)" value="([^"]*)">/).map {
                (String($0.1), String($0.2).replacing("&quot;", with: "\"").replacing("&amp;", with: "&"))
            }
            return try await (browser ?? self.browser).send(.post, "/login/callback", form: fields)
        }

        /// The built-in values a page of the tenant's own finds in `@@config@@`.
        func config() async throws -> JSON {
            let page = try await browser.authorize(client)
            let text = try #require(page.text.firstMatch(of: /config = '([^']*)'/)).1
            return try JSON.parse([UInt8](try #require(Data(base64Encoded: String(text)))))
        }
    }

    @Test("a page of the client's gets a form, and the form ends the login")
    func embedded() async throws {
        let setting = try await Setting()
        let form = try await setting.login()
        #expect(form.status == 200 && form.headers[.contentType] == "text/html; charset=utf-8")
        // SDKs submit the first child of the element they put it in.
        #expect(form.text.hasPrefix("<form method=\"post\""))
        #expect(form.formAction == "https://acme.auth0.com/login/callback")
        #expect(form.headers[.accessControlAllowOrigin] == Self.origin)
        #expect(form.headers[.accessControlAllowCredentials] == "true")
        let ended = try await setting.callback(form)
        #expect(ended.told["code"] != nil && ended.told["state"] == "st4te")
        #expect(try await setting.tenant.events() == ["s"])
        #expect(try await setting.callback(form).isErrorPage)
    }

    @Test("L12 a new password or a block between form and callback ends the login")
    func endedMeanwhile() async throws {
        let setting = try await Setting()
        let form = try await setting.login()
        setting.tenant.service.time.advance(seconds: 1)
        let jane = try await setting.tenant.shard.read { try $0.users.find(email: "jane@example.com")[0] }
        try await setting.tenant.endLogins(of: jane)
        #expect(try await setting.callback(form).isErrorPage)
        #expect(setting.browser.cookies["auth0"] == nil)
        let again = try await setting.login()
        #expect(try await setting.callback(again).told["code"] != nil)
    }

    @Test("the form works once, for a while, in the browser that asked for it, as it was")
    func bound() async throws {
        let setting = try await Setting()
        let form = try await setting.login()
        #expect(try await setting.callback(form, by: AuthorizeBrowser(setting.tenant)).isErrorPage)
        let fields = form.text.matches(of: /name="([^"]+)" value="([^"]*)">/).map { (String($0.1), String($0.2)) }
        let changed = fields.map { ($0.0, $0.0 == "wctx" ? "{\"client_id\":\"\(setting.client.clientID)\"}" : $0.1) }
        #expect(try await setting.browser.send(.post, "/login/callback", form: changed).isErrorPage)
        #expect(try await setting.browser.send(.post, "/login/callback", form: [("state", "unknown")]).isErrorPage)
        setting.tenant.service.time.advance(seconds: 121)
        #expect(try await setting.callback(form).isErrorPage)
        #expect(setting.browser.cookies["auth0"] == nil)
    }

    @Test("L3 unknown user and wrong password are answered alike, in the shape of the database family")
    func wrong() async throws {
        let setting = try await Setting()
        try await setting.tenant.member("blocked@example.com", ["blocked": true])
        let wrong = try await setting.login(["password": "x"])
        let unknown = try await setting.login(["username": "zoe@example.com"])
        #expect(wrong.status == 401 && wrong.text == unknown.text)
        #expect(wrong["name"] == "ValidationError" && wrong["code"] == "invalid_user_password")
        #expect(wrong["description"] == "Wrong email or password.")
        let blocked = try await setting.login(["username": "blocked@example.com"])
        #expect(blocked.status == 401 && blocked["description"] == "user is blocked")
        #expect(try await setting.tenant.events() == ["f", "fp", "fu"])
        #expect(try await setting.tenant.history(of: "jane@example.com") == ["fp"])
        #expect(try await setting.tenant.history(of: "blocked@example.com") == ["f"])
    }

    @Test("an OIDC-conformant client logs in at the hosted page alone")
    func conformant() async throws {
        let setting = try await Setting(["oidc_conformant": true])
        #expect(try await setting.login()["code"] == "unauthorized_client")
    }

    @Test("an authorization that would be refused is refused here")
    func rules() async throws {
        let setting = try await Setting()
        #expect(try await setting.login(["redirect_uri": "https://evil.example/cb"]).status == 400)
        #expect(try await setting.login(["connection": "nowhere"])["code"] == "invalid_connection")
        #expect(try await setting.login(["client_id": "nobody"]).status == 400)
        #expect(try await setting.login(origin: "https://evil.example").status == 403)
    }

    @Test("no captcha is asked for")
    func challenge() async throws {
        let setting = try await Setting()
        let answer = try await setting.tenant.send(
            .post, "/usernamepassword/challenge", headers: [.contentType: "application/json"], body: "{\"state\":\"x\"}"
        )
        #expect(answer.json == ["required": false])
    }

    // MARK: The tenant's own login page

    private static let page = "<html><script>var config = '@@config@@';</script></html>"

    @Test("the page of the tenant gets its configuration, and its login belongs to the transaction")
    func ownPage() async throws {
        let setting = try await Setting(["oidc_conformant": true, "custom_login_page": .string(Self.page)])
        let config = try await setting.config()
        #expect(config["clientID"]?.string == setting.client.clientID)
        #expect(config["auth0Domain"] == "acme.auth0.com" && config["auth0Tenant"] == "acme")
        #expect(config["callbackURL"]?.string == TokenFixture.callback)
        let options = try #require(config["internalOptions"]?.object)
        let form = try await setting.login(options, origin: "https://acme.auth0.com")
        #expect(form.status == 200)
        let ended = try await setting.callback(form)
        #expect(ended.told["code"] != nil && ended.told["state"] == "st4te")
    }

    @Test("L1 L2 without its CSRF token, or in another browser, the transaction is worth nothing")
    func forged() async throws {
        let setting = try await Setting(["oidc_conformant": true, "custom_login_page": .string(Self.page)])
        var options = try #require(try await setting.config()["internalOptions"]?.object)
        options["_csrf"] = "x"
        #expect(try await setting.login(options)["code"] == "invalid_csrf_token")
        setting.browser.cookies = [:]
        #expect(try await setting.login(options).status == 403)
    }

    @Test("L7 the configuration cannot end the script it stands in, whatever the request says")
    func scriptSafe() async throws {
        let setting = try await Setting(["custom_login_page": .string(Self.page)])
        let page = try await setting.browser.authorize(
            setting.client, ["scope": "openid </script><script>alert(1)</script>", "login_hint": "'\"--></script>é"])
        #expect(page.text.components(separatedBy: "</script>").count == 2)
        #expect(page.policy.contains("frame-ancestors 'none'"))
    }

    @Test("the global client's page is for every client that has it on; others keep the built-in one")
    func globalPage() async throws {
        let setting = try await Setting()
        let off = try await setting.tenant.spa(["custom_login_page_on": false])
        try await setting.tenant.shard.write { db in
            let global = try #require(try db.clients.all().first(where: \.isGlobal))
            var document = global.document
            document["custom_login_page"] = "<p>Ours: @@config@@</p>"
            try db.clients.update(global.replacing(document: document))
        }
        #expect(try await setting.browser.authorize(setting.client).text.hasPrefix("<p>Ours: ey"))
        let builtIn = try await setting.browser.authorize(off)
        #expect(builtIn.text.hasPrefix("<!doctype html>") && !builtIn.policy.contains("unsafe-inline"))
    }
}
