import HTTPTypes
import StrictJSON
import Tenancy
import Testing

@testable import Authentication

@Suite("The popup of auth0.js 7 and Lock 10")
struct PopupLoginTests {
    private static let origin = "https://app.example.com"

    private func widget(_ tenant: TokenFixture, _ more: JSONObject = [:]) async throws -> Client {
        try await tenant.spa(
            (["oidc_conformant": false, "grant_types": ["implicit"]] as JSONObject).merging(deep: more))
    }

    private func post(
        _ tenant: TokenFixture, _ client: Client, _ changes: JSONObject = [:], from origin: String? = nil,
        in path: String? = nil
    ) async throws -> Answer {
        let body: JSONObject = [
            "client_id": .string(client.clientID), "opener": .string(Self.origin), "owp": "true",
            "response_type": "token", "scope": "openid", "username": "jane@example.com",
            "password": .string(TokenFixture.password), "connection": .string(Connection.defaultDatabaseName),
        ]
        return try await tenant.send(
            .post, path ?? "/sso_dbconnection_popup/\(client.clientID)",
            headers: [.contentType: "application/json", .origin: origin ?? "https://\(tenant.domain)"],
            body: JSON.object(body.merging(deep: changes)).text())
    }

    @Test("the page runs one script of ours, talks to this host alone and is shown in no frame")
    func page() async throws {
        let tenant = try await TokenFixture()
        let client = try await widget(tenant)
        let page = try await tenant.send(.get, "/sso_dbconnection_popup/\(client.clientID)")
        #expect(page.status == 200 && page.text.contains("/assets/popup_login.js?v="))
        #expect(page.text.contains("data-action=\"/sso_dbconnection_popup/\(client.clientID)\""))
        #expect(page.policy.contains("connect-src 'self'") && page.policy.contains("frame-ancestors 'none'"))
        #expect(page.policy.contains("form-action 'self' \(Self.origin);"))
        #expect(try await tenant.send(.get, "/sso_dbconnection_popup/nobody").isErrorPage)
        let relay = try await tenant.send(.get, "/relay.html")
        #expect(relay.status == 200 && relay.text.contains("/assets/relay.js?v="))
        #expect(relay.policy.contains("frame-ancestors *"))
        for asset in ["popup_login.js", "relay.js"] {
            #expect(try await tenant.send(.get, "/assets/\(asset)").status == 200)
        }
    }

    @Test("name and password of an allowed page lead to the form that ends the login in a message to it")
    func login() async throws {
        let tenant = try await TokenFixture()
        let (client, browser) = (try await widget(tenant), AuthorizeBrowser(tenant))
        try await tenant.member()
        let answer = try await post(tenant, client)
        try #require(answer.status == 200, "\(answer.text)")
        #expect(answer.formAction == "https://\(tenant.domain)/login/callback")
        for cookie in answer.headers[values: .setCookie] {
            let pair = cookie.prefix { $0 != ";" }
            let name = String(pair.prefix { $0 != "=" })
            browser.cookies[name] = String(pair.dropFirst(name.count + 1))
        }
        var fields: [(String, String)] = []
        for match in answer.text.matches(of: /<input type="hidden" name="([^"]+)" value="([^"]*)">/) {
            let value = String(match.2).replacing("&quot;", with: "\"").replacing("&amp;", with: "&")
            fields.append((String(match.1), value))
        }
        let done = try await browser.send(.post, "/login/callback", form: fields)
        #expect(done.status == 200 && done.text.contains("data-target-origin=\"\(Self.origin)\""), "\(done.text)")
        #expect(done.text.contains("access_token"))
    }

    @Test("L1 a page that may not call for the client logs nobody in, nor learns whether a password is right")
    func foreign() async throws {
        let tenant = try await TokenFixture()
        let client = try await widget(tenant)
        try await tenant.member()
        for opener: JSON in ["https://evil.example", "null", "", "https://app.example.com.evil.example", nil] {
            let right = try await post(tenant, client, ["opener": opener])
            let wrong = try await post(tenant, client, ["opener": opener, "password": "x"])
            #expect(right.status == 403 && right.text == wrong.text, "\(right.text)")
            #expect(right.headers[.setCookie] == nil)
        }
        #expect(try await tenant.events().allSatisfy { $0 == "fco" })
        // Only the page's own script says who the opener is.
        #expect(try await post(tenant, client, from: "https://evil.example").status == 403)
        #expect(try await post(tenant, client, from: Self.origin).status == 403)
        let other = try await widget(tenant, ["callbacks": ["https://other.example/cb"]])
        #expect(
            try await post(tenant, client, in: "/sso_dbconnection_popup/\(other.clientID)").status == 403)
    }

    @Test("what is refused is told in the shape the SDKs read; modern clients have no use for it")
    func refusals() async throws {
        let tenant = try await TokenFixture()
        let client = try await widget(tenant)
        try await tenant.member()
        let wrong = try await post(tenant, client, ["password": "wrong"])
        #expect(wrong.status == 401 && wrong["code"] == "invalid_user_password")
        #expect(wrong["description"] == "Wrong email or password." && wrong["name"] == "ValidationError")
        let modern = try await tenant.spa()
        #expect(try await post(tenant, modern)["code"] == "unauthorized_client")
    }
}
