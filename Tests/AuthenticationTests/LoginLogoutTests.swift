import OpenSSL
import StrictJSON
import Tenancy
import Testing

@testable import Authentication

@Suite("Logout")
struct LoginLogoutTests {
    private static let bye = "https://app.example.com/bye"

    private func visitor(
        at tenant: TokenFixture
    ) async throws -> (tenant: TokenFixture, client: Client, browser: AuthorizeBrowser) {
        let client = try await tenant.spa(["allowed_logout_urls": [.string(Self.bye)]])
        try await tenant.shard.write {
            try $0.settings.save(["allowed_logout_urls": ["https://tenant.example/bye"]])
        }
        let user = "\(SecureRandom.hex(byteCount: 8))@example.com"
        try await tenant.member(user)
        let browser = AuthorizeBrowser(tenant)
        _ = try await browser.logIn(client, user: user)
        return (tenant, client, browser)
    }

    @Test("the session ends in the browser and in the database")
    func logout() async throws {
        let (tenant, client, browser) = try await visitor(at: TokenFixture())
        let cookie = browser.cookies["auth0"]
        let answer = try await browser.send(
            .get, "/v2/logout?client_id=\(client.clientID)&returnTo=https%3A%2F%2Fapp.example.com%2Fbye%3Fx%3D1%23y")
        #expect(answer.status == 302 && answer.location == Self.bye + "?x=1#y")
        #expect(browser.cookies["auth0"] == nil)
        browser.cookies["auth0"] = cookie
        #expect(try await browser.authorize(client, ["prompt": "none"]).told["error"] == "login_required")
        #expect(try await tenant.events() == ["fsa", "s", "slo"])
    }

    @Test("without returnTo there is a page", arguments: ["/v2/logout", "/logout", "/v2/logout?federated"])
    func page(_ path: String) async throws {
        let (_, _, browser) = try await visitor(at: .shared)
        let answer = try await browser.open(path)
        #expect(answer.status == 200 && answer.text.contains("logged out"))
        #expect(browser.cookies["auth0"] == nil)
    }

    @Test("without client_id the tenant's list counts")
    func tenantList() async throws {
        let (_, _, browser) = try await visitor(at: .shared)
        #expect(try await browser.send(.get, "/v2/logout?returnTo=https://tenant.example/bye").isRedirect)
    }

    @Test(
        "U9 an unlisted target is an error page, and the session stays",
        arguments: [
            "returnTo=https://evil.example", "returnTo=https://app.example.com/bye",
            "client_id=CLIENT&returnTo=https://tenant.example/bye",
            "client_id=CLIENT&returnTo=https://app.example.com/bye/",
            "client_id=CLIENT&returnTo=https://app.example.com.evil.example/bye", "client_id=nobody",
            "client_id=CLIENT&returnTo=https://app.example.com@evil.example/bye",
            "client_id=nobody&returnTo=https://app.example.com/bye", "client_id=CLIENT&returnTo=javascript:alert(1)",
            "client_id=CLIENT&returnTo=https://app.example.com/bye&returnTo=https://evil.example",
        ])
    func refused(_ query: String) async throws {
        let (_, client, browser) = try await visitor(at: .shared)
        let answer = try await browser.send(.get, "/v2/logout?" + query.replacing("CLIENT", with: client.clientID))
        #expect(answer.isErrorPage && answer.status == 400)
        #expect(answer.headers[values: .setCookie].isEmpty)
        #expect(try await browser.authorize(client, ["prompt": "none"]).told["code"] != nil)
    }
}
