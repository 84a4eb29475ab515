import HTTPTypes
import StrictJSON
import Tenancy
import Testing
import WebAddresses

@testable import Authentication

@Suite("The passwordless page")
struct PasswordlessPageTests {
    private func started(
        _ strategies: [String] = ["email", "sms"], hasDatabase: Bool = true, _ options: JSONObject = [:],
        client document: JSONObject = [:]
    ) async throws -> (tenant: TokenFixture, client: Client, browser: AuthorizeBrowser) {
        let tenant = try await TokenFixture()
        let client = hasDatabase ? try await tenant.spa(document) : try await tenant.client(document)
        let now = tenant.shard.now
        try await tenant.shard.write { db in
            for strategy in strategies {
                try db.connections.insert(
                    Connection(
                        id: Connection.newID(), name: strategy, strategy: strategy, createdAt: now,
                        enabledClients: [client.clientID], document: ["options": .object(options)]))
            }
        }
        return (tenant, client, AuthorizeBrowser(tenant))
    }

    @Test("the login page leads to it; a code logs in a new user, once")
    func code() async throws {
        let (tenant, client, browser) = try await started()
        let login = try await browser.authorize(client)
        let link = try #require(login.text.firstMatch(of: /href="([^"]*connection=email)"/)).1
        let page = try await browser.open(String(link).replacing("&amp;", with: "&"))
        let asked = try await browser.submit(page, ["address": "New@Example.com", "action": "code"])
        #expect(asked.text.contains("We sent it to <strong>new@example.com</strong>"))
        let code = try #require(try await tenant.sent(to: "new@example.com")["code"]?.string)
        let done = try await browser.submit(asked, ["code": code])
        let tokens = try await tenant.redeem(try #require(done.told["code"]), client)
        let idToken = try #require(tokens["id_token"])
        let claims = try JSONWebToken(parsing: idToken).claims
        #expect(claims["email"]?.string == "new@example.com" && claims["email_verified"]?.bool == true)
        #expect(try await browser.submit(asked, ["code": code]).status == 401)
        let events = try await tenant.events()
        #expect(Set(["cls", "ss", "s", "fp"]).isSubset(of: events))
    }

    @Test("L13 three wrong codes kill the right one")
    func wrongCodes() async throws {
        let (tenant, client, browser) = try await started()
        let page = try await browser.authorize(client, ["connection": "sms"])
        let asked = try await browser.submit(page, ["address": "+1 (555) 01-00", "action": "code"])
        let code = try #require(try await tenant.sent(to: "+15550100")["code"]?.string)
        let wrong = code == "000000" ? "111111" : "000000"
        for _ in 0..<3 { #expect(try await browser.submit(asked, ["code": wrong]).status == 401) }
        #expect(try await browser.submit(asked, ["code": code]).status == 401)
    }

    @Test("a client without a database, or one that names the connection, gets the page at once")
    func replacesLogin() async throws {
        let (_, client, browser) = try await started(["email"], hasDatabase: false)
        let page = try await browser.authorize(client, ["login_hint": "me@example.com"])
        #expect(page.formAction == "/u/passwordless" && page.text.contains("value=\"me@example.com\""))
        #expect(!page.text.contains("Use a password"))
        let (_, other, visitor) = try await started()
        #expect(try await visitor.authorize(other, ["connection": "sms"]).text.contains("Phone number"))
        #expect(try await visitor.authorize(other).formAction == "/login")
    }

    @Test("a link begins the authorization again, with everything the client asked for")
    func link() async throws {
        let (tenant, client, browser) = try await started()
        let page = try await browser.authorize(client, ["connection": "email", "nonce": "n0nce"])
        let sent = try await browser.submit(page, ["address": "me@example.com", "action": "link"])
        #expect(sent.text.contains("Check your mailbox"))
        let link = try #require(try await tenant.sent(to: "me@example.com")["link"]?.string)
        let path = try #require(link.split(separator: "auth0.com", maxSplits: 1).last)
        let opened = try await browser.open(String(path))
        let told = try await browser.submit(opened, [:]).told
        #expect(told["state"] == "st4te")
        let tokens = try await tenant.redeem(try #require(told["code"]), client)
        #expect(try JSONWebToken(parsing: try #require(tokens["id_token"])).claims["nonce"] == "n0nce")
    }

    @Test("L3 where sign-up is off the page says the same of everybody and sends nothing to a stranger")
    func noSignUp() async throws {
        let (tenant, client, browser) = try await started(["email"], ["disable_signup": true])
        let page = try await browser.authorize(client, ["connection": "email"])
        let asked = try await browser.submit(page, ["address": "nobody@example.com", "action": "code"])
        #expect(asked.status == 200 && asked.text.contains("nobody@example.com"))
        #expect(try await tenant.shard.read { try $0.outbox.newest(to: "nobody@example.com") } == nil)
    }

    @Test("L13 an address is one address", arguments: ["", "a@b\r\nBcc: c@d.example", "a@x.example,b@x.example", "@"])
    func addresses(_ address: String) async throws {
        let (_, client, browser) = try await started(["email"])
        let page = try await browser.authorize(client, ["connection": "email"])
        let refused = try await browser.submit(page, ["address": address, "action": "code"])
        #expect(refused.status == 400 && refused.text.contains("Enter an email address."))
    }

    @Test("L1 a form from elsewhere and a connection that is not the client's are refused")
    func forged() async throws {
        let (tenant, client, browser) = try await started()
        let page = try await browser.authorize(client, ["connection": "email"])
        let forged = try await browser.submit(page, ["_csrf": "x", "address": "a@x.example", "action": "code"])
        #expect(forged.isErrorPage)
        #expect(try await AuthorizeBrowser(tenant).submit(page, ["address": "a@x.example"]).isErrorPage)
        let other = try await browser.submit(page, ["connection": "Username-Password-Authentication"])
        #expect(other.isErrorPage)
    }

    @Test("a recipient is not flooded")
    func flood() async throws {
        let (_, client, browser) = try await started()
        let page = try await browser.authorize(client, ["connection": "email"])
        for _ in 0..<10 {
            #expect(try await browser.submit(page, ["address": "a@x.example", "action": "code"]).status == 200)
        }
        #expect(try await browser.submit(page, ["address": "a@x.example", "action": "code"]).status == 429)
    }
}
