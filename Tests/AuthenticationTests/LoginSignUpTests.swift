import HTTPTypes
import StrictJSON
import Tenancy
import Testing

@testable import Authentication

@Suite("Sign-up")
struct LoginSignUpTests {
    private func signUpPage(_ tenant: TokenFixture, _ client: Client, _ browser: AuthorizeBrowser) async throws
        -> Answer
    {
        let login = try await browser.authorize(client)
        let link = try #require(login.text.firstMatch(of: /href="(\/signup\?state=[^"]+)"/)).1
        return try await browser.open(String(link))
    }

    @Test("whoever signs up is logged in")
    func signUp() async throws {
        let tenant = try await TokenFixture()
        let client = try await tenant.spa()
        let browser = AuthorizeBrowser(tenant)
        let page = try await signUpPage(tenant, client, browser)
        let answer = try await browser.submit(
            page,
            [
                "email": "New@Example.com", "password": TokenFixture.password, "email_verified": "true",
                "blocked": "true",
                "user_id": "auth0|1",
            ])
        #expect(answer.told["code"] != nil && browser.cookies["auth0"] != nil)
        #expect(try await tenant.events() == ["s", "ss", "svr"])
        let user = try #require(try await tenant.shard.read { try $0.users.find(email: "new@example.com") }.first)
        #expect(user.document["email_verified"]?.bool == false && !user.isBlocked && user.loginsCount == 1)
        #expect(try await AuthorizeBrowser(tenant).logIn(client, user: "new@example.com").told["code"] != nil)
    }

    @Test(
        "L10 L14 what cannot be an account is refused with the reason",
        arguments: [
            ("jane@example.com", TokenFixture.password, "already exists"), ("", TokenFixture.password, "email"),
            ("jane", TokenFixture.password, "not valid"), ("j@x。example", TokenFixture.password, "not valid"),
            ("j\"<b>@x.example", TokenFixture.password, "not valid"), ("new@example.com", "weak", "too weak"),
            ("new@example.com", "", "password"),
            ("new@example.com", "Aa1" + String(repeating: "x", count: 70), "72 bytes"),
            ("new@example.com", "Aa1-\u{0}-Aa1-x", "72 bytes"),
        ])
    func refusals(_ email: String, _ password: String, _ reason: String) async throws {
        let tenant = try await TokenFixture.shared
        let client = try await tenant.spa()
        if email == "jane@example.com" { try await tenant.member() }
        let browser = AuthorizeBrowser(tenant)
        let page = try await signUpPage(tenant, client, browser)
        let answer = try await browser.submit(page, ["email": email, "password": password])
        #expect(answer.status == 400 && answer.formAction == "/signup")
        #expect(answer.text.contains(reason))
        #expect(browser.cookies["auth0"] == nil)
        #expect(try await tenant.events(of: client).compactMap { $0["type"]?.string } == ["fs"])
    }

    @Test("L11 a connection closed for sign-up makes no account")
    func disabled() async throws {
        let tenant = try await TokenFixture()
        let client = try await tenant.spa()
        let browser = AuthorizeBrowser(tenant)
        let page = try await signUpPage(tenant, client, browser)
        try await tenant.setOptions(["disable_signup": true])
        let answer = try await browser.submit(page, ["email": "a@b.example", "password": TokenFixture.password])
        #expect(answer.status == 403 && answer.isErrorPage)
        #expect(try await !browser.authorize(client).text.contains("/signup"))
    }

    @Test("a connection with usernames asks for one, and takes either name at login")
    func usernames() async throws {
        let tenant = try await TokenFixture()
        try await tenant.setOptions(["requires_username": true])
        let client = try await tenant.spa()
        let browser = AuthorizeBrowser(tenant)
        let page = try await signUpPage(tenant, client, browser)
        let form = ["email": "a@b.example", "password": TokenFixture.password]
        #expect(try await browser.submit(page, form).status == 400)
        #expect(try await browser.submit(page, form.merging(["username": "a@c"]) { $1 }).status == 400)
        #expect(try await browser.submit(page, form.merging(["username": "Ann"]) { $1 }).told["code"] != nil)
        #expect(try await AuthorizeBrowser(tenant).logIn(client, user: "ann").told["code"] != nil)
        #expect(try await AuthorizeBrowser(tenant).logIn(client, user: "a@b.example").told["code"] != nil)
    }

    @Test("the API makes accounts for allowed clients and stores nothing that was not asked for")
    func api() async throws {
        let tenant = try await TokenFixture()
        let client = try await tenant.spa()
        func post(_ changes: JSONObject, origin: String? = nil) async throws -> Answer {
            let body: JSONObject = [
                "client_id": .string(client.clientID), "email": "A@b.example",
                "password": .string(TokenFixture.password), "connection": .string(Connection.defaultDatabaseName),
            ]
            var headers: HTTPFields = [.contentType: "application/json"]
            headers[.origin] = origin
            return try await tenant.send(
                .post, "/dbconnections/signup", headers: headers, body: JSON.object(body.merging(deep: changes)).text())
        }
        let made = try await post(
            ["email_verified": true, "app_metadata": ["role": "admin"], "blocked": true, "user_metadata": ["a": "b"]],
            origin: "https://app.example.com")
        #expect(made.status == 200 && made["email"] == "a@b.example" && made.json["email_verified"]?.bool == false)
        #expect(made["_id"]?.utf8.count == 24 && made.json["user_metadata"]?["a"]?.string == "b")
        #expect(made.headers[.accessControlAllowOrigin] == "https://app.example.com")
        let user = try #require(try await tenant.shard.read { try $0.users.find(email: "a@b.example") }.first)
        #expect(user.document["app_metadata"] == nil && !user.isBlocked)
        let again = try await post([:])
        #expect(
            again.status == 400 && again["code"] == "user_exists" && again["description"] == "The user already exists.")
        let weak = try await post(["email": "c@b.example", "password": "x"])
        #expect(weak["code"] == "invalid_password" && weak["name"] == "PasswordStrengthError")
        #expect(weak["policy"]?.contains("* At least 8 characters in length") == true)
        let many = JSONObject((0..<11).map { ("k\($0)", .string("v")) })
        #expect(try await post(["email": "d@b.example", "user_metadata": .object(many)]).status == 400)
        #expect(try await post(["connection": "nothing"]).status == 400)
        let nameless = try await post(["connection": nil])
        #expect(nameless.status == 400 && nameless["error"] == "connection is required")
        #expect(try await post(["email": "e@b.example"], origin: "https://evil.example").status == 403)
        #expect(try await tenant.events() == ["fco", "fs", "fs", "fs", "ss", "svr"])
    }
}
