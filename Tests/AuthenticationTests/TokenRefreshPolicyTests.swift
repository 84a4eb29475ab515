import Authentication
import StrictJSON
import Tenancy
import Testing

@Suite("How refresh tokens live")
struct TokenRefreshPolicyTests {
    /// A tenant with a client of a setting, and the client's first refresh token.
    private struct Start {
        let acme: TokenFixture
        let client: Client
        let token: String

        init(_ setting: JSONObject, isConformant: Bool = true, isPublic: Bool = true) async throws {
            acme = try await TokenFixture()
            client = try await acme.client([
                "refresh_token": .object(setting), "oidc_conformant": .bool(isConformant),
                "token_endpoint_auth_method": isPublic ? "none" : "client_secret_post",
            ])
            let user = try await acme.user()
            let code = try await acme.code(client, user, scope: "openid offline_access")
            let answer = try await acme.token([
                "grant_type": "authorization_code", "client_id": client.clientID, "client_secret": client.secret,
                "code": code, "redirect_uri": TokenFixture.callback,
            ])
            token = try #require(answer["refresh_token"])
        }

        func refresh(_ token: String) async throws -> Answer {
            try await acme.token([
                "grant_type": "refresh_token", "client_id": client.clientID, "client_secret": client.secret,
                "refresh_token": token,
            ])
        }
    }

    @Test("T26: in the leeway a superseded token is answered once more, in the same family, and after it kills all")
    func leeway() async throws {
        let start = try await Start(["rotation_type": "rotating", "expiration_type": "expiring", "leeway": 30])
        let second = try #require(try await start.refresh(start.token)["refresh_token"])
        start.acme.service.time.advance(seconds: 20)
        let again = try await start.refresh(start.token)
        let third = try #require(again["refresh_token"])
        #expect(third != second)
        #expect(try await start.refresh(second).status == 200)
        // The second use in the leeway did not make it longer.
        start.acme.service.time.advance(seconds: 10)
        #expect(try await start.refresh(start.token)["error"] == "invalid_grant")
        #expect(try await start.refresh(third)["error"] == "invalid_grant")
        #expect(try await start.acme.userInfo(#require(again["access_token"])).status == 401)
        #expect(try await start.acme.events().contains("ferrt"))
    }

    @Test("T26: in the leeway two at once both get tokens, without it one ends the family", arguments: [0, 30])
    func parallel(leeway: Int) async throws {
        let start = try await Start([
            "rotation_type": "rotating", "expiration_type": "non-expiring", "leeway": .int(leeway),
        ])
        async let first = start.refresh(start.token)
        async let second = start.refresh(start.token)
        let answers = try await [first, second]
        #expect(answers.filter { $0.status == 200 }.count == (leeway == 0 ? 1 : 2))
        for newest in answers.compactMap({ $0["refresh_token"] }) {
            #expect(try await start.refresh(newest).status == (leeway == 0 ? 403 : 200))
        }
    }

    @Test(
        "who rotates: conformant public clients always, others when they say so",
        arguments: [
            (true, true, "non-rotating", true), (true, true, nil, true), (false, true, nil, false),
            (true, false, nil, false), (true, false, "rotating", true), (false, true, "rotating", true),
        ] as [(Bool, Bool, String?, Bool)])
    func whoRotates(isConformant: Bool, isPublic: Bool, setting: String?, rotates: Bool) async throws {
        let start = try await Start(
            setting.map { ["rotation_type": .string($0)] } ?? [:], isConformant: isConformant, isPublic: isPublic)
        #expect((try await start.refresh(start.token)["refresh_token"] != nil) == rotates)
        #expect(try await start.refresh(start.token).status == (rotates ? 403 : 200))
    }

    @Test("tokens end with their lifetime however often they are renewed", arguments: ["rotating", "non-rotating"])
    func lifetime(rotation: String) async throws {
        let start = try await Start(
            [
                "rotation_type": .string(rotation), "expiration_type": "expiring", "token_lifetime": 100,
                "infinite_idle_token_lifetime": true,
            ], isPublic: false)
        start.acme.service.time.advance(seconds: 99)
        let answer = try await start.refresh(start.token)
        #expect(answer.status == 200)
        start.acme.service.time.advance(seconds: 1)
        let ended = try await start.refresh(answer["refresh_token"] ?? start.token)
        #expect(ended["error_description"] == "Unknown or invalid refresh token.")
    }

    @Test("tokens end when nobody uses them, and use renews them", arguments: ["rotating", "non-rotating"])
    func idle(rotation: String) async throws {
        let start = try await Start(
            [
                "rotation_type": .string(rotation), "expiration_type": "expiring", "idle_token_lifetime": 100,
                "infinite_token_lifetime": true,
            ], isPublic: false)
        var token = start.token
        for _ in 0..<3 {
            start.acme.service.time.advance(seconds: 99)
            let answer = try await start.refresh(token)
            #expect(answer.status == 200)
            token = answer["refresh_token"] ?? token
        }
        start.acme.service.time.advance(seconds: 100)
        #expect(try await start.refresh(token).status == 403)
    }

    @Test("T25: no refresh after the grant, the user or the client's right is gone, or the user is blocked")
    func gone() async throws {
        typealias Undo = @Sendable (TenantDatabase, Client, User) throws -> Void
        let undoings: [Undo] = [
            { db, client, user in
                try db.tokenFamilies.revokeAll(of: user.userID, clientID: client.clientID, at: Timestamp(seconds: 1))
            },
            { db, _, user in _ = try db.deleteUser(user.userID, issuer: "https://acme.auth0.com/", at: user.createdAt)
            },
            { db, _, user in
                var document = user.document
                document["blocked"] = true
                try db.users.update(user.replacing(document: document, updatedAt: user.updatedAt))
            },
            { db, client, _ in
                var document = client.document
                document["grant_types"] = ["authorization_code"]
                try db.clients.update(client.replacing(document: document))
            },
            { db, client, _ in _ = try db.clients.delete(client.clientID) },
        ]
        for undo in undoings {
            let start = try await Start([:], isPublic: false)
            #expect(try await start.refresh(start.token).status == 200)
            try await start.acme.shard.write { db in
                let user = try #require(
                    try db.users.find(db.refreshTokens.find(OpaqueSecret(text: start.token))!.userID))
                try undo(db, start.client, user)
            }
            let answer = try await start.refresh(start.token)
            #expect([401, 403].contains(answer.status) && answer["access_token"] == nil)
        }
    }

    @Test("T25: a logout keeps refresh tokens, as the old service did")
    func logout() async throws {
        let start = try await Start([:], isPublic: false)
        _ = try await start.acme.send(.get, "/v2/logout")
        #expect(try await start.refresh(start.token).status == 200)
    }
}
