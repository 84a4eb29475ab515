import Foundation
import StrictJSON
import Tenancy
import Testing

@testable import Authentication

@Suite("Tokens of identity providers")
struct FederatedConnectionTests {
    private static let provider = "google-oauth2"

    /// A confidential client with the refresh token of a user who came through Google.
    private struct Stage {
        let tenant: TokenFixture
        let user: User
        let client: Client
        let refreshToken: String

        func ask(
            _ token: String? = nil, as client: Client? = nil, secret: String? = nil, connection: String = provider,
            loginHint: String = "",
            requested: String = FederatedConnectionParameters.requestedType,
            type: String = FederatedConnectionParameters.refreshTokenType
        ) async throws -> Answer {
            let client = client ?? self.client
            return try await tenant.token([
                "grant_type": FederatedConnectionGrant.type, "client_id": client.clientID,
                "client_secret": secret ?? client.secret, "subject_token": token ?? refreshToken,
                "subject_token_type": type, "requested_token_type": requested, "connection": connection,
                "login_hint": loginHint,
            ])
        }

        func store(_ accessToken: String, identity: String = "117", lifetime: Int64 = 3_600) async throws {
            let now = tenant.shard.now
            let tokens = IdentityTokens(
                provider: provider, identityID: identity, connection: provider, accessToken: accessToken,
                refreshToken: "renews", scope: ["calendar"], expiresAt: now.adding(seconds: lifetime))
            try await tenant.shard.write { try $0.identityTokens.put(tokens, of: user.userID, at: now) }
        }
    }

    private func stage(enabled: Bool = true) async throws -> Stage {
        let tenant = try await TokenFixture()
        let client = try await tenant.client([
            "token_endpoint_auth_method": "client_secret_post",
            "grant_types": ["authorization_code", "refresh_token", .string(FederatedConnectionGrant.type)],
        ])
        let user = try await tenant.user()
        let connection = Connection(
            id: Connection.newID(), name: Self.provider, strategy: Self.provider, createdAt: tenant.shard.now,
            enabledClients: enabled ? [client.clientID] : [], document: [:])
        try await tenant.shard.write { try $0.connections.insert(connection) }
        let code = try await tenant.code(client, user, scope: "openid offline_access")
        let tokens = try await tenant.token([
            "grant_type": "authorization_code", "client_id": client.clientID, "client_secret": client.secret,
            "code": code, "redirect_uri": TokenFixture.callback,
        ])
        return Stage(
            tenant: tenant, user: user, client: client, refreshToken: try #require(tokens["refresh_token"]))
    }

    @Test("a client with the user's refresh token gets what the provider issued, and not what renews it")
    func success() async throws {
        let stage = try await stage()
        try await stage.store("theirs")
        let answer = try await stage.ask()
        #expect(answer.status == 200)
        #expect(answer["access_token"] == "theirs")
        #expect(answer["scope"] == "calendar")
        #expect(answer["issued_token_type"] == FederatedConnectionParameters.requestedType)
        #expect(answer["token_type"] == "Bearer")
        #expect(answer.json["expires_in"]?.int == 3_600)
        #expect(!answer.text.contains("renews"))
        #expect(try await stage.tenant.events().contains("secte"))
    }

    @Test("a login hint chooses among several identities of the connection")
    func loginHint() async throws {
        let stage = try await stage()
        try await stage.store("first", identity: "117")
        try await stage.store("second", identity: "118")
        #expect(try await stage.ask(loginHint: "117")["access_token"] == "first")
        #expect(try await stage.ask(loginHint: "118")["access_token"] == "second")
        #expect(try await stage.ask(loginHint: "119")["error"] == "invalid_grant")
    }

    @Test("the newest login's tokens take the place of the earlier ones, and end by time")
    func expiry() async throws {
        let stage = try await stage()
        #expect(try await stage.ask()["error"] == "invalid_grant")
        try await stage.store("old")
        try await stage.store("new", lifetime: 60)
        #expect(try await stage.ask()["access_token"] == "new")
        stage.tenant.service.time.advance(seconds: 61)
        #expect(try await stage.ask()["error"] == "invalid_grant")
    }

    @Test("others, blocked users and ended grants get nothing")
    func refusals() async throws {
        let stage = try await stage()
        try await stage.store("theirs")
        #expect(try await stage.ask(secret: "wrong").status == 401)
        let other = try await stage.tenant.client([
            "token_endpoint_auth_method": "client_secret_post",
            "grant_types": [.string(FederatedConnectionGrant.type)],
        ])
        // Neither the connection nor the refresh token is this client's.
        #expect(try await stage.ask(as: other).status == 400)
        #expect(try await stage.ask("unknown")["error"] == "invalid_grant")
        #expect(try await stage.ask(requested: "urn:ietf:params:oauth:token-type:access_token").status == 400)
        #expect(try await stage.ask(type: "urn:ietf:params:oauth:token-type:access_token").status == 400)
        #expect(try await stage.ask(connection: "unknown").status == 400)
        #expect(try await stage.ask(connection: Connection.defaultDatabaseName).status == 400)
        try await stage.tenant.endLogins(of: stage.user)
        #expect(try await stage.ask()["error"] == "invalid_grant")
    }

    @Test("a public client, which proves nothing, gets none")
    func publicClient() async throws {
        let stage = try await stage()
        let client = try await stage.tenant.client(["grant_types": [.string(FederatedConnectionGrant.type)]])
        #expect(try await stage.ask(as: client).status == 401)
    }

    @Test("a client the connection is not enabled for gets none")
    func disabledConnection() async throws {
        let stage = try await stage(enabled: false)
        try await stage.store("theirs")
        #expect(try await stage.ask().status == 400)
    }

    @Test("the tokens of an identity follow it to the user it is linked to, and back")
    func linking() async throws {
        let stage = try await stage()
        let now = stage.tenant.shard.now
        let profile: JSONObject = [
            "name": "Jane",
            "identities": [
                [
                    "connection": .string(Self.provider), "user_id": "117", "provider": .string(Self.provider),
                    "isSocial": true,
                ]
            ],
        ]
        let other = User(
            userID: "\(Self.provider)|117", connection: Self.provider, document: profile, createdAt: now,
            updatedAt: now)
        let tokens = IdentityTokens(
            provider: Self.provider, identityID: "117", connection: Self.provider, accessToken: "theirs", scope: [],
            expiresAt: now.adding(seconds: 3_600))
        try await stage.tenant.shard.write { db in
            try db.users.insert(other, passwordHash: nil)
            try db.identityTokens.put(tokens, of: other.userID, at: now)
            _ = try db.linkedIdentities.link(other.userID, to: stage.user, at: now)
        }
        #expect(try await stage.ask()["access_token"] == "theirs")
        try await stage.tenant.shard.write { db in
            let linked = try #require(try db.users.find(stage.user.userID))
            _ = try db.linkedIdentities.unlink(provider: Self.provider, id: "117", from: linked, at: now)
            #expect(try db.identityTokens.list(of: other.userID, connection: Self.provider) == [tokens])
        }
        #expect(try await stage.ask()["error"] == "invalid_grant")
    }

    @Test("no token of a provider is readable in the tenant's file")
    func sealed() async throws {
        let stage = try await stage()
        try await stage.store("a-token-of-the-provider")
        let kept = try await stage.tenant.shard.read {
            try $0.identityTokens.list(of: stage.user.userID, connection: Self.provider)
        }
        #expect(kept.map(\.accessToken) == ["a-token-of-the-provider"])
        #expect(kept.map(\.refreshToken) == ["renews"])
        let root = stage.tenant.service.root
        let files = try FileManager.default.subpathsOfDirectory(atPath: root).compactMap {
            FileManager.default.contents(atPath: root + "/" + $0)
        }
        #expect(files.contains { !$0.isEmpty })
        #expect(!files.contains { $0.range(of: Data("a-token-of-the-provider".utf8)) != nil })
    }
}
