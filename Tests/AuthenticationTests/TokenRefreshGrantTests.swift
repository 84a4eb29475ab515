import Authentication
import StrictJSON
import Tenancy
import TenantTesting
import Testing

@Suite("Refresh tokens")
struct TokenRefreshGrantTests {
    private func start(
        _ acme: TokenFixture, _ client: Client, scope: String = "openid email offline_access"
    ) async throws -> Answer {
        let code = try await acme.code(client, try await acme.user(), scope: scope)
        guard client.isPublic else {
            return try await acme.token([
                "grant_type": "authorization_code", "client_id": client.clientID, "client_secret": client.secret,
                "code": code, "redirect_uri": TokenFixture.callback,
            ])
        }
        return try await acme.redeem(code, client)
    }

    @Test("T26: a public client's token rotates, and reuse kills the newest too")
    func rotation() async throws {
        let acme = try await TokenFixture()
        let client = try await acme.client()
        let first = try #require(try await start(acme, client)["refresh_token"])
        let answer = try await acme.refresh(first, client)
        let second = try #require(answer["refresh_token"])
        #expect(second != first)
        #expect(answer["id_token"] != nil)
        let access = try #require(answer["access_token"])
        let replay = try await acme.refresh(first, client)
        #expect(replay.status == 403)
        #expect(replay["error_description"] == "Unknown or invalid refresh token.")
        #expect(try await acme.refresh(second, client)["error"] == "invalid_grant")
        #expect(try await acme.userInfo(access).status == 401)
        let events = ["ferrt", "fertft", "fertft", "seacft", "sertft"]
        #expect(try await acme.events() == events)
        #expect(try await acme.history(of: "jane@example.com") == events)
    }

    @Test("T26: of parallel uses exactly one wins")
    func parallel() async throws {
        let acme = try await TokenFixture()
        let client = try await acme.client()
        let token = try #require(try await start(acme, client)["refresh_token"])
        let statuses = try await withThrowingTaskGroup(of: Int.self) { group in
            for _ in 0..<10 { group.addTask { try await acme.refresh(token, client).status } }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        #expect(statuses.filter { $0 == 200 }.count == 1)
    }

    @Test("a confidential client keeps its token and must prove itself")
    func confidential() async throws {
        let acme = try await TokenFixture()
        let client = try await acme.confidentialClient()
        let token = try #require(try await start(acme, client)["refresh_token"])
        for _ in 0..<2 {
            let answer = try await acme.token([
                "grant_type": "refresh_token", "client_id": client.clientID, "client_secret": client.secret,
                "refresh_token": token,
            ])
            #expect(answer.status == 200)
            #expect(answer["refresh_token"] == nil)
        }
        #expect(try await acme.refresh(token, client).status == 401)
    }

    @Test("T25: scope shrinks but never grows")
    func scope() async throws {
        let acme = try await TokenFixture()
        let client = try await acme.client()
        let token = try #require(try await start(acme, client)["refresh_token"])
        #expect(try await acme.refresh(token, client, scope: "openid profile")["error"] == "invalid_scope")
        let narrow = try await acme.refresh(token, client, scope: "openid unknown")
        #expect(narrow["scope"] == "openid")
        let next = try #require(narrow["refresh_token"])
        #expect(try await acme.refresh(next, client)["scope"] == "openid email offline_access")
    }

    @Test("T25: other clients and other audiences are refused")
    func others() async throws {
        let acme = try await TokenFixture()
        let (client, other) = (try await acme.client(), try await acme.client())
        let token = try #require(try await start(acme, client)["refresh_token"])
        #expect(try await acme.refresh(token, other)["error"] == "invalid_grant")
        let answer = try await acme.token([
            "grant_type": "refresh_token", "client_id": client.clientID, "refresh_token": token,
            "audience": "https://api.example.com",
        ])
        #expect(answer["error"] == "invalid_grant")
        #expect(try await acme.refresh(token, client).status == 200)
    }
}
