import OpenSSL
import StrictJSON
import Tenancy
import Testing

@testable import Authentication

@Suite("Links by which a second factor is added")
struct EnrolmentTicketTests {
    private func issue(_ user: User, _ tenant: TokenFixture, allowsMore: Bool = false) async throws -> String {
        let (secret, now) = (Ticket.newSecret(), tenant.shard.now)
        try await tenant.shard.write { db in
            try db.tickets.issue(
                Ticket(
                    .enrollFactor, userID: user.userID, email: user.email, allowsMore: allowsMore,
                    expiresAt: now.adding(seconds: 600)), secret: secret)
        }
        return "/mfa/enrollment?ticket=\(secret.text)"
    }

    /// The app that has scanned a page.
    private func app(_ page: Answer, _ tenant: TokenFixture) async throws -> TokenFixture.App {
        let sealed = String(try #require(page.text.firstMatch(of: /name="enrolment" value="([^"]+)"/)).1)
        let key = try await tenant.shard.settings().transactionKey
        let envelope = try JSON.parse(
            AESGCM.open(
                try #require(Base64URL.decode(sealed)), key: key,
                associatedData: Array("enrolment\n\(tenant.shard.tenantID)".utf8)))
        let bytes = try #require(envelope["payload"]?["key"]?.string.flatMap(Base64URL.decode))
        return TokenFixture.App(key: bytes, tenant: tenant)
    }

    private func factors(_ user: User, _ tenant: TokenFixture) async throws -> Int {
        try await tenant.shard.read { try $0.factors.confirmed(of: user.userID).count }
    }

    @Test("the app is added by its first code, once; looking uses nothing up, and a wrong code neither")
    func enrolment() async throws {
        let tenant = try await TokenFixture.asking([.otp])
        let user = try await tenant.member()
        let link = try await issue(user, tenant)
        let browser = AuthorizeBrowser(tenant)
        for _ in 0..<2 { #expect(try await browser.send(.get, link).status == 200) }
        let page = try await browser.open(link)
        let wrong = try await browser.post(page, ["code": "000000"])
        #expect(wrong.status == 401 && wrong.text.contains("The code is wrong."))
        #expect(try await factors(user, tenant) == 0)
        let done = try await browser.post(wrong, ["code": try await app(wrong, tenant).code()])
        #expect(done.status == 200 && done.text.contains("recovery code"), "\(done.text)")
        #expect(try await factors(user, tenant) == 1)
        #expect(try await browser.post(wrong, ["code": try await app(wrong, tenant).code()]).isErrorPage)
        #expect(try await browser.open(link).isErrorPage)
        #expect(try await tenant.events().contains("gd_enrollment_complete"))
        let now = tenant.shard.now
        let mails = try await tenant.shard.read { try $0.outbox.due(at: now, limit: 10) }
        #expect(mails.map(\.message.kind) == [.factorEnrolled])
    }

    @Test("L16 a link adds nothing beside a factor there is, unless it was made for that")
    func second() async throws {
        let tenant = try await TokenFixture.asking([.otp])
        let (user, _, recovery) = try await tenant.enrolled()
        let browser = AuthorizeBrowser(tenant)
        #expect(try await browser.open(try await issue(user, tenant)).isErrorPage)
        let page = try await browser.open(try await issue(user, tenant, allowsMore: true))
        let done = try await browser.post(page, ["code": try await app(page, tenant).code()])
        #expect(done.status == 200 && !done.text.contains("recovery code"), "the code the user has stays good")
        #expect(try await factors(user, tenant) == 2)
        let matches = try await tenant.shard.read {
            try $0.recoveryCodes.matches(RecoveryCode(typed: recovery), of: user.userID)
        }
        #expect(matches)
    }

    @Test("L12 a form without the token of its page is refused; so are other tickets, blocked users and other browsers")
    func refused() async throws {
        let tenant = try await TokenFixture.asking([.otp])
        let user = try await tenant.member()
        let link = try await issue(user, tenant)
        let page = try await AuthorizeBrowser(tenant).open(link)
        #expect(try await AuthorizeBrowser(tenant).post(page, ["code": "000000"]).status == 403)
        let (secret, now) = (Ticket.newSecret(), tenant.shard.now)
        try await tenant.shard.write { db in
            try db.tickets.issue(
                Ticket(.unblock, userID: user.userID, email: nil, expiresAt: now.adding(seconds: 600)), secret: secret)
        }
        #expect(try await AuthorizeBrowser(tenant).open("/mfa/enrollment?ticket=\(secret.text)").isErrorPage)
        var document = user.document
        document["blocked"] = true
        let blocked = user.replacing(document: document, updatedAt: now)
        try await tenant.shard.write { try $0.users.update(blocked) }
        #expect(try await AuthorizeBrowser(tenant).open(link).isErrorPage)
    }

    @Test("a tenant without authenticator apps has no such page")
    func switchedOff() async throws {
        let tenant = try await TokenFixture.asking([.sms])
        let link = try await issue(try await tenant.member(), tenant)
        #expect(try await AuthorizeBrowser(tenant).open(link).status == 400)
    }
}
