import HTTPTypes
import OpenSSL
import StrictJSON
import Tenancy
import Testing

@testable import Authentication

@Suite("Passkeys")
struct PasskeyTests {
    /// A tenant whose users may have passkeys, with one user.
    private func started(
        _ factors: [Factor.Kind] = [], ofAll: Bool = false
    ) async throws -> (tenant: TokenFixture, client: Client, browser: AuthorizeBrowser, key: SoftwareSecurityKey) {
        let tenant = try await TokenFixture.asking(factors, ofAll: ofAll)
        try await tenant.setOptions(["authentication_methods": ["passkey": ["enabled": true]]])
        let client = try await tenant.passwordClient()
        try await tenant.member()
        return (tenant, client, AuthorizeBrowser(tenant), try SoftwareSecurityKey())
    }

    private func enrolled() async throws -> (
        tenant: TokenFixture, client: Client, browser: AuthorizeBrowser, key: SoftwareSecurityKey
    ) {
        var (tenant, client, browser, key) = try await started()
        let offer = try await browser.logIn(client)
        key.userHandle = offer.options["user"]?["id"]?.string
        #expect(try await browser.submit(offer, try key.create(offer.options)).told["code"] != nil)
        key.count += 1
        return (tenant, client, browser, key)
    }

    @Test("a passkey is made after a login and logs in alone, as two factors")
    func use() async throws {
        var (tenant, client, browser, key) = try await enrolled()
        for _ in 0..<2 {
            let page = try await browser.authorize(client, ["prompt": "login"])
            #expect(page.options["userVerification"] == "required" && page.options["allowCredentials"] == [])
            let done = try await browser.submitPasskey(page, try key.get(page.options))
            let tokens = try await tenant.redeem(try #require(done.told["code"]), client)
            let claims = try JSONWebToken(parsing: try #require(tokens["id_token"])).claims
            #expect(claims["amr"] == ["mfa", "pop", "user"])
            #expect(claims["acr"]?.string == SecondFactorPolicy.multiFactorContext)
            key.count += 1
        }
        // Its owner is told, once and for all, by mail.
        let user = try await tenant.shard.read { try $0.users.find(email: "jane@example.com")[0] }
        let now = tenant.shard.now
        let mails = try await tenant.shard.read { try $0.outbox.due(at: now, limit: 10) }.map(\.message)
        #expect(mails.map(\.kind) == [.passkeyEnrolled] && mails.map(\.recipient) == ["jane@example.com"])
        #expect(mails.map(\.userID) == [user.userID] && mails.allSatisfy { $0.values["url"] == nil })
        // Who has one is not asked again.
        #expect(try await browser.logIn(client, ["prompt": "login"]).told["code"] != nil)
        #expect(try await tenant.events().contains("gd_enrollment_complete"))
    }

    @Test("what a new one must be is asked of the browser")
    func creation() async throws {
        let (_, client, browser, _) = try await started()
        let options = try await browser.logIn(client).options
        #expect(options["authenticatorSelection"]?["residentKey"] == "required")
        #expect(options["authenticatorSelection"]?["userVerification"] == "required")
    }

    @Test("L16 what is not the passkey's own answer to this page opens nothing")
    func refusals() async throws {
        let (tenant, client, browser, key) = try await enrolled()
        let changes: [@Sendable (inout SoftwareSecurityKey) -> Void] = [
            { $0.origin = "https://evil.example" }, { $0.relyingParty = "auth0.com" },
            // Nobody was there; somebody was, and nobody knows who.
            { $0.flags = 0x04 }, { $0.flags = 0x01 },
            { $0.userHandle = "AAAA" }, { $0.userHandle = nil }, { $0.count = 1 },
        ]
        for change in changes {
            var changed = key
            change(&changed)
            let page = try await browser.authorize(client, ["prompt": "login"])
            #expect(try await browser.submitPasskey(page, try changed.get(page.options)).status == 401)
        }
        let page = try await browser.authorize(client, ["prompt": "login"])
        var stranger = try SoftwareSecurityKey()
        stranger.userHandle = key.userHandle
        #expect(try await browser.submitPasskey(page, try stranger.get(page.options)).status == 401)
        // The challenge of a refused answer is spent.
        #expect(try await browser.submitPasskey(page, try key.get(page.options)).isErrorPage)
        #expect(try await tenant.events().filter { $0 == "f" }.count >= changes.count + 1)
        // The stranger's key is nobody's.
        #expect(try await tenant.history(of: "jane@example.com").filter { $0 == "f" }.count == changes.count)
    }

    @Test("an answer is good once, also of several at the same time")
    func replay() async throws {
        let (_, client, browser, key) = try await enrolled()
        let page = try await browser.authorize(client, ["prompt": "login"])
        let answer = try key.get(page.options)
        #expect(try await browser.submitPasskey(page, answer).told["code"] != nil)
        #expect(try await browser.submitPasskey(page, answer).isErrorPage)
    }

    @Test("L16 the password alone adds none to an account that has a second factor")
    func secondFactor() async throws {
        let (tenant, client, browser, _) = try await started([.otp])
        let user = try await tenant.shard.read { try $0.users.find(email: "jane@example.com")[0] }
        let now = tenant.shard.now
        try await tenant.shard.write { db in
            let factor = Factor(.otp, of: user.userID, secret: TimeBasedCode.newKey(), at: now)
            try db.factors.insert(factor)
            try db.factors.confirm(factor, at: now)
        }
        #expect(try await browser.logIn(client).told["code"] != nil, "nothing is offered")
    }

    @Test("L16 nor does it by an offer that was made before the factor")
    func secondFactorMeanwhile() async throws {
        let (tenant, client, browser, key) = try await started([.otp])
        let offer = try await browser.logIn(client)
        let user = try await tenant.shard.read { try $0.users.find(email: "jane@example.com")[0] }
        let now = tenant.shard.now
        try await tenant.shard.write { db in
            let factor = Factor(.otp, of: user.userID, secret: TimeBasedCode.newKey(), at: now)
            try db.factors.insert(factor)
            try db.factors.confirm(factor, at: now)
        }
        #expect(try await browser.submit(offer, try key.create(offer.options)).isErrorPage)
    }

    @Test("L12 a new password ends an offer that the old one opened")
    func newPassword() async throws {
        let (tenant, client, browser, key) = try await started()
        let offer = try await browser.logIn(client)
        try await tenant.changePassword()
        #expect(try await browser.submit(offer, try key.create(offer.options)).isErrorPage)
        #expect(try await browser.submit(offer, ["action": "later"]).isErrorPage)
        let user = try await tenant.shard.read { try $0.users.find(email: "jane@example.com")[0] }
        #expect(try await tenant.shard.read { try $0.passkeys.list(of: user.userID) }.isEmpty)
    }

    @Test("L12 a password reset takes the passkeys with it, and its owner is told of both")
    func passwordReset() async throws {
        let (tenant, client, browser, key) = try await enrolled()
        let user = try await tenant.shard.read { try $0.users.find(email: "jane@example.com")[0] }
        let now = tenant.shard.now
        let secret = Ticket.newSecret()
        let ticket = Ticket(.changePassword, userID: user.userID, email: user.email, expiresAt: now.adding(seconds: 60))
        try await tenant.shard.write { try $0.tickets.issue(ticket, secret: secret) }
        #expect(try await tenant.shard.read { try $0.passkeys.list(of: user.userID) }.count == 1)
        let page = try await AuthorizeBrowser(tenant).open("/lo/reset?ticket=\(secret.text)")
        #expect(page.status == 200)
        let other = AuthorizeBrowser(tenant)
        let form = try await other.open("/lo/reset?ticket=\(secret.text)")
        let password = "Brand-New-Horse-1"
        #expect(try await other.post(form, ["password": password, "password_confirmation": password]).status == 200)
        #expect(try await tenant.shard.read { try $0.passkeys.list(of: user.userID) }.isEmpty)
        // Whoever made it with the old password does not come in by it.
        let login = try await browser.authorize(client, ["prompt": "login"])
        #expect(try await browser.submitPasskey(login, try key.get(login.options)).status == 401)
        let mails = try await tenant.shard.read { try $0.outbox.due(at: now, limit: 10) }.map(\.message.kind)
        #expect(mails.contains(.passwordChanged) && mails.count == 2)
    }

    @Test("L12 nor does the old one lead to a second factor any more")
    func newPasswordAndFactor() async throws {
        let (tenant, client, browser, key) = try await started([.securityKey], ofAll: true)
        let enrolment = try await browser.logIn(client)
        try await tenant.changePassword()
        #expect(try await browser.submit(enrolment, try key.create(enrolment.options)).isErrorPage)
        let user = try await tenant.shard.read { try $0.users.find(email: "jane@example.com")[0] }
        #expect(try await tenant.shard.read { try $0.factors.list(of: user.userID) }.isEmpty)
    }

    @Test("who gave the second factor is offered one, and it spares both from then on")
    func afterSecondFactor() async throws {
        var (tenant, client, browser, key) = try await started([.otp], ofAll: true)
        let user = try await tenant.shard.read { try $0.users.find(email: "jane@example.com")[0] }
        let app = TokenFixture.App(key: TimeBasedCode.newKey(), tenant: tenant)
        let now = tenant.shard.now
        try await tenant.shard.write { db in
            let factor = Factor(.otp, of: user.userID, secret: app.key, at: now)
            try db.factors.insert(factor)
            try db.factors.confirm(factor, at: now)
        }
        let challenge = try await browser.logIn(client)
        let offer = try await browser.submit(challenge, ["code": app.code()])
        key.userHandle = offer.options["user"]?["id"]?.string
        let done = try await browser.submit(offer, try key.create(offer.options))
        let tokens = try await tenant.redeem(try #require(done.told["code"]), client)
        #expect(try JSONWebToken(parsing: try #require(tokens["id_token"])).claims["amr"] == ["mfa"])
        key.count += 1
        let page = try await browser.authorize(client, ["prompt": "login"])
        #expect(try await browser.submitPasskey(page, try key.get(page.options)).told["code"] != nil)
    }

    @Test("an offer leads to one session and to no other browser's")
    func offerOnce() async throws {
        let (tenant, client, browser, key) = try await started()
        let offer = try await browser.logIn(client)
        #expect(try await AuthorizeBrowser(tenant).submit(offer, try key.create(offer.options)).isErrorPage)
        #expect(try await browser.submit(offer, ["action": "later"]).told["code"] != nil)
        #expect(try await browser.submit(offer, ["action": "later"]).isErrorPage)
        // "Not now" is remembered.
        #expect(try await browser.logIn(client, ["prompt": "login"]).told["code"] != nil)
    }

    @Test("where the connection has none, nothing is shown and nothing taken")
    func off() async throws {
        let (tenant, client, browser, key) = try await enrolled()
        let page = try await browser.authorize(client, ["prompt": "login"])
        try await tenant.setOptions(["authentication_methods": ["passkey": ["enabled": false]]])
        #expect(try await browser.submitPasskey(page, try key.get(page.options)).status == 401)
        #expect(try await !browser.authorize(client, ["prompt": "login"]).text.contains("passkey"))
    }

    @Test("what is no proper registration adds none")
    func registrations() async throws {
        let (tenant, client, browser, key) = try await started()
        var page = try await browser.logIn(client)
        var unverified = key
        unverified.flags = 0x01
        page = try await browser.submit(page, try unverified.create(page.options))
        #expect(page.status == 401)
        page = try await browser.submit(page, try key.create(["challenge": "AAAA"]))
        #expect(page.status == 401)
        let user = try await tenant.shard.read { try $0.users.find(email: "jane@example.com")[0] }
        let made = try await tenant.shard.read {
            try $0.passkeys.list(of: user.userID, relyingParty: "acme.auth0.com")
        }
        #expect(made.isEmpty)
    }
}

extension TokenFixture {
    /// What a password reset notes of itself.
    fileprivate func changePassword() async throws {
        let now = shard.now.adding(seconds: 1)
        try await shard.write { db in
            let user = try db.users.find(email: "jane@example.com")[0]
            let document = user.document.merging(deep: ["last_password_reset": .string(now.iso8601)])
            try db.users.update(user.replacing(document: document, updatedAt: now))
        }
    }
}

extension AuthorizeBrowser {
    /// Sends the form "Continue with a passkey" of a login page.
    fileprivate func submitPasskey(_ page: Answer, _ answer: [String: String]) async throws -> Answer {
        var fields = answer.map { ($0.key, $0.value) }
        let form =
            page.text.split(separator: "action=\"/u/passkey\"").dropFirst().first?
            .split(separator: "</form>").first ?? ""
        for match in form.matches(of: /<input type="hidden" name="([^"]+)" value="([^"]*)">/)
        where answer[String(match.1)] == nil {
            fields.append((String(match.1), String(match.2)))
        }
        let done = try await send(.post, "/u/passkey", form: fields)
        guard done.location.hasPrefix("/") else { return done }
        return try await open(done.location)
    }
}

extension Answer {
    /// What the page's script hands to the browser.
    fileprivate var options: JSON {
        let text = text.firstMatch(of: /data-options="([^"]*)"/).map { String($0.1) } ?? ""
        return (try? JSON.parse(text.replacing("&quot;", with: "\"").replacing("&amp;", with: "&"))) ?? .null
    }
}
