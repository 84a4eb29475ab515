import StrictJSON
import Tenancy
import Testing
import WebAddresses

@testable import Authentication

@Suite("Token exchange")
struct TokenExchangeTests {
    private static let grant = "urn:ietf:params:oauth:grant-type:token-exchange"
    private static let accessToken = "urn:ietf:params:oauth:token-type:access_token"
    private static let idToken = "urn:ietf:params:oauth:token-type:id_token"
    private static let first = "https://first.example.com"
    private static let second = "https://second.example.com"

    /// A user has a token for the first API; its back end wants one for the second.
    private struct Stage {
        let tenant: TokenFixture
        let user: User
        let backEnd: Client
        let target: ResourceServer
        let tokens: Answer

        func exchange(
            _ token: String? = nil, type: String = TokenExchangeTests.accessToken, audience: String? = nil,
            scope: String = "", as client: Client? = nil, more: KeyValuePairs<String, String> = [:]
        ) async throws -> Answer {
            let client = client ?? backEnd
            var form: [(String, String)] = [
                ("grant_type", TokenExchangeTests.grant), ("client_id", client.clientID),
                ("client_secret", client.secret), ("subject_token", token ?? tokens["access_token"] ?? ""),
                ("subject_token_type", type), ("audience", audience ?? TokenExchangeTests.second), ("scope", scope),
            ]
            form += more.map { ($0, $1) }
            let body = form.map { "\($0)=\(PercentEncoding.encode(queryComponent: $1))" }.joined(separator: "&")
            return try await tenant.send(
                .post, "/oauth/token", headers: [.contentType: "application/x-www-form-urlencoded"], body: body)
        }
    }

    private func backEnd(_ tenant: TokenFixture, _ document: JSONObject = [:]) async throws -> Client {
        try await tenant.client(
            JSONObject(dictionaryLiteral: ("token_endpoint_auth_method", "client_secret_post")).merging(
                deep: ["grant_types": [.string(Self.grant), "authorization_code", "client_credentials"]]
            ).merging(deep: document))
    }

    private func stage(_ scope: [String] = ["read:things"]) async throws -> Stage {
        let tenant = try await TokenFixture()
        let user = try await tenant.user()
        _ = try await tenant.api(Self.first)
        let target = try await tenant.api(Self.second, ["token_lifetime": 10_000])
        let backEnd = try await backEnd(tenant, ["resource_server_identifier": .string(Self.first)])
        try await tenant.grant(backEnd, target, scope: scope)
        let app = try await tenant.client()
        let code = try await tenant.code(app, user, scope: "openid read:things", audience: Self.first)
        return Stage(
            tenant: tenant, user: user, backEnd: backEnd, target: target, tokens: try await tenant.redeem(code, app))
    }

    private func claims(_ answer: Answer) throws -> JSONObject {
        try JSONWebToken(parsing: try #require(answer["access_token"])).claims
    }

    @Test("subject tokens that are no good block their address at the limit that the tenant has set")
    func throttle() async throws {
        let stage = try await stage()
        for _ in 0..<12 { #expect(try await stage.exchange("nonsense").status == 400) }
        let limits: JSONObject = ["stage": ["pre-custom-token-exchange": ["max_attempts": 3, "rate": 60_000]]]
        try await stage.tenant.shard.write { db in
            let name = ShieldSettings.Name.suspiciousAddress
            try db.preferences.save(ShieldSettings.defaults(of: name).merging(deep: limits), as: name.preference)
        }
        for _ in 0..<3 { #expect(try await stage.exchange("nonsense").status == 400) }
        let blocked = try await stage.exchange()
        #expect(blocked.status == 429 && blocked["error"] == "too_many_attempts")
        #expect(try await stage.tenant.events().contains("limit_mu"))
        stage.tenant.service.time.advance(seconds: 61)
        #expect(try await stage.exchange().status == 200)
    }

    @Test("a user's token is exchanged for one of another API, which says who acts and lives no longer")
    func exchange() async throws {
        let stage = try await stage()
        stage.tenant.service.time.advance(seconds: 100)
        let answer = try await stage.exchange()
        #expect(answer.status == 200, "\(answer.text)")
        #expect(answer["issued_token_type"] == Self.accessToken && answer["token_type"] == "Bearer")
        #expect(answer["refresh_token"] == nil && answer["id_token"] == nil)
        let claims = try claims(answer)
        #expect(claims["sub"]?.string == stage.user.userID && claims["aud"]?.string == Self.second)
        #expect(claims["azp"]?.string == stage.backEnd.clientID && claims["scope"]?.string == "read:things")
        #expect(claims["act"] == ["sub": .string(stage.backEnd.clientID)])
        #expect(answer.json["expires_in"]?.int == 500)
        #expect(try await stage.tenant.events().contains("secte"))
    }

    @Test("scopes are what is asked for, the grant allows and the API has")
    func scopes() async throws {
        let stage = try await stage(["read:things", "gone:scope"])
        #expect(try await stage.exchange(scope: "read:things write:things")["scope"] == "read:things")
        #expect(try await stage.exchange(scope: "write:things")["error"] == "invalid_scope")
        #expect(try await stage.exchange()["scope"] == "read:things")
    }

    @Test("at the API the token was for, nothing grows")
    func sameAPI() async throws {
        let stage = try await stage()
        let api = try #require(try await stage.tenant.shard.resourceServer(identifier: Self.first))
        try await stage.tenant.grant(stage.backEnd, api, scope: ["read:things", "write:things"])
        #expect(try await stage.exchange(audience: Self.first)["scope"] == "read:things")
    }

    @Test("actors stand behind one another, and not for ever")
    func chain() async throws {
        let stage = try await stage()
        let next = try await backEnd(stage.tenant, ["resource_server_identifier": .string(Self.second)])
        try await stage.tenant.grant(next, stage.target, scope: ["read:things"])
        let once = try await stage.exchange()
        let twice = try await stage.exchange(once["access_token"], as: next)
        let actor = try claims(twice)["act"]
        #expect(actor?["sub"]?.string == next.clientID)
        #expect(actor?["act"]?["sub"]?.string == stage.backEnd.clientID)
        var token = twice["access_token"]
        for _ in 0..<2 { token = try await stage.exchange(token, as: next)["access_token"] }
        #expect(try await stage.exchange(token, as: next)["error"] == "invalid_request")
    }

    @Test("an id_token is exchanged by the client it was issued to, and by no other")
    func idToken() async throws {
        let stage = try await stage()
        let code = try await stage.tenant.code(stage.backEnd, stage.user)
        let tokens = try await stage.tenant.token([
            "grant_type": "authorization_code", "client_id": stage.backEnd.clientID,
            "client_secret": stage.backEnd.secret, "code": code, "redirect_uri": TokenFixture.callback,
        ])
        let own = try #require(tokens["id_token"])
        #expect(try claims(try await stage.exchange(own, type: Self.idToken))["sub"]?.string == stage.user.userID)
        #expect(try await stage.exchange(own)["error"] == "invalid_request", "an id_token is no access token")
        let foreign = try #require(stage.tokens["id_token"])
        #expect(try await stage.exchange(foreign, type: Self.idToken)["error"] == "invalid_request")
    }

    @Test("T27 an id_token that the client could have written itself acts for nobody")
    func selfSignedIDToken() async throws {
        let stage = try await stage()
        let tenant = stage.tenant
        let client = try await backEnd(tenant, ["jwt_configuration": ["alg": "HS256"]])
        try await tenant.grant(client, stage.target, scope: ["read:things"])
        let now = Int(tenant.shard.now.seconds)
        let written = JSONWebToken.signed(
            [
                "iss": .string("https://\(tenant.domain)/"), "aud": .string(client.clientID),
                "sub": .string(stage.user.userID), "iat": .int(now), "exp": .int(now + 600),
            ], hs256: client.hs256Key)
        let refused = try await stage.exchange(written, type: Self.idToken, as: client)
        #expect(refused.status == 400 && refused["error"] == "invalid_request", "\(refused.text)")
    }

    @Test("T27 an id_token that another client had made for this one acts for nobody")
    func delegatedIDToken() async throws {
        let stage = try await stage()
        let now = Int(stage.tenant.shard.now.seconds)
        let key = try await stage.tenant.shard.signingKeys().current
        func made(by party: String) throws -> String {
            try JSONWebToken.signed(
                [
                    "iss": .string("https://\(stage.tenant.domain)/"), "aud": .string(stage.backEnd.clientID),
                    "azp": .string(party), "sub": .string(stage.user.userID), "iat": .int(now), "exp": .int(now + 600),
                ], by: key)
        }
        let refused = try await stage.exchange(try made(by: "another"), type: Self.idToken)
        #expect(refused.status == 400 && refused["error"] == "invalid_request", "\(refused.text)")
        #expect(try await stage.exchange(try made(by: stage.backEnd.clientID), type: Self.idToken).status == 200)
    }

    @Test("a token is exchanged by the client it was issued to and by the API it is for, and by nobody it strayed to")
    func holders() async throws {
        let stage = try await stage()
        let (tenant, target) = (stage.tenant, stage.target)
        let stranger = try await backEnd(tenant)
        let neighbour = try await backEnd(tenant, ["resource_server_identifier": .string(Self.second)])
        for other in [stranger, neighbour] {
            try await tenant.grant(other, target, scope: ["read:things"])
            let refused = try await stage.exchange(as: other)
            #expect(refused.status == 403 && refused["error"] == "invalid_grant")
        }
        let code = try await tenant.code(stranger, stage.user, scope: "openid read:things", audience: Self.first)
        let own = try await tenant.token([
            "grant_type": "authorization_code", "client_id": stranger.clientID, "client_secret": stranger.secret,
            "code": code, "redirect_uri": TokenFixture.callback,
        ])
        #expect(try await stage.exchange(own["access_token"], as: stranger).status == 200)
        #expect(try await stage.exchange(own["access_token"], as: neighbour)["error"] == "invalid_grant")
    }

    @Test("L12 an id_token of before a block is worth nothing after its end")
    func endedLogins() async throws {
        let stage = try await stage()
        let code = try await stage.tenant.code(stage.backEnd, stage.user)
        let tokens = try await stage.tenant.token([
            "grant_type": "authorization_code", "client_id": stage.backEnd.clientID,
            "client_secret": stage.backEnd.secret, "code": code, "redirect_uri": TokenFixture.callback,
        ])
        stage.tenant.service.time.advance(seconds: 2)
        try await stage.tenant.endLogins(of: stage.user)
        #expect(try await stage.exchange(tokens["id_token"], type: Self.idToken)["error"] == "invalid_request")
        #expect(try await stage.exchange()["error"] == "invalid_request")
    }

    @Test("revoking what it was made from reaches the exchanged token's exchange")
    func revocation() async throws {
        let stage = try await stage()
        let exchanged = try await stage.exchange()
        let user = stage.user
        let now = stage.tenant.shard.now
        try await stage.tenant.shard.write {
            try $0.tokenFamilies.revokeAll(of: user.userID, clientID: nil, at: now)
        }
        #expect(try await stage.exchange()["error"] == "invalid_request")
        #expect(try await stage.exchange(exchanged["access_token"])["error"] == "invalid_request")
    }

    @Test("expired tokens, machines' tokens, opaque tokens and forgeries are refused")
    func subjects() async throws {
        let stage = try await stage()
        let tenant = stage.tenant
        let machine = try await tenant.token([
            "grant_type": "client_credentials", "client_id": stage.backEnd.clientID,
            "client_secret": stage.backEnd.secret, "audience": Self.second,
        ])
        let app = try await tenant.client()
        let opaque = try await tenant.redeem(try await tenant.code(app, stage.user), app)
        for token in [machine["access_token"] ?? "", opaque["access_token"] ?? "", "x.y.z"] {
            #expect(try await stage.exchange(token)["error"] == "invalid_request")
        }
        let good = try #require(stage.tokens["access_token"])
        #expect(try await stage.exchange(good + "A")["error"] == "invalid_request")
        tenant.service.time.advance(seconds: 600)
        #expect(try await stage.exchange(good)["error"] == "invalid_request")
        #expect(Set(try await tenant.events().filter { $0.hasSuffix("cte") }) == ["fecte"])
    }

    @Test("a target without a client grant, unknown, or the Management API is no target")
    func targets() async throws {
        let stage = try await stage()
        for audience in [Self.first, "urn:nothing", "https://\(stage.tenant.domain)/api/v2/"] {
            let answer = try await stage.exchange(audience: audience)
            #expect(answer.status == 400 && answer["error"] == "invalid_target", "\(audience)")
        }
    }

    @Test("public clients, and those that do not list the grant, exchange nothing")
    func clients() async throws {
        let stage = try await stage()
        let open = try await backEnd(stage.tenant, ["token_endpoint_auth_method": "none"])
        #expect(try await stage.exchange(as: open).status == 401)
        let other = try await stage.tenant.confidentialClient()
        #expect(try await stage.exchange(as: other)["error"] == "unauthorized_client")
    }

    @Test(
        "what RFC 8693 knows and this service does not do is refused",
        arguments: [
            ("actor_token", "x", "invalid_request"), ("resource", "https://x.example", "invalid_target"),
            ("requested_token_type", "urn:ietf:params:oauth:token-type:refresh_token", "invalid_request"),
        ])
    func unsupported(_ name: String, _ value: String, _ error: String) async throws {
        let stage = try await stage()
        #expect(try await stage.exchange(more: [name: value])["error"] == error)
        #expect(try await stage.exchange(type: "urn:ietf:params:oauth:token-type:saml2")["error"] == "invalid_request")
    }

    @Test("a blocked user's token is worth nothing")
    func blocked() async throws {
        let stage = try await stage()
        let user = stage.user
        try await stage.tenant.shard.write { db in
            let document = user.document.merging(deep: ["blocked": true])
            try db.users.update(user.replacing(document: document, updatedAt: user.updatedAt))
        }
        #expect(try await stage.exchange()["error"] == "unauthorized")
    }
}
