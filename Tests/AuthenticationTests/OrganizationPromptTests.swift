import HTTPTypes
import StrictJSON
import Tenancy
import TenantHTTP
import TenantTesting
import Testing

@testable import Authentication

@Suite("Being asked for an organization before the login")
struct OrganizationBeforeLoginTests {
    private func app(_ tenant: TokenFixture, usage: String = "require", _ document: JSONObject = [:]) async throws
        -> Client
    {
        try await tenant.spa(
            ([
                "organization_usage": .string(usage), "organization_require_behavior": "pre_login_prompt",
            ] as JSONObject).merging(deep: document))
    }

    private let credentials = ["username": "jane@example.com", "password": TokenFixture.password]

    @Test("the name leads to the login of the organization, however it is written")
    func name() async throws {
        let tenant = try await TokenFixture()
        let (client, user) = (try await app(tenant), try await tenant.member())
        let widgets = try await tenant.organization("widgets", members: [user])
        let browser = AuthorizeBrowser(tenant)
        let page = try await browser.authorize(client)
        #expect(page.status == 200 && page.text.contains("Organization name") && page.formAction == "/u/organization")
        #expect(!page.text.contains("personal") && !page.text.contains("}}"))
        #expect(page.policy.contains("form-action 'self' https://app.example.com;"))
        let login = try await browser.submit(page, ["organization_name": " Widgets "])
        #expect(login.formAction == "/login", "\(login.text)")
        let done = try await browser.submit(login, credentials)
        #expect(try await tenant.idToken(done, client)["org_id"]?.string == widgets.id)
        #expect(try await tenant.event("s", of: client)?["organization_id"]?.string == widgets.id)
    }

    @Test("what is no organization is refused on the page, which keeps what was typed")
    func unknown() async throws {
        let tenant = try await TokenFixture()
        let client = try await app(tenant)
        let other = try await TokenFixture("other", in: tenant.service)
        try await other.organization("elsewhere")
        let browser = AuthorizeBrowser(tenant)
        let page = try await browser.authorize(client)
        for typed in ["elsewhere", "\"><script>", "", String(repeating: "x", count: 5_000)] {
            let refused = try await browser.submit(page, ["organization_name": typed])
            #expect(refused.status == 400 && refused.text.contains("The organization you entered is invalid"))
            #expect(!refused.text.contains("<script>"))
        }
        #expect(try await browser.submit(page, ["organization_name": "elsewhere"]).text.contains("value=\"elsewhere\""))
        // Members of no organization cannot go round the page.
        #expect(try await browser.submit(page, ["personal": "true"]).formAction == "/u/organization")
    }

    @Test("a session is used once the organization is named, for members alone")
    func session() async throws {
        let tenant = try await TokenFixture()
        let (client, user) = (try await app(tenant), try await tenant.member())
        let (widgets, gadgets) = (
            try await tenant.organization("widgets", members: [user]), try await tenant.organization("gadgets")
        )
        let browser = AuthorizeBrowser(tenant)
        _ = try await browser.logIn(try await tenant.spa())
        let page = try await browser.authorize(client)
        let done = try await browser.submit(page, ["organization_name": "widgets"])
        #expect(try await tenant.idToken(done, client)["org_id"]?.string == widgets.id)
        let refused = try await browser.submit(page, ["organization_name": "gadgets"])
        #expect(
            refused.told["error"] == "access_denied" && refused.told["error_description"]?.contains(gadgets.id) == true)
        // Unless the client wants the user to log in again.
        let again = try await browser.authorize(client, ["prompt": "login"])
        #expect(try await browser.submit(again, ["organization_name": "widgets"]).formAction == "/login")
        #expect(try await browser.authorize(client, ["prompt": "none"]).told["error"] == "interaction_required")
        let named = try await browser.authorize(client, ["organization": widgets.id, "prompt": "none"])
        #expect(named.told["code"] != nil)
    }

    @Test("T17 a hint that means somebody else still counts after the page")
    func hint() async throws {
        let tenant = try await TokenFixture()
        let (client, user) = (try await app(tenant), try await tenant.member())
        try await tenant.organization("widgets", members: [user])
        let browser = AuthorizeBrowser(tenant)
        let first = try await browser.submit(try await browser.authorize(client), ["organization_name": "widgets"])
        let code = try #require(try await browser.submit(first, credentials).told["code"])
        let token = try #require(try await tenant.redeem(code, client)["id_token"])
        let same = try await browser.authorize(client, ["id_token_hint": token])
        #expect(try await browser.submit(same, ["organization_name": "widgets"]).told["code"] != nil)
        let other = try await browser.authorize(client, ["id_token_hint": "another"])
        #expect(try await browser.submit(other, ["organization_name": "widgets"]).formAction == "/login")
    }

    @Test("a client that lets users in without one says so, and is not asked in silence")
    func personal() async throws {
        let tenant = try await TokenFixture()
        let client = try await app(tenant, usage: "allow")
        try await tenant.member()
        let browser = AuthorizeBrowser(tenant)
        let page = try await browser.authorize(client)
        #expect(page.text.contains("Use a personal account"))
        let login = try await browser.submit(page, ["personal": "true"])
        let done = try await browser.submit(login, credentials)
        #expect(try await tenant.idToken(done, client)["org_id"] == nil)
        let silent = try await browser.authorize(client, ["prompt": "none"])
        #expect(try await tenant.idToken(silent, client)["org_id"] == nil)
    }

    @Test("the form is of this page and this browser alone, and the login page is no way round it")
    func forged() async throws {
        let tenant = try await TokenFixture()
        let (client, user) = (try await app(tenant), try await tenant.member())
        try await tenant.organization("widgets", members: [user])
        let browser = AuthorizeBrowser(tenant)
        let page = try await browser.authorize(client)
        #expect(try await browser.submit(page, ["organization_name": "widgets", "_csrf": "x"]).status == 403)
        let stranger = AuthorizeBrowser(tenant)
        _ = try await stranger.authorize(client)
        #expect(try await stranger.submit(page, ["organization_name": "widgets"]).status == 403)
        let state = try field("state", of: page)
        for path in ["/login", "/signup", "/u/organization/choose"] {
            #expect(try await browser.open("\(path)?state=\(state)").isErrorPage, "\(path)")
        }
        let token = try field("_csrf", of: page)
        let form: [(String, String)] = [("state", state), ("_csrf", token)] + credentials.map { ($0.key, $0.value) }
        #expect(try await browser.send(.post, "/login", form: form).isErrorPage)
        #expect(browser.cookies["auth0"] == nil)
    }

    /// What a page hands back unseen.
    private func field(_ name: String, of page: Answer) throws -> String {
        let fields = page.text.matches(of: /<input type="hidden" name="([^"]+)" value="([^"]*)">/)
        let match = fields.first { $0.1 == name }
        return String(try #require(match).2)
    }

    @Test("T17 a login that a hint has asked for is not gone round by the page that asks for an organization")
    func hintAtAnotherPage() async throws {
        let tenant = try await TokenFixture()
        let (plain, client) = (try await tenant.spa(), try await app(tenant))
        let user = try await tenant.member()
        try await tenant.organization("widgets", members: [user])
        let browser = AuthorizeBrowser(tenant)
        _ = try await browser.logIn(plain)
        // The hint names somebody else than the session there is.
        let login = try await browser.authorize(plain, ["id_token_hint": "another"])
        #expect(login.formAction == "/login")
        let begun = try field("state", of: login)
        let detour = try await browser.open("/u/organization?state=\(begun)")
        #expect(detour.isErrorPage && detour.told["code"] == nil, "\(detour.location)")
        // Nor by the page that asks at the right moment, where nothing is to be asked any more.
        let page = try await browser.authorize(client, ["id_token_hint": "another", "prompt": "consent"])
        #expect(page.formAction == "/u/organization")
        try await tenant.shard.write { db in
            try db.clients.update(
                client.replacing(document: client.document.merging(deep: ["organization_usage": "deny"])))
        }
        let asked = try field("state", of: page)
        #expect(try await browser.open("/u/organization?state=\(asked)").formAction == "/login")
    }

    @Test("nobody makes an account, or logs in, before it is said to which organization it is to belong")
    func signUp() async throws {
        let tenant = try await TokenFixture()
        let client = try await app(tenant, usage: "allow")
        let browser = AuthorizeBrowser(tenant)
        let login = try await browser.submit(try await browser.authorize(client), ["personal": "true"])
        let link = String(try #require(login.text.firstMatch(of: /href="(\/signup[^"]*)"/)?.1))
        let page = try await browser.open(link)
        #expect(page.status == 200)
        try await tenant.shard.write { db in
            try db.clients.update(
                client.replacing(document: client.document.merging(deep: ["organization_usage": "require"])))
        }
        #expect(try await browser.open(link).status == 403)
        let typed = ["email": "new@example.com", "password": TokenFixture.password]
        #expect(try await browser.submit(page, typed).status == 403)
        let made = try await tenant.shard.read {
            try $0.users.credentials(connection: Connection.defaultDatabaseName, login: "new@example.com")
        }
        #expect(made == nil)
        // Nor does a login that has begun go on.
        try await tenant.member()
        let refused = try await browser.submit(login, credentials)
        #expect(refused.told["error_description"] == "parameter organization is required for this client")
        #expect(browser.cookies["auth0"] == nil)
    }

    @Test("M12 one address opens the page as often as an office does, and does not try a list of names")
    func limit() async throws {
        let tenant = try await TokenFixture(rateLimiting: .on)
        let browser = AuthorizeBrowser(tenant)
        let page = try await browser.authorize(try await app(tenant))
        var guesses = 0
        var answer = try await browser.submit(page, ["organization_name": "name-0"])
        while answer.status == 400, guesses < 1_000 {
            guesses += 1
            answer = try await browser.submit(page, ["organization_name": "name-\(guesses)"])
        }
        #expect(answer.status == 429 && answer["error"] == "too_many_requests", "\(answer.text)")
        #expect((60..<200).contains(guesses), "\(guesses)")
        #expect(try await tenant.events().contains("api_limit"))
        #expect(try await tenant.send(.get, "/u/organization", from: "198.51.100.7").status == 400)
        tenant.service.time.advance(seconds: 60)
        #expect(try await browser.submit(page, ["organization_name": "name"]).status == 400)
    }

    @Test("an address in a domain that is shown to be an organization's leads to it")
    func email() async throws {
        let tenant = try await TokenFixture()
        let client = try await app(tenant, ["organization_discovery_methods": ["email"]])
        let user = try await tenant.member()
        let widgets = try await tenant.organization(
            "widgets", members: [user], domains: ["example.com": "verified", "example.net": "pending"])
        let browser = AuthorizeBrowser(tenant)
        let page = try await browser.authorize(client)
        #expect(page.text.contains("type=\"email\""))
        for typed in ["jane@example.net", "jane@example.org", "widgets", "@"] {
            #expect(try await browser.submit(page, ["organization_name": typed]).status == 400, "\(typed)")
        }
        let login = try await browser.submit(page, ["organization_name": "jane@EXAMPLE.com"])
        #expect(login.text.contains("value=\"jane@EXAMPLE.com\""))
        let done = try await browser.submit(login, credentials)
        #expect(try await tenant.idToken(done, client)["org_id"]?.string == widgets.id)
    }

    @Test("organizations that share a domain are offered, under names that differ")
    func sharedDomain() async throws {
        let tenant = try await TokenFixture()
        let client = try await app(tenant, ["organization_discovery_methods": ["email", "organization_name"]])
        let user = try await tenant.member()
        try await tenant.organization("one", ["display_name": "Widgets"], domains: ["example.com": "verified"])
        let two = try await tenant.organization(
            "two", ["display_name": "Widgets", "branding": ["logo_url": "https://cdn.example.com/w.svg"]],
            members: [user], domains: ["example.com": "verified"])
        let browser = AuthorizeBrowser(tenant)
        let page = try await browser.authorize(client)
        #expect(page.text.contains("Organization name or email address"))
        let choices = try await browser.submit(page, ["organization_name": "jane@example.com"])
        #expect(choices.text.contains("<small>one</small>") && choices.text.contains("<small>two</small>"))
        #expect(choices.text.contains("src=\"https://cdn.example.com/w.svg\""))
        // Nothing is chosen that was not shown, nor where nothing was.
        let foreign = try await tenant.organization("foreign", members: [user])
        for (form, id) in [(choices, foreign.id), (page, two.id)] {
            let refused = try await browser.submit(form, ["organization": id])
            #expect(refused.status == 400 && refused.text.contains("The organization you entered is invalid"))
        }
        let login = try await browser.submit(choices, ["organization": two.id])
        #expect(login.text.contains("value=\"jane@example.com\""))
        let done = try await browser.submit(login, credentials)
        #expect(try await tenant.idToken(done, client)["org_id"]?.string == two.id)
    }
}

@Suite("Choosing an organization after the login")
struct OrganizationAfterLoginTests {
    private func app(_ tenant: TokenFixture, usage: String = "require") async throws -> Client {
        try await tenant.spa([
            "organization_usage": .string(usage), "organization_require_behavior": "post_login_prompt",
        ])
    }

    @Test("who belongs to none is told so, and has no session")
    func none() async throws {
        let tenant = try await TokenFixture()
        let (client, user) = (try await app(tenant), try await tenant.member())
        // Not by a connection that does not lead to it.
        try await tenant.organization("widgets", members: [user], hasConnection: false)
        let browser = AuthorizeBrowser(tenant)
        let refused = try await browser.logIn(client)
        #expect(refused.told["error"] == "invalid_request")
        #expect(
            refused.told["error_description"]
                == "client requires organization membership, but user does not belong to any organization")
        #expect(browser.cookies["auth0"] == nil)
        #expect(try await tenant.events() == ["f"])
        _ = try await browser.logIn(try await tenant.spa())
        #expect(try await browser.authorize(client, ["prompt": "none"]).told["error"] == "invalid_request")
    }

    @Test("the only one is taken unasked, silently too")
    func one() async throws {
        let tenant = try await TokenFixture()
        let (client, user) = (try await app(tenant), try await tenant.member())
        let widgets = try await tenant.organization("widgets", members: [user])
        let browser = AuthorizeBrowser(tenant)
        #expect(try await tenant.idToken(try await browser.logIn(client), client)["org_id"]?.string == widgets.id)
        #expect(try await tenant.event("s", of: client)?["organization_name"] == "widgets")
        let silent = try await browser.authorize(client, ["prompt": "none"])
        #expect(try await tenant.idToken(silent, client)["org_id"]?.string == widgets.id)
    }

    @Test("of several the user chooses one of their own")
    func several() async throws {
        let tenant = try await TokenFixture()
        let (client, user) = (try await app(tenant), try await tenant.member())
        try await tenant.organization("widgets", ["display_name": "Widgets & <Co>"], members: [user])
        let gadgets = try await tenant.organization("gadgets", members: [user])
        let foreign = try await tenant.organization("foreign")
        try await tenant.organization("unreachable", members: [user], hasConnection: false)
        let browser = AuthorizeBrowser(tenant)
        let page = try await browser.logIn(client)
        #expect(page.formAction == "/u/organization/choose", "\(page.location)")
        #expect(page.text.contains("Widgets &amp; &lt;Co&gt;") && page.text.contains("gadgets"))
        #expect(!page.text.contains("foreign") && !page.text.contains("unreachable") && !page.text.contains("Personal"))
        let done = try await browser.submit(page, ["organization": gadgets.id])
        #expect(try await tenant.idToken(done, client)["org_id"]?.string == gadgets.id)
        let event = try #require(try await tenant.event("s", of: client))
        #expect(event["organization_id"]?.string == gadgets.id)
        #expect(
            event["details"]?["prompts"] == [["name": "prompt-authenticate"], ["name": "organization-picker"]])
        // Answered once; and never by what was not offered.
        #expect(try await browser.submit(page, ["organization": gadgets.id]).isErrorPage)
        let again = try await browser.authorize(client)
        let refused = try await browser.submit(again, ["organization": foreign.id])
        #expect(refused.told["error"] == "access_denied" && refused.told["code"] == nil)
        let other = try await TokenFixture("other", in: tenant.service)
        let elsewhere = try await other.organization("widgets")
        let lost = try await browser.submit(again, ["organization": elsewhere.id])
        #expect(lost.told["error_description"] == "parameter organization is invalid")
        #expect(try await browser.submit(again, ["personal": "true"]).formAction == "/u/organization/choose")
        #expect(try await browser.authorize(client, ["prompt": "none"]).told["error"] == "interaction_required")
    }

    @Test("a membership that ends while the page is open ends there")
    func left() async throws {
        let tenant = try await TokenFixture()
        let (client, user) = (try await app(tenant), try await tenant.member())
        let widgets = try await tenant.organization("widgets", members: [user])
        let gadgets = try await tenant.organization("gadgets", members: [user])
        let browser = AuthorizeBrowser(tenant)
        let page = try await browser.logIn(client)
        try await tenant.remove(user, from: widgets)
        let refused = try await browser.submit(page, ["organization": widgets.id])
        #expect(refused.told["error"] == "access_denied")
        #expect(try await tenant.event("f", of: client)?["organization_name"] == "widgets")
        // The page itself shows nothing any more where one is left.
        let state = try #require(page.text.firstMatch(of: /name="state" value="([^"]+)"/)?.1)
        let done = try await browser.open("/u/organization/choose?state=\(state)")
        #expect(try await tenant.idToken(done, client)["org_id"]?.string == gadgets.id)
    }

    @Test("the page is for the session that logged in, in its browser")
    func bound() async throws {
        let tenant = try await TokenFixture()
        let (client, user) = (try await app(tenant), try await tenant.member())
        try await tenant.member("mallory@example.com")
        let widgets = try await tenant.organization("widgets", members: [user])
        try await tenant.organization("gadgets", members: [user])
        let browser = AuthorizeBrowser(tenant)
        let page = try await browser.logIn(client)
        #expect(try await browser.submit(page, ["organization": widgets.id, "_csrf": "x"]).status == 403)
        let thief = AuthorizeBrowser(tenant)
        thief.cookies["auth0"] = browser.cookies["auth0"]
        #expect(try await thief.submit(page, ["organization": widgets.id]).status == 403)
        _ = try await browser.logIn(try await tenant.spa(), ["prompt": "login"], user: "mallory@example.com")
        #expect(try await browser.submit(page, ["organization": widgets.id]).isErrorPage)
    }

    @Test("where users may come without one, they choose that too; who has none is not asked")
    func personal() async throws {
        let tenant = try await TokenFixture()
        let (client, user) = (try await app(tenant, usage: "allow"), try await tenant.member())
        try await tenant.member("alone@example.com")
        let widgets = try await tenant.organization("widgets", members: [user])
        let alone = try await AuthorizeBrowser(tenant).logIn(client, user: "alone@example.com")
        #expect(try await tenant.idToken(alone, client)["org_id"] == nil)
        let browser = AuthorizeBrowser(tenant)
        let page = try await browser.logIn(client)
        #expect(page.text.contains("Personal account"))
        let done = try await browser.submit(page, ["personal": "true"])
        #expect(try await tenant.idToken(done, client)["org_id"] == nil)
        let again = try await browser.submit(try await browser.authorize(client), ["organization": widgets.id])
        #expect(try await tenant.idToken(again, client)["org_id"]?.string == widgets.id)
        // The application named none, and nobody may be asked.
        let silent = try await browser.authorize(client, ["prompt": "none"])
        #expect(try await tenant.idToken(silent, client)["org_id"] == nil)
    }

    @Test("the question comes when everything else is proved, after the offer of a passkey")
    func afterFactors() async throws {
        let tenant = try await TokenFixture.asking([.otp])
        let client = try await app(tenant)
        let (user, generator, _) = try await tenant.enrolled()
        try await tenant.setOptions([
            "authentication_methods": ["passkey": ["enabled": true]],
            "passkey_options": ["progressive_enrollment_enabled": true],
        ])
        let widgets = try await tenant.organization("widgets", members: [user])
        try await tenant.organization("gadgets", members: [user])
        let browser = AuthorizeBrowser(tenant)
        let challenge = try await browser.logIn(client)
        #expect(challenge.formAction == "/u/mfa" && browser.cookies["auth0"] == nil)
        let offer = try await browser.submit(challenge, ["code": generator.code()])
        #expect(offer.formAction == "/u/passkey/offer" && browser.cookies["auth0"] == nil)
        let page = try await browser.submit(offer, ["action": "later"])
        #expect(page.formAction == "/u/organization/choose")
        let done = try await browser.submit(page, ["organization": widgets.id])
        #expect(try await tenant.idToken(done, client)["org_id"]?.string == widgets.id)
    }

    @Test("what is consented to is for the organization that was chosen")
    func consent() async throws {
        let tenant = try await TokenFixture()
        let (client, user) = (try await app(tenant), try await tenant.member())
        _ = try await tenant.api("urn:api")
        let widgets = try await tenant.organization("widgets", members: [user])
        let asked: [String: String?] = ["audience": "urn:api", "scope": "openid read:things"]
        let alone = AuthorizeBrowser(tenant)
        let direct = try await alone.submit(try await alone.logIn(client, asked), ["decision": "accept"])
        #expect(try await tenant.idToken(direct, client)["org_id"]?.string == widgets.id)
        let gadgets = try await tenant.organization("gadgets", members: [user])
        let browser = AuthorizeBrowser(tenant)
        let more: [String: String?] = ["audience": "urn:api", "scope": "openid read:things write:things"]
        let page = try await browser.logIn(client, more)
        let consent = try await browser.submit(page, ["organization": gadgets.id])
        #expect(consent.formAction == "/decision")
        let done = try await browser.submit(consent, ["decision": "accept"])
        #expect(try await tenant.idToken(done, client)["org_id"]?.string == gadgets.id)
    }

    @Test("a connection whose users all belong to one organization makes members of them; one of many does not")
    func assigned() async throws {
        let tenant = try await TokenFixture()
        let (client, user) = (try await app(tenant), try await tenant.member())
        let widgets = try await tenant.organization("widgets", assignsMembership: true)
        let browser = AuthorizeBrowser(tenant)
        #expect(try await browser.authorize(client).text.contains("Create an account"))
        let done = try await browser.logIn(client)
        #expect(try await tenant.idToken(done, client)["org_id"]?.string == widgets.id)
        #expect(try await tenant.belongs(user, to: widgets))
        try await tenant.remove(user, from: widgets)
        try await tenant.organization("gadgets", assignsMembership: true)
        let refused = try await AuthorizeBrowser(tenant).logIn(client)
        #expect(refused.told["error"] == "invalid_request")
    }

    @Test("nobody makes an account only to be refused")
    func signUp() async throws {
        let tenant = try await TokenFixture()
        let client = try await app(tenant)
        func signUpPage() async throws -> Answer {
            let browser = AuthorizeBrowser(tenant)
            let login = try await browser.authorize(client)
            let link = try #require(login.text.firstMatch(of: /href="(\/signup[^"]*)"/)?.1)
            return try await browser.open(String(link))
        }
        #expect(try await signUpPage().status == 403)
        try await tenant.organization("widgets", assignsMembership: true)
        #expect(try await signUpPage().status == 200)
    }

    @Test("clients of the old kind have no page after the login")
    func legacy() async throws {
        let tenant = try await TokenFixture()
        let client = try await tenant.spa([
            "organization_usage": "require", "organization_require_behavior": "post_login_prompt",
            "oidc_conformant": false,
        ])
        let answer = try await AuthorizeBrowser(tenant).authorize(client)
        #expect(answer.told["error_description"] == "parameter organization is required for this client")
    }
}
