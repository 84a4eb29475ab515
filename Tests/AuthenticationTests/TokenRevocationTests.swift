import HTTPTypes
import StrictJSON
import Tenancy
import Testing
import WebAddresses

@testable import Authentication

@Suite("Revocation")
struct TokenRevocationTests {
    private func revoke(_ acme: TokenFixture, _ client: Client, _ token: String, secret: String? = nil) async throws
        -> Answer
    {
        let fields = [
            ("client_id", client.clientID), ("client_secret", secret ?? client.secret), ("token", token),
            ("token_type_hint", "refresh_token"),
        ]
        let body = fields.map { "\($0)=\(PercentEncoding.encode(queryComponent: $1))" }.joined(separator: "&")
        return try await acme.send(
            .post, "/oauth/revoke", headers: [.contentType: "application/x-www-form-urlencoded"], body: body)
    }

    private func tokens(_ acme: TokenFixture, _ client: Client, _ user: User, audience: String? = nil) async throws
        -> Answer
    {
        try await acme.token([
            "grant_type": "authorization_code", "client_id": client.clientID, "client_secret": client.secret,
            "code": try await acme.code(client, user, scope: "openid offline_access", audience: audience),
            "redirect_uri": TokenFixture.callback,
        ])
    }

    private func refreshes(_ acme: TokenFixture, _ client: Client, _ answer: Answer) async throws -> Bool {
        try await acme.token([
            "grant_type": "refresh_token", "client_id": client.clientID, "client_secret": client.secret,
            "refresh_token": answer["refresh_token"] ?? "",
        ]).status == 200
    }

    @Test("a refresh token takes the whole grant of its audience with it, and nothing else; srrt is logged")
    func grant() async throws {
        let acme = try await TokenFixture()
        let (client, other) = (try await acme.confidentialClient(), try await acme.confidentialClient())
        let (user, api) = (try await acme.user(), try await acme.api())
        let (first, second) = (try await tokens(acme, client, user), try await tokens(acme, client, user))
        let ofAPI = try await tokens(acme, client, user, audience: api.identifier)
        let ofOther = try await tokens(acme, other, user)
        let answer = try await revoke(acme, client, try #require(first["refresh_token"]))
        #expect(answer.status == 200 && answer.text.isEmpty)
        #expect(answer.headers[.cacheControl]?.contains("no-store") == true)
        for dead in [first, second] {
            #expect(try await !refreshes(acme, client, dead))
            #expect(try await acme.userInfo(#require(dead["access_token"])).status == 401)
        }
        #expect(try await refreshes(acme, client, ofAPI))
        #expect(try await refreshes(acme, other, ofOther))
        let events = try await acme.events(of: client).filter { $0["type"] == "srrt" }
        #expect(events.count == 1 && events[0]["user_id"]?.string == user.userID)
        #expect(!JSON.object(events[0]).text().contains(first["refresh_token"] ?? ""))
        // Again, and nothing more is logged.
        #expect(try await revoke(acme, client, try #require(first["refresh_token"])).status == 200)
        #expect(try await acme.events().filter { $0 == "srrt" }.count == 1)
    }

    @Test("unknown tokens and those of other clients get the same answer, and stay as they are")
    func strangers() async throws {
        let acme = try await TokenFixture()
        let (client, other) = (try await acme.confidentialClient(), try await acme.confidentialClient())
        let answer = try await tokens(acme, client, try await acme.user())
        let access = try #require(answer["access_token"])
        for token in ["unknown", "a.b.c", access, try #require(answer["refresh_token"])] {
            let told = try await revoke(acme, other, token)
            #expect(told.status == 200 && told.text.isEmpty)
        }
        #expect(try await refreshes(acme, client, answer))
        #expect(try await acme.userInfo(access).status == 200)
    }

    @Test("an opaque access token ends alone")
    func accessToken() async throws {
        let acme = try await TokenFixture()
        let client = try await acme.confidentialClient()
        let answer = try await tokens(acme, client, try await acme.user())
        #expect(try await revoke(acme, client, try #require(answer["access_token"])).status == 200)
        #expect(try await acme.userInfo(#require(answer["access_token"])).status == 401)
        #expect(try await refreshes(acme, client, answer))
    }

    @Test("T23: the client must prove itself, and the token must be there")
    func refusals() async throws {
        let acme = try await TokenFixture()
        let client = try await acme.confidentialClient()
        let answer = try await tokens(acme, client, try await acme.user())
        let refused = try await revoke(acme, client, try #require(answer["refresh_token"]), secret: "wrong")
        #expect(refused.status == 401 && refused["error"] == "access_denied")
        #expect(try await refreshes(acme, client, answer))
        let missing = try await revoke(acme, client, "")
        #expect(missing.status == 400)
        #expect(missing["error_description"] == "Missing required parameter: token")
        #expect(try await acme.send(.get, "/oauth/revoke").status == 405)
        let discovery = try await acme.send(.get, "/.well-known/openid-configuration")
        #expect(discovery["revocation_endpoint"] == "https://acme.auth0.com/oauth/revoke")
    }
}
