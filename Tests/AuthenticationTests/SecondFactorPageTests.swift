import HTTPTypes
import OpenSSL
import StrictJSON
import Tenancy
import Testing

@testable import Authentication

@Suite("The pages of the second factor")
struct SecondFactorPageTests {
    private func started(
        _ parameters: [String: String?] = [:]
    ) async throws -> (
        tenant: TokenFixture, client: Client, app: TokenFixture.App, recovery: String, browser: AuthorizeBrowser,
        page: Answer
    ) {
        let tenant = try await TokenFixture.asking()
        let client = try await tenant.passwordClient()
        let (_, app, recovery) = try await tenant.enrolled()
        let browser = AuthorizeBrowser(tenant)
        return (tenant, client, app, recovery, browser, try await browser.logIn(client, parameters))
    }

    @Test("L16 the password alone makes no session, whatever is opened next")
    func noSession() async throws {
        let (tenant, client, _, _, browser, page) = try await started()
        #expect(page.status == 200 && page.text.contains("authenticator app"))
        #expect(browser.cookies["auth0"] == nil)
        #expect(try await browser.authorize(client, ["prompt": "none"]).told["error"] == "login_required")
        #expect(try await browser.authorize(client).text.contains("name=\"password\""))
        let state = String(try #require(page.text.firstMatch(of: /name="state" value="([^"]+)"/)).1)
        for path in ["/decision", "/login", "/signup", "/u/mfa/recovery-code", "/continue"] {
            #expect(try await browser.open(path + "?state=" + state).status >= 400)
        }
        // The page that only a passed factor leads to takes no other transaction.
        let forged = try await browser.post(page, ["code": "x"])
        #expect(forged.status == 401)
        let skipped = try await browser.send(
            .post, "/u/mfa/recovery-code",
            form: page.text.matches(of: /<input type="hidden" name="([^"]+)" value="([^"]*)">/).map {
                (String($0.1), String($0.2))
            })
        #expect(skipped.isErrorPage && browser.cookies["auth0"] == nil)
        #expect(try await !tenant.events().contains("s"))
        // Nor does a factor too many: the enrolment is for who has none.
        let enrolment = try await browser.open("/u/mfa/enroll?state=" + state)
        #expect(enrolment.text.contains("Verify your identity"))
    }

    @Test("the code ends the login; the id_token says how, and a second client needs no code")
    func login() async throws {
        let (tenant, client, app, _, browser, page) = try await started()
        let wrong = try await browser.submit(page, ["code": "000000"])
        #expect(wrong.status == 401 && wrong.text.contains("id=\"problem\""))
        let done = try await browser.submit(wrong, ["code": app.code()])
        let tokens = try await tenant.redeem(try #require(done.told["code"]), client)
        let claims = try JSONWebToken(parsing: try #require(tokens["id_token"])).claims
        #expect(claims["amr"] == ["mfa"])
        #expect(try await browser.authorize(client, ["prompt": "none"]).told["code"] != nil)
        let other = try await tenant.spa()
        #expect(try await browser.authorize(other).told["code"] != nil)
        let events = try await tenant.events()
        #expect(events.filter { $0 == "gd_auth_succeed" }.count == 1)
        #expect(events.filter { $0 == "gd_auth_failed" }.count == 1)
        // Back and the same form again: the transaction is used up, and so is the code.
        #expect(try await browser.submit(page, ["code": app.code()]).status == 401)
        #expect(try await browser.submit(page, ["code": app.code(1)]).isErrorPage)
    }

    @Test("L16 a client that is not asked opens the API for factors with a factor alone")
    func factorsOpenFactors() async throws {
        let tenant = try await TokenFixture.asking(ofAll: false)
        let client = try await tenant.passwordClient()
        let (_, app, _) = try await tenant.enrolled()
        let wanted: [String: String?] = [
            "audience": "https://acme.auth0.com/mfa/", "scope": "openid remove:authenticators",
        ]
        let browser = AuthorizeBrowser(tenant)
        #expect(try await browser.logIn(client).told["code"] != nil)
        let asked = try await browser.authorize(client, wanted.merging(["prompt": "none"]) { $1 })
        #expect(asked.told["error"] != nil && asked.told["code"] == nil)
        let page = try await browser.authorize(client, wanted)
        #expect(page.text.contains("authenticator app"))
        let ended = try await browser.submit(page, ["code": app.code()])
        #expect(ended.told["code"] != nil || ended.formAction == "/decision")
    }

    @Test("L16 the page of one browser is worth nothing in another, nor without its token")
    func bound() async throws {
        let (tenant, client, app, _, browser, page) = try await started()
        let other = AuthorizeBrowser(tenant)
        _ = try await other.authorize(client)
        #expect(try await other.post(page, ["code": app.code()]).status == 403)
        #expect(try await browser.post(page, ["code": app.code(), "_csrf": ""]).status == 403)
    }

    @Test("L16 ten wrong codes stop the page")
    func bounded() async throws {
        let (tenant, _, app, _, browser, page) = try await started()
        for _ in 0..<10 { #expect(try await browser.post(page, ["code": "000000"]).status == 401) }
        let refused = try await browser.post(page, ["code": app.code()])
        #expect(refused.status == 401 && refused.text.contains("Too many failed codes"))
        #expect(try await tenant.events().contains("gd_otp_rate_limit_exceed"))
        #expect(browser.cookies["auth0"] == nil)
    }

    @Test("a remembered browser is asked no more for 30 days, and only for its user")
    func remembered() async throws {
        let (tenant, client, app, _, browser, page) = try await started()
        let done = try await browser.submit(page, ["code": app.code(), "remember": "1"])
        #expect(done.told["code"] != nil)
        let again = try await browser.logIn(client, ["prompt": "login"])
        #expect(again.told["code"] != nil)
        let tokens = try await tenant.redeem(try #require(again.told["code"]), client)
        #expect(try JSONWebToken(parsing: try #require(tokens["id_token"])).claims["amr"] == nil)
        #expect(try await browser.authorize(client, ["prompt": "none"]).told["code"] != nil)
        // L16: the cookie is another user's.
        _ = try await tenant.enrolled("john@example.com")
        let other = try await browser.logIn(client, ["prompt": "login"], user: "john@example.com")
        #expect(other.text.contains("Verify your identity"))
        // A client that asks for the context itself wants the proof, not the memory of it.
        let context = ["prompt": "login", "acr_values": SecondFactorPolicy.multiFactorContext]
        #expect(try await browser.logIn(client, context).text.contains("Verify your identity"))
        tenant.service.time.advance(seconds: 30 * 86_400 + 1)
        #expect(try await browser.logIn(client, ["prompt": "login"]).text.contains("Verify your identity"))
    }

    @Test("acr_values asks where the tenant does not, and steps a session up")
    func stepUp() async throws {
        let tenant = try await TokenFixture.asking(ofAll: false)
        let client = try await tenant.passwordClient()
        let (_, app, _) = try await tenant.enrolled()
        let browser = AuthorizeBrowser(tenant)
        #expect(try await browser.logIn(client).told["code"] != nil)
        let context = ["acr_values": SecondFactorPolicy.multiFactorContext]
        let silent = try await browser.authorize(client, context.merging(["prompt": "none"]) { $1 })
        #expect(silent.told["error"] == "interaction_required")
        #expect(silent.told["error_description"] == "Multifactor authentication required")
        let page = try await browser.authorize(client, context)
        #expect(page.text.contains("Verify your identity"))
        #expect(try await browser.submit(page, ["code": app.code()]).told["code"] != nil)
        #expect(try await browser.authorize(client, context.merging(["prompt": "none"]) { $1 }).told["code"] != nil)
    }

    @Test("a client of the list is asked, another is not")
    func clientList() async throws {
        let tenant = try await TokenFixture()
        let (strict, lax) = (try await tenant.spa(), try await tenant.spa())
        try await tenant.shard.write {
            try $0.settings.save(SecondFactorSettings(factors: [.otp], clientIDs: [strict.clientID]))
        }
        _ = try await tenant.enrolled()
        #expect(try await AuthorizeBrowser(tenant).logIn(lax).told["code"] != nil)
        #expect(try await AuthorizeBrowser(tenant).logIn(strict).text.contains("Verify your identity"))
    }

    @Test("an app is enrolled by its first code; the recovery code is shown once and lets in once")
    func enrolment() async throws {
        let tenant = try await TokenFixture.asking([.otp])
        let client = try await tenant.passwordClient()
        let user = try await tenant.member()
        let browser = AuthorizeBrowser(tenant)
        let page = try await browser.logIn(client)
        #expect(page.text.contains("data:image/svg+xml;base64,"))
        let wrong = try await browser.submit(page, ["code": "000000"])
        #expect(wrong.status == 401)
        #expect(try await tenant.shard.read { try $0.factors.list(of: user.userID) }.isEmpty)
        let enrolment = String(try #require(wrong.text.firstMatch(of: /name="enrolment" value="([^"]+)"/)).1)
        let visit = try await browser.secret(of: enrolment)
        let app = TokenFixture.App(key: visit, tenant: tenant)
        let shown = try await browser.submit(wrong, ["code": app.code()])
        let recovery = String(try #require(shown.text.firstMatch(of: /id="recovery-code">([A-Z2-7]{24})</)).1)
        #expect(browser.cookies["auth0"] == nil)
        let done = try await browser.submit(shown, ["saved": "1"])
        #expect(done.told["code"] != nil && browser.cookies["auth0"] != nil)
        #expect(try await tenant.events().contains("gd_enrollment_complete"))
        // The code that enrolled is used.
        let next = try await browser.logIn(client, ["prompt": "login"])
        #expect(try await browser.submit(next, ["code": app.code()]).status == 401)
        let recovered = try await browser.submit(next, ["factor": "recovery-code", "code": recovery.lowercased()])
        #expect(recovered.text.contains("id=\"recovery-code\"") && !recovered.text.contains(recovery))
        #expect(try await browser.submit(recovered, ["saved": "1"]).told["code"] != nil)
        let last = try await browser.logIn(client, ["prompt": "login"])
        #expect(try await browser.submit(last, ["factor": "recovery-code", "code": recovery]).status == 401)
    }

    @Test("a telephone is enrolled by the code it gets")
    func telephone() async throws {
        let tenant = try await TokenFixture.asking([.sms, .email])
        let client = try await tenant.passwordClient()
        try await tenant.member()
        let browser = AuthorizeBrowser(tenant)
        let choice = try await browser.logIn(client)
        let link = try #require(choice.text.firstMatch(of: /href="([^"]+factor=sms)"/)).1.replacing("&amp;", with: "&")
        let page = try await browser.open(String(link))
        #expect(try await browser.submit(page, ["phone": "5550100"]).status == 401)
        let sent = try await browser.submit(page, ["phone": "+1 555 0100"])
        var code = try #require(try await tenant.sent(to: "+15550100")["code"]?.string)
        #expect(try await browser.post(sent, ["code": code == "000000" ? "1" : "000000"]).status == 401)
        let shown = try await browser.submit(sent, ["code": code])
        #expect(try await browser.submit(shown, ["saved": "1"]).told["code"] != nil)
        let challenge = try await browser.logIn(client, ["prompt": "login"])
        #expect(challenge.text.contains("XXXXX0100"))
        let asked = try await browser.submit(challenge, [:])
        code = try #require(try await tenant.sent(to: "+15550100")["code"]?.string)
        #expect(try await browser.submit(asked, ["code": code]).told["code"] != nil)
        #expect(try await tenant.events().filter { $0 == "gd_send_sms" }.count == 2)
    }
}

extension AuthorizeBrowser {
    /// What the sealed enrolment of a page holds: a test has the tenant's key.
    fileprivate func secret(of enrolment: String) async throws -> [UInt8] {
        let key = try await tenant.shard.settings().transactionKey
        let bytes = try AESGCM.open(
            try #require(Base64URL.decode(enrolment)), key: key,
            associatedData: Array("enrolment\n\(tenant.shard.tenantID)".utf8))
        return try #require(Base64URL.decode(try JSON.parse(bytes)["payload"]?["key"]?.string ?? ""))
    }
}
