import StrictJSON
import Tenancy
import Testing
import WebAddresses

@testable import Authentication

@Suite("Pushed authorization requests")
struct PushedRequestTests {
    private func push(
        _ tenant: TokenFixture, _ client: Client, _ more: [String: String?] = [:], secret: String? = nil
    ) async throws -> Answer {
        let form = AuthorizeBrowser.query(client, more) + "&client_secret=\(secret ?? client.secret)"
        return try await tenant.send(
            .post, "/oauth/par", headers: [.contentType: "application/x-www-form-urlencoded"], body: form)
    }

    private func confidential(_ tenant: TokenFixture, _ document: JSONObject = [:]) async throws -> Client {
        try await tenant.spa(
            JSONObject(dictionaryLiteral: ("token_endpoint_auth_method", "client_secret_post")).merging(
                deep: document))
    }

    private func path(_ client: Client, _ uri: String, _ more: String = "") -> String {
        "/authorize?client_id=\(client.clientID)&request_uri=\(PercentEncoding.encode(queryComponent: uri))\(more)"
    }

    @Test("a pushed request is answered with a name, which leads through a login to a code, once")
    func wholeWay() async throws {
        let tenant = try await TokenFixture()
        let client = try await confidential(tenant, ["require_pushed_authorization_requests": true])
        try await tenant.member()
        let pushed = try await push(tenant, client, ["scope": "openid email", "state": "pushed state"])
        #expect(pushed.status == 201 && pushed.json["expires_in"]?.int == 300)
        let uri = try #require(pushed["request_uri"])
        #expect(uri.hasPrefix("urn:ietf:params:oauth:request_uri:"))
        let browser = AuthorizeBrowser(tenant)
        // Parameters beside the name do not count.
        let login = try await browser.open(path(client, uri, "&redirect_uri=https://evil.example/&state=other"))
        let answer = try await browser.submit(
            login, ["username": "jane@example.com", "password": TokenFixture.password])
        #expect(answer.location.hasPrefix(TokenFixture.callback) && answer.told["state"] == "pushed state")
        #expect(answer.told["code"] != nil)
        #expect(try await browser.open(path(client, uri)).isErrorPage, "one use")
    }

    @Test("a name is worth nothing to another client, after its time, or invented")
    func binding() async throws {
        let tenant = try await TokenFixture()
        let (client, other) = (try await confidential(tenant), try await confidential(tenant))
        let uri = try #require(try await push(tenant, client)["request_uri"])
        let browser = AuthorizeBrowser(tenant)
        #expect(try await browser.open(path(other, uri)).isErrorPage)
        #expect(try await browser.open(path(client, "urn:ietf:params:oauth:request_uri:x")).isErrorPage)
        tenant.service.time.advance(seconds: 301)
        #expect(try await browser.open(path(client, uri)).isErrorPage)
    }

    @Test("what /authorize would refuse is refused at once")
    func rules() async throws {
        let tenant = try await TokenFixture()
        let client = try await confidential(tenant)
        let refused: [([String: String?], String)] = [
            (["redirect_uri": "https://evil.example/cb"], "invalid_request"),
            (["response_type": "nonsense"], "unsupported_response_type"),
            (["code_challenge": "short", "code_challenge_method": "S256"], "invalid_request"),
            (["audience": "urn:nothing"], "access_denied"),
            (["request_uri": "urn:ietf:params:oauth:request_uri:x"], "invalid_request"),
            (["request": "e30.e30."], "invalid_request"),
        ]
        for (parameters, code) in refused {
            let answer = try await push(tenant, client, parameters)
            #expect((400...501).contains(answer.status) && answer["error"] == code, "\(parameters): \(answer.text)")
        }
        #expect(try await tenant.events() == Array(repeating: "f", count: refused.count))
    }

    @Test("only the client itself may push")
    func authentication() async throws {
        let tenant = try await TokenFixture.shared
        let client = try await confidential(tenant)
        #expect(try await push(tenant, client, secret: "wrong").status == 401)
        let publicClient = try await tenant.spa()
        #expect(
            try await push(
                tenant, publicClient,
                [
                    "code_challenge": TokenFixture.challenge,
                    "code_challenge_method": "S256",
                ]
            ).status == 201)
    }

    @Test("a client that requires pushing is not served a request from the browser")
    func required() async throws {
        let tenant = try await TokenFixture.shared
        let client = try await confidential(tenant, ["require_pushed_authorization_requests": true])
        let answer = try await AuthorizeBrowser(tenant).authorize(client)
        #expect(answer.told["error"] == "invalid_request")
    }

    @Test(
        "T32 every other request_uri is refused and never fetched",
        arguments: ["http://169.254.169.254/", "file:///etc/passwd", "urn:other"])
    func otherURIs(_ uri: String) async throws {
        let tenant = try await TokenFixture.shared
        let answer = try await AuthorizeBrowser(tenant).authorize(try await tenant.spa(), ["request_uri": uri])
        #expect(answer.told["error"] == "invalid_request")
    }
}
