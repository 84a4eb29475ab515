import StrictJSON
import Tenancy
import TenantTesting
import Testing

@testable import Authentication

@Suite("Device flow")
struct DeviceFlowTests {
    private static let grant = "urn:ietf:params:oauth:grant-type:device_code"

    private struct Device {
        let tenant: TokenFixture
        let client: Client
        let deviceCode: String
        let userCode: String

        func poll(as other: Client? = nil) async throws -> Answer {
            try await tenant.token([
                "grant_type": DeviceFlowTests.grant, "client_id": (other ?? client).clientID,
                "device_code": deviceCode,
            ])
        }

        /// Enters the code; ends at the page that asks whether it is this device.
        func enter(_ browser: AuthorizeBrowser) async throws -> Answer {
            try await browser.submit(try await browser.open("/activate"), ["user_code": userCode])
        }

        /// Up to the page that shows what is asked for.
        func logIn(_ browser: AuthorizeBrowser, user: String) async throws -> Answer {
            let page = try await browser.submit(try await enter(browser), ["decision": "accept"])
            return try await browser.submit(page, ["username": user, "password": TokenFixture.password])
        }
    }

    private func tv(_ tenant: TokenFixture, _ document: JSONObject = [:]) async throws -> Client {
        try await tenant.spa(
            JSONObject(dictionaryLiteral: ("grant_types", [.string(Self.grant), "refresh_token"])).merging(
                deep: document))
    }

    private func ask(_ tenant: TokenFixture, _ client: Client, _ more: String = "") async throws -> Answer {
        try await tenant.send(
            .post, "/oauth/device/code", headers: [.contentType: "application/x-www-form-urlencoded"],
            body: "client_id=\(client.clientID)\(more)")
    }

    private func begin(
        at tenant: TokenFixture, scope: String = "openid%20profile%20offline_access"
    ) async throws -> Device {
        let client = try await tv(tenant)
        let answer = try await ask(tenant, client, "&scope=\(scope)")
        try #require(answer.status == 200, "\(answer.text)")
        return Device(
            tenant: tenant, client: client, deviceCode: try #require(answer["device_code"]),
            userCode: try #require(answer["user_code"]))
    }

    @Test("a device is told where its user has to go and what to type there")
    func codes() async throws {
        let tenant = try await TokenFixture.shared
        let answer = try await ask(tenant, try await tv(tenant), "&scope=openid")
        let code = try #require(answer["user_code"])
        #expect(code.wholeMatch(of: /[BCDFGHJKLMNPQRSTVWXZ]{4}-[BCDFGHJKLMNPQRSTVWXZ]{4}/) != nil)
        #expect(answer["verification_uri"] == "https://\(tenant.domain)/activate")
        #expect(answer["verification_uri_complete"] == "https://\(tenant.domain)/activate?user_code=\(code)")
        #expect(answer.json["expires_in"]?.int == 900 && answer.json["interval"]?.int == 5)
    }

    @Test("a user code is read as people type it")
    func typing() throws {
        let code = UserCode()
        let letters = code.text.replacing("-", with: "")
        #expect(UserCode(typed: code.text.lowercased()) == code)
        #expect(UserCode(typed: "\(letters.prefix(4)) \(letters.suffix(4))") == code)
        #expect(UserCode(typed: letters) == code)
        #expect(UserCode(typed: letters + "B") == nil && UserCode(typed: "AAAA-AAAA") == nil)
    }

    @Test("a device whose user logs in and consents gets tokens, once")
    func approval() async throws {
        let tenant = try await TokenFixture()
        let device = try await begin(at: tenant)
        try await tenant.member()
        #expect(try await device.poll()["error"] == "authorization_pending")
        let browser = AuthorizeBrowser(tenant)
        let question = try await device.enter(browser)
        #expect(question.text.contains(device.userCode) && question.text.contains("Is this your device?"))
        let login = try await browser.submit(question, ["decision": "accept"])
        let consent = try await browser.submit(
            login, ["username": "jane@example.com", "password": TokenFixture.password])
        #expect(consent.text.contains("Authorize App") && consent.text.contains("offline_access"))
        let done = try await browser.submit(consent, ["decision": "accept"])
        #expect(done.status == 200 && done.text.contains("Your device is connected"))
        tenant.service.time.advance(seconds: 5)
        let tokens = try await device.poll()
        #expect(tokens.status == 200 && tokens["refresh_token"] != nil && tokens["id_token"] != nil)
        #expect(try await tenant.userInfo(try #require(tokens["access_token"])).status == 200)
        #expect(try await device.poll()["error"] == "invalid_grant")
        #expect(try await tenant.events() == ["fede", "s", "sede"])
    }

    @Test("a live session is used, and consent asked all the same, even where it was given before")
    func session() async throws {
        let tenant = try await TokenFixture()
        let device = try await begin(at: tenant)
        try await tenant.member()
        let browser = AuthorizeBrowser(tenant)
        let consent = try await device.logIn(browser, user: "jane@example.com")
        _ = try await browser.submit(consent, ["decision": "accept"])
        let answer = try await ask(tenant, device.client, "&scope=openid")
        let second = Device(
            tenant: tenant, client: device.client, deviceCode: try #require(answer["device_code"]),
            userCode: try #require(answer["user_code"]))
        let again = try await browser.submit(try await second.enter(browser), ["decision": "accept"])
        #expect(again.text.contains("Authorize App"))
        #expect(try await second.poll()["error"] == "authorization_pending")
    }

    @Test("whoever cancels or declines denies the device", arguments: [true, false])
    func denial(atOnce: Bool) async throws {
        let tenant = try await TokenFixture()
        let device = try await begin(at: tenant)
        try await tenant.member()
        let browser = AuthorizeBrowser(tenant)
        let page =
            atOnce
            ? try await device.enter(browser) : try await device.logIn(browser, user: "jane@example.com")
        let end = try await browser.submit(page, ["decision": "deny"])
        #expect(end.text.contains("not connected"))
        let answer = try await device.poll()
        #expect(answer.status == 403 && answer["error"] == "access_denied")
        #expect(try await tenant.events().contains("fdecc"))
    }

    @Test("T35 a device that polls too fast is told to slow down, and waits longer from then on")
    func interval() async throws {
        let tenant = try await TokenFixture()
        let device = try await begin(at: tenant)
        #expect(try await device.poll()["error"] == "authorization_pending")
        tenant.service.time.advance(seconds: 4)
        let early = try await device.poll()
        #expect(early.status == 429 && early["error"] == "slow_down")
        tenant.service.time.advance(seconds: 9)
        #expect(try await device.poll()["error"] == "slow_down")
        tenant.service.time.advance(seconds: 15)
        #expect(try await device.poll()["error"] == "authorization_pending")
        #expect(try await tenant.events().isEmpty, "waiting is nothing to report")
    }

    @Test("a device's time runs out")
    func expiry() async throws {
        let tenant = try await TokenFixture()
        let device = try await begin(at: tenant)
        let browser = AuthorizeBrowser(tenant)
        let question = try await device.enter(browser)
        tenant.service.time.advance(seconds: 900)
        #expect(try await device.poll()["error"] == "expired_token")
        #expect(try await browser.submit(question, ["decision": "accept"]).isErrorPage)
        #expect(try await device.enter(AuthorizeBrowser(tenant)).text.contains("not valid"))
    }

    @Test("T35 user codes cannot be searched: after ten wrong ones the right one is refused too")
    func bruteForce() async throws {
        let tenant = try await TokenFixture()
        let device = try await begin(at: tenant)
        let browser = AuthorizeBrowser(tenant)
        let page = try await browser.open("/activate")
        for _ in 0..<10 {
            let answer = try await browser.submit(page, ["user_code": UserCode().text])
            #expect(answer.status == 400 && answer.text.contains("not valid"))
        }
        #expect(try await browser.submit(page, ["user_code": device.userCode]).status == 429)
        tenant.service.time.advance(seconds: 899)
        #expect(try await browser.submit(page, ["user_code": device.userCode]).status == 429)
        #expect(Set(try await tenant.events()) == ["fdeac"])
    }

    @Test("T35 a guesser with a /64 of IPv6 addresses is one guesser")
    func guessesByNetwork() async throws {
        let tenant = try await TokenFixture()
        let now = tenant.shard.now
        try await tenant.shard.write { db in
            for number in 0..<UserCodeAttemptStore.limit {
                try db.userCodeAttempts.noteFailure(from: "2001:db8::\(number)", at: now)
            }
            #expect(try !db.userCodeAttempts.mayTry(from: "2001:db8::ffff", at: now))
            #expect(try db.userCodeAttempts.mayTry(from: "2001:db8:0:1::1", at: now))
        }
    }

    @Test("L12 a new password or a block ends what a device was granted and has not fetched")
    func endedApproval() async throws {
        let tenant = try await TokenFixture()
        let device = try await begin(at: tenant)
        let user = try await tenant.member()
        let browser = AuthorizeBrowser(tenant)
        let consent = try await device.logIn(browser, user: "jane@example.com")
        _ = try await browser.submit(consent, ["decision": "accept"])
        tenant.service.time.advance(seconds: 10)
        try await tenant.endLogins(of: user)
        #expect(try await device.poll()["error"] == "invalid_grant")
    }

    @Test("T35 the decision belongs to the browser that confirmed and to the session that logged in for it")
    func binding() async throws {
        let tenant = try await TokenFixture()
        let device = try await begin(at: tenant)
        try await tenant.member()
        try await tenant.member("mallory@example.com")
        let (jane, mallory) = (AuthorizeBrowser(tenant), AuthorizeBrowser(tenant))
        let foreign = try await device.enter(mallory)
        let consent = try await device.logIn(jane, user: "jane@example.com")
        #expect(try await mallory.submit(foreign, ["decision": "accept"]).isErrorPage)
        mallory.cookies["auth0"] = jane.cookies["auth0"]
        #expect(try await mallory.submit(consent, ["decision": "accept"]).status == 403)
        // Jane's browser, but somebody else's session.
        _ = try await jane.logIn(
            try await tenant.spa(), ["prompt": "login"], user: "mallory@example.com")
        #expect(try await jane.submit(consent, ["decision": "accept"]).isErrorPage)
        #expect(try await device.poll()["error"] == "authorization_pending")
    }

    @Test("only a client that lists the grant may ask, and only for what there is")
    func refusals() async throws {
        let tenant = try await TokenFixture()
        let other = try await tenant.spa()
        #expect(try await ask(tenant, other)["error"] == "unauthorized_client")
        let client = try await tv(tenant)
        #expect(try await ask(tenant, client, "&audience=urn:nothing").status == 403)
        #expect(try await ask(tenant, client, "&scope=%22")["error"] == "invalid_scope")
        #expect(try await ask(tenant, client, "&client_id=x")["error"] == "invalid_request")
        let secret = try await tv(tenant, ["token_endpoint_auth_method": "client_secret_post"])
        #expect(try await ask(tenant, secret).status == 401)
        #expect(try await ask(tenant, secret, "&client_secret=\(secret.secret)").status == 200)
        #expect(try await tenant.events() == ["fdeaz", "fdeaz", "fdeaz", "fdeaz"])
    }

    @Test("another client cannot redeem the device's code, nor can anybody an unknown one")
    func foreignCode() async throws {
        let tenant = try await TokenFixture.shared
        let device = try await begin(at: tenant)
        #expect(try await device.poll(as: try await tv(tenant))["error"] == "invalid_grant")
        let answer = try await tenant.token([
            "grant_type": Self.grant, "client_id": device.client.clientID, "device_code": "nothing",
        ])
        #expect(answer["error"] == "invalid_grant")
    }

    @Test("a blocked user's device gets nothing")
    func blockedUser() async throws {
        let tenant = try await TokenFixture()
        let device = try await begin(at: tenant)
        let user = try await tenant.member()
        let browser = AuthorizeBrowser(tenant)
        _ = try await browser.submit(
            try await device.logIn(browser, user: "jane@example.com"), ["decision": "accept"])
        try await tenant.shard.write { db in
            let blocked = user.document.merging(deep: ["blocked": true])
            try db.users.update(user.replacing(document: blocked, updatedAt: user.updatedAt))
        }
        #expect(try await device.poll()["error"] == "unauthorized")
    }

    @Test("the activation's own marks cannot be brought to /authorize from outside")
    func ownMarks() async throws {
        let tenant = try await TokenFixture.shared
        let client = try await tenant.spa()
        let answer = try await AuthorizeBrowser(tenant).authorize(
            client, ["urn:gatehouse:device": "x", "urn:gatehouse:pushed": "x"])
        #expect(answer.status == 200 && answer.formAction == "/login")
    }
}
