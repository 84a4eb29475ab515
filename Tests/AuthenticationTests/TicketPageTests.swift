import Hummingbird
import OpenSSL
import StrictJSON
import Tenancy
import TenantTesting
import Testing

@testable import Authentication

@Suite("Links in mails")
struct TicketPageTests {
    private let tenant: TokenFixture
    private let client: Client
    private let user: User

    init() async throws {
        tenant = try await TokenFixture()
        client = try await tenant.spa(["callbacks": [.string(TokenFixture.callback), "https://app.example.com/done"]])
        user = try await tenant.member()
    }

    private var mail: AccountMail {
        AccountMail(issuer: "https://acme.auth0.com/", client: client, connection: user.connection)
    }

    /// The links that wait in the outbox, oldest first, as paths.
    private func links() async throws -> [String] {
        let now = tenant.shard.now
        return try await tenant.shard.read { try $0.outbox.due(at: now, limit: 100) }
            .compactMap { $0.message.values["url"]?.string }
            .map { String($0.dropFirst("https://acme.auth0.com".count).prefix { $0 != "#" }) }
    }

    private func setTemplate(_ document: JSONObject) async throws {
        try await tenant.shard.write { try $0.emailTemplates.save(EmailTemplate(document: document)) }
    }

    private func requestVerification() async throws {
        let (mail, user, now) = (mail, user, tenant.shard.now)
        try await tenant.shard.write { _ = try mail.sendVerification(to: user, in: $0, at: now) }
    }

    @Test("L12 looking at a link uses nothing up; the button does, once")
    func verification() async throws {
        try await requestVerification()
        let link = try #require(try await links().first)
        let browser = AuthorizeBrowser(tenant)
        for _ in 0..<3 { #expect(try await browser.send(.get, link).status == 200) }
        #expect(try await browser.send(.head, link).status == 200)
        let userID = user.userID
        #expect(try await tenant.shard.read { try $0.users.find(userID)?.document["email_verified"] } == false)
        let page = try await browser.open(link)
        #expect(page.policy.contains("frame-ancestors 'none'"))
        #expect(try await browser.post(page, [:]).text.contains("Your email was verified."))
        #expect(try await tenant.shard.read { try $0.users.find(userID)?.document["email_verified"] } == true)
        #expect(try await browser.post(page, [:]).isErrorPage)
        #expect(try await browser.open(link).isErrorPage)
        #expect(try await tenant.events().filter { ["sv", "fv"].contains($0) } == ["fv", "fv", "sv"])
    }

    /// The link for a second identity of the user, `second@example.com`, and the user with it.
    private func linkForSecond() async throws -> (link: String, second: User, linked: User) {
        let second = try await tenant.member("second@example.com", ["email_verified": false])
        let (user, secret, now) = (user, Ticket.newSecret(), tenant.shard.now)
        let ticket = Ticket(
            .verifyEmail, userID: user.userID, email: second.email, identity: second.userID,
            expiresAt: now.adding(seconds: 60))
        let linked = try await tenant.shard.write { db in
            try db.tickets.issue(ticket, secret: secret)
            return try db.linkedIdentities.link(second.userID, to: user, at: now)
        }
        return ("/lo/verify_email?ticket=\(secret.text)", second, linked)
    }

    @Test("L15 a link for a linked identity shows and verifies its address and no other, also when it is unlinked")
    func linkedIdentity() async throws {
        let (link, second, linked) = try await linkForSecond()
        #expect(linked.document["email_verified"] == false)
        #expect(linked.linkedIdentity(second.userID)?["profileData"]?["email_verified"] == false)
        let browser = AuthorizeBrowser(tenant)
        let page = try await browser.open(link)
        #expect(page.text.contains("second@example.com") && !page.text.contains("jane@example.com"))
        #expect(try await browser.post(page, [:]).text.contains("Your email was verified."))
        let userID = user.userID
        let verified = try #require(try await tenant.shard.read { try $0.users.find(userID) })
        #expect(verified.document["email_verified"] == false)
        #expect(verified.linkedIdentity(second.userID)?["profileData"]?["email_verified"] == true)
        #expect(verified.linkedIdentity(second.userID)?["profileData"]?["email"] == "second@example.com")
        let now = tenant.shard.now
        // Nobody is welcomed for it.
        #expect(try await tenant.shard.read { try $0.outbox.due(at: now, limit: 10) }.isEmpty)
        #expect(try await tenant.events().filter { ["sv", "fv"].contains($0) } == ["sv"])
        #expect(try await browser.open(link).isErrorPage)
        let id = String(second.userID.dropFirst("auth0|".count))
        let back = try await tenant.shard.write { db in
            _ = try db.linkedIdentities.unlink(provider: "auth0", id: id, from: verified, at: now)
            return try db.users.find(second.userID)
        }
        #expect(back?.document["email_verified"] == true)
    }

    @Test("L15 a link for an identity that is unlinked meanwhile verifies nothing")
    func unlinkedIdentity() async throws {
        let (link, second, linked) = try await linkForSecond()
        let browser = AuthorizeBrowser(tenant)
        let page = try await browser.open(link)
        let (id, now) = (String(second.userID.dropFirst("auth0|".count)), tenant.shard.now)
        _ = try await tenant.shard.write {
            try $0.linkedIdentities.unlink(provider: "auth0", id: id, from: linked, at: now)
        }
        #expect(try await browser.post(page, [:]).isErrorPage)
        let ids = [user.userID, second.userID]
        for id in ids {
            #expect(try await tenant.shard.read { try $0.users.find(id)?.document["email_verified"] } == false)
        }
    }

    @Test("L12 a form without the token of its page is refused and uses nothing up")
    func forged() async throws {
        try await requestVerification()
        let link = try #require(try await links().first)
        let page = try await AuthorizeBrowser(tenant).open(link)
        #expect(try await AuthorizeBrowser(tenant).post(page, [:]).status == 403)
        let browser = AuthorizeBrowser(tenant)
        #expect(try await browser.post(try await browser.open(link), [:]).status == 200)
    }

    @Test("a ticket is worth nothing once the address has changed")
    func changedAddress() async throws {
        try await requestVerification()
        let link = try #require(try await links().first)
        let browser = AuthorizeBrowser(tenant)
        let page = try await browser.open(link)
        var document = user.document
        document["email"] = "other@example.com"
        let moved = user.replacing(document: document, updatedAt: tenant.shard.now)
        try await tenant.shard.write { try $0.users.update(moved) }
        #expect(try await browser.post(page, [:]).isErrorPage)
    }

    @Test(
        "L8 the result URL of a template leads to the client's own addresses and nowhere else",
        arguments: [
            ("{{ application.callback_domain }}/done", true), ("https://evil.example/", false),
            ("//evil.example", false),
            ("/\\evil.example", false), ("javascript:alert(1)", false),
            ("https://app.example.com.evil.example/cb", false),
        ])
    func resultURL(_ url: String, isAllowed: Bool) async throws {
        try await setTemplate(["template": "verify_email", "resultUrl": .string(url)])
        try await requestVerification()
        let browser = AuthorizeBrowser(tenant)
        let page = try await browser.open(try #require(try await links().first))
        let answer = try await browser.post(page, [:])
        #expect(answer.isRedirect == isAllowed)
        if isAllowed {
            #expect(answer.location.hasPrefix("https://app.example.com/done?"))
            #expect(answer.told["success"] == "true" && answer.told["email"] == "jane@example.com")
            #expect(page.policy.contains("form-action 'self' https://app.example.com;"))
        }
    }

    @Test("a link lives as long as its template says")
    func lifetime() async throws {
        try await setTemplate(["template": "verify_email", "urlLifetimeInSeconds": 120])
        try await requestVerification()
        let link = try #require(try await links().first)
        tenant.service.time.advance(seconds: 119)
        #expect(try await AuthorizeBrowser(tenant).open(link).status == 200)
        tenant.service.time.advance(seconds: 2)
        #expect(try await AuthorizeBrowser(tenant).open(link).isErrorPage)
    }

    @Test("a tenant without verification welcomes at sign-up")
    func welcome() async throws {
        try await setTemplate(["template": "verify_email", "enabled": false])
        let browser = AuthorizeBrowser(tenant)
        let page = try await browser.authorize(client)
        let link = try #require(page.text.firstMatch(of: /href="(\/signup[^"]+)"/)).1
        _ = try await browser.post(
            try await browser.open(String(link).replacing("&amp;", with: "&")),
            ["email": "new@example.com", "password": TokenFixture.password])
        let now = tenant.shard.now
        let waiting = try await tenant.shard.read { try $0.outbox.due(at: now, limit: 10) }
        #expect(waiting.map(\.message.kind) == [.welcomeEmail])
        #expect(try await !tenant.events().contains("svr"))
    }

    @Test("a ticket with a password of its own asks for a yes and nothing else, and ends what the old one opened")
    func chosenPassword() async throws {
        let browser = AuthorizeBrowser(tenant)
        #expect(try await browser.logIn(client).isRedirect)
        let (secret, password, now) = (Ticket.newSecret(), "Chosen-For-You-7", tenant.shard.now)
        let hash = try await PasswordHasher(cost: 4, pool: tenant.shard.pools.hashing).hash(password)
        let ticket = Ticket(
            .changePassword, userID: user.userID, email: user.email, clientID: client.clientID,
            resultURL: "https://app.example.com/done", newPasswordHash: hash, includesEmail: false,
            expiresAt: now.adding(seconds: 60))
        try await tenant.shard.write { try $0.tickets.issue(ticket, secret: secret) }
        let page = try await browser.open("/lo/reset?ticket=\(secret.text)")
        #expect(page.text.contains("Change my password") && !page.text.contains("type=\"password\""))
        // Looking at it changes nothing (spec 08 L12).
        #expect(try await AuthorizeBrowser(tenant).logIn(client).told["code"] != nil)
        let done = try await browser.post(page, ["password": "Ignored-Horse-1", "password_confirmation": "x"])
        #expect(done.location.hasPrefix("https://app.example.com/done?message=") && done.told["email"] == nil)
        #expect(try await browser.post(page, [:]).isErrorPage)
        #expect(try await browser.authorize(client, ["prompt": "none"]).told["error"] == "login_required")
        #expect(try await AuthorizeBrowser(tenant).logIn(client).status == 401)
        #expect(try await AuthorizeBrowser(tenant).logIn(client, password: password).told["code"] != nil)
    }

    @Test("a reset ends sessions, refresh tokens and blocks, and proves the address if the ticket says so")
    func reset() async throws {
        let browser = AuthorizeBrowser(tenant)
        #expect(try await browser.logIn(client).isRedirect)
        let secret = Ticket.newSecret()
        let now = tenant.shard.now
        let ticket = Ticket(
            .changePassword, userID: user.userID, email: user.email, marksEmailVerified: true,
            expiresAt: now.adding(seconds: 60))
        let enrolment = Ticket.newSecret()
        let factorTicket = Ticket(
            .enrollFactor, userID: user.userID, email: user.email, expiresAt: now.adding(seconds: 60))
        let clientID = client.clientID
        let (userID, address) = (user.userID, "jane@example.com")
        let code = try await tenant.shard.write { db in
            try db.tickets.issue(ticket, secret: secret)
            try db.tickets.issue(factorTicket, secret: enrolment)
            // A mailbox that is linked to the account.
            try db.passwordlessIdentities.insert(connection: "email", recipient: address, userID: userID)
            return try #require(
                try db.passwordlessCodes.issue(
                    connection: "email", recipient: address, clientID: clientID, length: 6, lifetime: 600, at: now))
        }
        let page = try await browser.open("/lo/reset?ticket=\(secret.text)")
        let password = "Brand-New-Horse-1"
        let weak = try await browser.post(page, ["password": "x", "password_confirmation": "x"])
        #expect(weak.status == 400 && weak.text.contains("Password is too weak"))
        let done = try await browser.post(page, ["password": password, "password_confirmation": password])
        #expect(done.status == 200 && done.text.contains("reset successfully"))
        #expect(try await tenant.shard.read { try $0.tickets.find(enrolment, .enrollFactor, at: now) } == nil)
        let found = try await tenant.shard.write { db in
            try db.passwordlessCodes.check(
                code, connection: "email", recipient: address, clientID: clientID, usingUp: false, at: now)
        }
        guard case .none = found else {
            Issue.record("a code that was sent before is good still")
            return
        }
        #expect(try await browser.authorize(client, ["prompt": "none"]).told["error"] == "login_required")
        #expect(try await tenant.shard.read { try $0.users.find(userID)?.document["email_verified"] } == true)
        #expect(try await browser.logIn(client, password: password).isRedirect)
        #expect(try await tenant.events().contains("scp"))
    }
}
