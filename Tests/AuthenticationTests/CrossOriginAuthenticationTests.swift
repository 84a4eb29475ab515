import HTTPTypes
import StrictJSON
import Tenancy
import TenantTesting
import Testing
import WebAddresses

@testable import Authentication

@Suite("Cross-origin authentication")
struct CrossOriginAuthenticationTests {
    private static let origin = "https://app.example.com"
    private static let realmType = "http://auth0.com/oauth/grant-type/password-realm"

    private struct Setting {
        let tenant: TokenFixture
        let client: Client
        let browser: AuthorizeBrowser

        init(_ document: JSONObject = [:]) async throws {
            tenant = try await TokenFixture()
            client = try await tenant.spa((["cross_origin_auth": true] as JSONObject).merging(deep: document))
            try await tenant.member()
            browser = AuthorizeBrowser(tenant)
        }

        /// The call of a page, as auth0.js makes it. The browser keeps the cookie.
        func authenticate(_ changes: JSONObject = [:], origin: String = origin) async throws -> Answer {
            let body =
                ([
                    "client_id": .string(client.clientID), "credential_type": .string(realmType),
                    "username": "jane@example.com", "password": .string(TokenFixture.password),
                    "realm": .string(Connection.defaultDatabaseName),
                ] as JSONObject).merging(deep: changes)
            var sent: JSONObject = [:]
            for (name, value) in body where !value.isNull { sent[name] = value }
            let answer = try await tenant.send(
                .post, "/co/authenticate", headers: [.contentType: "application/json", .origin: origin],
                body: JSON.object(sent).text())
            browser.keep(answer)
            return answer
        }

        func authorize(_ ticket: String?, _ parameters: [String: String?] = [:]) async throws -> Answer {
            var query: [String: String?] = ["login_ticket": ticket, "realm": Connection.defaultDatabaseName]
            for (name, value) in parameters { query[name] = .some(value) }
            return try await browser.send(.get, "/authorize?" + AuthorizeBrowser.query(client, query))
        }
    }

    @Test("a ticket with its cookie ends the login; the events tell both halves")
    func login() async throws {
        let setting = try await Setting()
        let answer = try await setting.authenticate()
        #expect(answer.status == 200)
        #expect(answer.headers[.accessControlAllowOrigin] == Self.origin)
        #expect(answer.headers[.accessControlAllowCredentials] == "true")
        let cookie = try #require(answer.headers[values: .setCookie].first)
        let id = try #require(answer["co_id"])
        #expect(cookie.hasPrefix("__Host-co-\(id)="))
        #expect(cookie.hasSuffix("; Path=/; Max-Age=900; Secure; HttpOnly; SameSite=None"))
        let ended = try await setting.authorize(answer["login_ticket"])
        #expect(ended.told["code"] != nil && ended.told["state"] == "st4te")
        #expect(setting.browser.cookies["auth0"] != nil)
        #expect(setting.browser.cookies["__Host-co-\(id)"] == nil)
        #expect(try await setting.tenant.events() == ["s", "scoa"])
    }

    @Test("L12 a new password or a block ends a ticket")
    func endedTicket() async throws {
        let setting = try await Setting()
        let ticket = try #require(try await setting.authenticate()["login_ticket"])
        let jane = try await setting.tenant.shard.read { try $0.users.find(email: "jane@example.com")[0] }
        try await setting.tenant.endLogins(of: jane)
        #expect(try await setting.authorize(ticket).told["code"] == nil)
        #expect(setting.browser.cookies["auth0"] == nil)
    }

    @Test("what is kept of ticket and verifier opens nothing")
    func hashed() async throws {
        let setting = try await Setting()
        let answer = try await setting.authenticate()
        let secret = OpaqueSecret(text: try #require(answer["login_ticket"]))
        let now = setting.tenant.shard.now
        let kept = try #require(try await setting.tenant.shard.read { try $0.loginTickets.find(secret, at: now) })
        #expect(kept.verifierHash == OpaqueSecret(text: answer["co_verifier"] ?? "").hash)
        #expect(kept.origin == Self.origin)
    }

    @Test("T34 a ticket is good once, even of two requests at the same time")
    func replay() async throws {
        let setting = try await Setting()
        let ticket = try await setting.authenticate()["login_ticket"]
        let cookies = setting.browser.cookies
        let query = AuthorizeBrowser.query(setting.client, ["login_ticket": ticket])
        let header = cookies.map { "\($0)=\($1)" }.joined(separator: "; ")
        let tenant = setting.tenant
        let answers = try await withThrowingTaskGroup(of: Answer.self) { group in
            for _ in 0..<8 {
                group.addTask { try await tenant.send(.get, "/authorize?" + query, headers: [.cookie: header]) }
            }
            return try await group.reduce(into: [Answer]()) { $0.append($1) }
        }
        #expect(answers.filter { $0.told["code"] != nil }.count == 1)
        #expect(answers.filter { $0.told["error"] == "access_denied" }.count == 7)
    }

    @Test("T34 without its cookie, from another origin, too late, for another client or realm it is worthless")
    func bound() async throws {
        let setting = try await Setting()
        let ticket = try await setting.authenticate()["login_ticket"]
        let other = try await setting.tenant.spa(["cross_origin_auth": true])
        func denied(_ answer: Answer) -> Bool {
            answer.told["error"] == "access_denied" && answer.told["code"] == nil
                && answer.told["error_description"] == "Unknown or invalid login ticket."
        }
        #expect(denied(try await setting.authorize(ticket, ["realm": "other"])))
        #expect(denied(try await setting.authorize(ticket, ["client_id": other.clientID])))
        #expect(denied(try await setting.authorize("nothing")))
        let header = setting.browser.cookies.map { "\($0)=\($1)" }.joined(separator: "; ")
        let query = "/authorize?" + AuthorizeBrowser.query(setting.client, ["login_ticket": ticket])
        #expect(
            denied(
                try await setting.tenant.send(
                    .get, query, headers: [.cookie: header, .referer: "https://evil.example/x"])))
        #expect(denied(try await setting.tenant.send(.get, query)))
        setting.tenant.service.time.advance(seconds: 901)
        #expect(denied(try await setting.authorize(ticket)))
        #expect(setting.browser.cookies["auth0"] == nil)
    }

    @Test("T20 a ticket of one tenant is nothing to another")
    func otherTenant() async throws {
        let setting = try await Setting()
        let ticket = try await setting.authenticate()["login_ticket"]
        let globex = try await TokenFixture("globex", in: setting.tenant.service)
        let browser = AuthorizeBrowser(globex)
        browser.cookies = setting.browser.cookies
        let query = AuthorizeBrowser.query(try await globex.spa(), ["login_ticket": ticket])
        #expect(try await browser.send(.get, "/authorize?" + query).told["error"] == "access_denied")
    }

    @Test("L3 an unknown user and a wrong password are answered alike; a blocked user only with the right password")
    func wrong() async throws {
        let setting = try await Setting()
        try await setting.tenant.member("blocked@example.com", ["blocked": true])
        let wrong = try await setting.authenticate(["password": "x"])
        let unknown = try await setting.authenticate(["username": "zoe@example.com"])
        #expect(wrong.status == 403 && wrong.text == unknown.text && unknown.status == 403)
        #expect(wrong["error"] == "access_denied" && wrong["error_description"] == "Wrong email or password.")
        #expect(wrong.headers[values: .setCookie].isEmpty)
        let blocked = try await setting.authenticate(["username": "blocked@example.com"])
        #expect(blocked.status == 403 && blocked["error"] == "blocked_user")
        #expect(
            try await setting.authenticate(["username": "blocked@example.com", "password": "x"]).text == wrong.text)
        #expect(try await setting.tenant.events() == ["fcoa", "fcoa", "fcoa", "fcoa"])
        #expect(try await setting.tenant.history(of: "jane@example.com") == ["fcoa"])
        #expect(try await setting.tenant.history(of: "blocked@example.com") == ["fcoa", "fcoa"])
    }

    private static let badBodies: [(JSONObject, String)] = [
        (["realm": .null], "invalid_request"), (["extra": "x"], "invalid_request"),
        (["credential_type": "magic"], "unsupported_credential_type"), (["password": 7], "invalid_request"),
        (["credential_type": "password"], "invalid_request"), (["realm": "nowhere"], "invalid_request"),
        (["credential_type": "http://auth0.com/oauth/grant-type/passwordless/otp"], "invalid_request"),
    ]

    @Test("bodies with too little, too much or of an unknown type are refused", arguments: badBodies)
    func bodies(changes: JSONObject, error: String) async throws {
        let answer = try await Setting().authenticate(changes)
        #expect(answer.status == 400 && answer["error"] == error)
        #expect(answer.headers[.accessControlAllowOrigin] == Self.origin)
    }

    @Test("without a realm the tenant's default directory is meant")
    func defaultDirectory() async throws {
        let setting = try await Setting()
        let changes: JSONObject = ["credential_type": "password", "realm": .null]
        #expect(try await setting.authenticate(changes)["error"] == "server_error")
        try await setting.tenant.shard.write { db in
            var settings = try #require(try db.settings.load()).document
            settings["default_directory"] = .string(Connection.defaultDatabaseName)
            try db.settings.save(settings)
        }
        #expect(try await setting.authenticate(changes).status == 200)
    }

    @Test(
        "only clients that have it switched on and are OIDC-conformant",
        arguments: [["cross_origin_auth": false] as JSONObject, ["oidc_conformant": false]])
    func switchedOff(document: JSONObject) async throws {
        let answer = try await Setting(document).authenticate()
        #expect(answer.status == 401 && answer["error"] == "unauthorized_client")
        #expect(answer["error_description"] == "Cross origin login not allowed.")
    }

    @Test("U11 pages of other origins are refused and try nothing")
    func origins() async throws {
        let setting = try await Setting()
        for origin in ["https://evil.example", "null", "http://app.example.com"] {
            let answer = try await setting.authenticate(origin: origin)
            #expect(answer.status == 403 && answer.headers[.accessControlAllowOrigin] == nil)
        }
        #expect(try await setting.tenant.events() == ["fco", "fco", "fco"])
    }

    @Test("where the browser keeps no cookie, the page of cross_origin_loc tells the verifier")
    func fallback() async throws {
        let setting = try await Setting(["cross_origin_loc": .string(Self.origin + "/co")])
        let answer = try await setting.authenticate()
        setting.browser.cookies = [:]
        let page = try await setting.browser.open(
            "/authorize?"
                + AuthorizeBrowser.query(
                    setting.client,
                    ["login_ticket": answer["login_ticket"], "realm": Connection.defaultDatabaseName]))
        #expect(page.text.contains("data-co-location=\"https://app.example.com/co\""))
        #expect(page.policy.contains("frame-src https://app.example.com;"))
        #expect(page.text.contains("data-co-id=\"\(answer["co_id"] ?? "?")\""))
        #expect(try await setting.browser.post(page, ["verifier": "wrong"]).told["error"] == "access_denied")
        let ended = try await setting.browser.post(page, ["verifier": answer["co_verifier"] ?? ""])
        #expect(ended.told["code"] != nil)
        let again = try await setting.browser.post(page, ["verifier": answer["co_verifier"] ?? ""])
        #expect(again.told["error"] == "access_denied")
        // In another browser the page is worth nothing.
        let thief = AuthorizeBrowser(setting.tenant)
        #expect(try await thief.post(page, ["verifier": answer["co_verifier"] ?? ""]).status == 403)
    }
}

extension AuthorizeBrowser {
    /// Keeps the cookies of an answer to a script.
    func keep(_ answer: Answer) {
        for cookie in answer.headers[values: .setCookie] {
            let pair = cookie.prefix { $0 != ";" }
            let name = String(pair.prefix { $0 != "=" })
            cookies[name] = String(pair.dropFirst(name.count + 1))
        }
    }
}
