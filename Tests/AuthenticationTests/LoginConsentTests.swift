import StrictJSON
import Tenancy
import Testing

@testable import Authentication

@Suite("Consent")
struct LoginConsentTests {
    private static let audience = "https://api.example.com"
    private static let asking: [String: String?] = ["audience": audience, "scope": "openid read:things"]

    private func dialog(
        _ client: JSONObject = [:], api: JSONObject = [:], _ parameters: [String: String?] = asking
    ) async throws -> (tenant: TokenFixture, client: Client, browser: AuthorizeBrowser, page: Answer) {
        let tenant = try await TokenFixture()
        _ = try await tenant.api(Self.audience, api)
        try await tenant.member()
        let client = try await tenant.spa(client)
        let browser = AuthorizeBrowser(tenant)
        return (tenant, client, browser, try await browser.logIn(client, parameters))
    }

    @Test("the dialog shows the scopes; accepting is remembered")
    func accept() async throws {
        let (tenant, client, browser, page) = try await dialog()
        #expect(page.formAction == "/decision" && page.text.contains("<code>read:things</code>"))
        #expect(browser.cookies["auth0"] != nil)
        #expect(try await tenant.events() == [])
        #expect(
            try await browser.authorize(client, Self.asking.merging(["prompt": "none"]) { $1 }).told["error"]
                == "consent_required")
        let answer = try await browser.submit(page, ["decision": "accept"])
        #expect(answer.told["code"] != nil)
        #expect(try await browser.authorize(client, Self.asking.merging(["prompt": "none"]) { $1 }).told["code"] != nil)
        let more = try await browser.authorize(
            client, ["audience": Self.audience, "scope": "openid write:things"])
        #expect(more.formAction == "/decision")
        let again = try await browser.authorize(client, Self.asking.merging(["prompt": "consent"]) { $1 })
        #expect(again.formAction == "/decision")
    }

    @Test("a third party asks even where it wants no scope: it learns who somebody is")
    func thirdParty() async throws {
        let (_, _, _, page) = try await dialog(["is_first_party": false], ["scope": nil])
        #expect(page.formAction == "/decision")
    }

    @Test("declining is told to the client and grants nothing")
    func deny() async throws {
        let (tenant, client, browser, page) = try await dialog()
        let answer = try await browser.submit(page, ["decision": "deny"])
        #expect(answer.told["error"] == "access_denied" && answer.told["state"] == "st4te")
        #expect(try await tenant.events() == ["f"])
        #expect(try await browser.authorize(client, Self.asking).formAction == "/decision")
    }

    @Test("T30 no token, another's token, a replay, another session: refused")
    func forgery() async throws {
        let (tenant, client, browser, page) = try await dialog()
        #expect(try await browser.post(page, ["decision": "accept", "_csrf": "x"]).status == 403)
        let other = AuthorizeBrowser(tenant)
        #expect(try await other.post(page, ["decision": "accept"]).status == 403)
        let login = try await other.authorize(client)
        #expect(try await browser.post(login, ["decision": "accept"]).status == 403)
        let session = browser.cookies["auth0"]
        browser.cookies["auth0"] = nil
        #expect(try await browser.post(page, ["decision": "accept"]).isErrorPage)
        browser.cookies["auth0"] = session
        #expect(try await browser.post(page, ["decision": "accept"]).told["code"] != nil)
        #expect(try await browser.post(page, ["decision": "accept"]).isErrorPage)
    }

    @Test(
        "R20 R21 R22 when the dialog is shown",
        arguments: [
            // first party, API skips, local callback, audience, asked
            (true, true, false, true, false), (true, false, false, true, true), (true, true, true, true, true),
            (true, true, false, false, false), (true, true, true, false, true), (false, true, false, true, true),
            (false, true, false, false, true),
        ])
    func rule(_ isFirstParty: Bool, _ skips: Bool, _ isLocal: Bool, _ hasAudience: Bool, _ isAsked: Bool) async throws {
        let callback = isLocal ? "http://localhost:3000/cb" : TokenFixture.callback
        let (_, _, _, answer) = try await dialog(
            ["is_first_party": .bool(isFirstParty), "callbacks": [.string(callback)]],
            api: ["skip_consent_for_verifiable_first_party_clients": .bool(skips)],
            ["audience": hasAudience ? Self.audience : nil, "redirect_uri": callback])
        #expect((answer.formAction == "/decision") == isAsked)
        #expect((answer.told["code"] != nil) == !isAsked)
    }
}
