import OpenSSL
import StrictJSON
import Tenancy
import TenantTesting
import Testing

@testable import Authentication

@Suite("Authorization codes")
struct TokenCodeGrantTests {
    @Test("a code gives tokens about its user, signed by the tenant")
    func success() async throws {
        let acme = try await TokenFixture()
        let (client, user) = (try await acme.client(), try await acme.user())
        let code = try await acme.code(client, user, challenge: TokenFixture.challenge, nonce: "n-1")
        let answer = try await acme.redeem(code, client, verifier: TokenFixture.verifier)
        #expect(answer.status == 200)
        #expect(answer.headers[.contentType] == "application/json")
        #expect(answer.headers[.cacheControl]?.contains("no-store") == true)
        #expect(answer["token_type"] == "Bearer")
        #expect(answer.json["expires_in"] == 86_400)
        #expect(answer["refresh_token"] == nil)
        let access = try #require(answer["access_token"])
        #expect(access.count == 32)
        let token = try JSONWebToken(parsing: #require(answer["id_token"]))
        try await token.verify(by: acme.shard.signingKeys())
        #expect(token.claims["iss"] == "https://acme.auth0.com/")
        #expect(token.claims["sub"]?.string == user.userID)
        #expect(token.claims["aud"]?.string == client.clientID)
        #expect(token.claims["nonce"] == "n-1")
        #expect(token.claims["email"] == "jane@example.com")
        #expect(token.claims["exp"]?.int == 1_700_036_000)
        #expect(token.claims["at_hash"]?.string == IDTokenClaims.halfHash(access))
        #expect(try await acme.events() == ["seacft"])
        let profile = try await acme.userInfo(access)
        #expect(profile.json["email"] == "jane@example.com")
        #expect(profile.headers[.accessControlAllowOrigin] == "*")
    }

    @Test("T1: a code is refused the second time, and its tokens die")
    func replay() async throws {
        let acme = try await TokenFixture()
        let (client, user) = (try await acme.client(), try await acme.user())
        let code = try await acme.code(client, user, scope: "openid offline_access")
        let first = try await acme.redeem(code, client)
        let (access, refresh) = (try #require(first["access_token"]), try #require(first["refresh_token"]))
        #expect(try await acme.userInfo(access).status == 200)
        let second = try await acme.redeem(code, client)
        #expect(second.status == 403)
        #expect(second["error"] == "invalid_grant")
        #expect(try await acme.userInfo(access).status == 401)
        #expect(try await acme.refresh(refresh, client)["error"] == "invalid_grant")
        #expect(try await acme.events() == ["feacft", "fertft", "seacft"])
        #expect(try await acme.history(of: "jane@example.com") == ["feacft", "fertft", "seacft"])
    }

    @Test("T1: of twenty parallel requests with one code exactly one gets tokens")
    func parallel() async throws {
        let acme = try await TokenFixture()
        let (client, user) = (try await acme.client(), try await acme.user())
        let code = try await acme.code(client, user)
        let statuses = try await withThrowingTaskGroup(of: Int.self) { group in
            for _ in 0..<20 { group.addTask { try await acme.redeem(code, client).status } }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        #expect(statuses.filter { $0 == 200 }.count == 1)
        #expect(statuses.filter { $0 == 403 }.count == 19)
    }

    @Test("T2: another client's code is refused, whatever the other client proves")
    func wrongClient() async throws {
        let acme = try await TokenFixture()
        let (client, other) = (try await acme.client(), try await acme.confidentialClient())
        let code = try await acme.code(client, try await acme.user())
        let answer = try await acme.token([
            "grant_type": "authorization_code", "client_id": other.clientID, "client_secret": other.secret,
            "code": code, "redirect_uri": "https://evil.example/",
        ])
        #expect(answer["error"] == "invalid_grant")
        #expect(!answer.text.contains(TokenFixture.callback))
        #expect(try await acme.redeem(code, client).status == 200)
    }

    @Test(
        "T3: the redirect URI must be repeated exactly",
        arguments: ["", "https://app.example.com/cb/", "https://APP.example.com/cb", "https://app.example.com/cb?x=1"])
    func redirectURI(sent: String) async throws {
        let acme = try await TokenFixture()
        let client = try await acme.client()
        let code = try await acme.code(client, try await acme.user())
        let answer = try await acme.token([
            "grant_type": "authorization_code", "client_id": client.clientID, "code": code, "redirect_uri": sent,
        ])
        #expect(answer.status == 403)
        #expect(
            answer["error_description"]
                == "The redirect URI is wrong. You send [\(sent)], and we expected [\(TokenFixture.callback)]")
    }

    @Test("T4: expired, changed, empty and huge codes get one answer")
    func badCodes() async throws {
        let acme = try await TokenFixture()
        let client = try await acme.client()
        let code = try await acme.code(client, try await acme.user())
        acme.service.time.advance(seconds: 601)
        var answers: Set<String> = []
        for text in [code, String(code.dropLast()), "", "' OR 1=1 --", String(repeating: "x", count: 10_240)] {
            answers.insert(try await acme.redeem(text, client).text)
        }
        #expect(answers == [#"{"error":"invalid_grant","error_description":"Invalid authorization code"}"#])
    }

    @Test(
        "T5, T6: PKCE is all or nothing",
        arguments: [
            (TokenFixture.challenge, TokenFixture.verifier, true), (nil, nil, true),
            (TokenFixture.challenge, nil, false), (nil, TokenFixture.verifier, false),
            (TokenFixture.challenge, TokenFixture.challenge, false),
            (TokenFixture.challenge, TokenFixture.verifier + "\n", false),
            (TokenFixture.challenge, String(TokenFixture.verifier.dropLast()), false),
            (TokenFixture.challenge, String(repeating: "a", count: 129), false),
            (TokenFixture.challenge, "", false),
        ] as [(String?, String?, Bool)])
    func pkce(challenge: String?, verifier: String?, isGood: Bool) async throws {
        let acme = try await TokenFixture()
        let client = try await acme.client()
        let code = try await acme.code(client, try await acme.user(), challenge: challenge)
        let answer = try await acme.redeem(code, client, verifier: verifier)
        #expect(answer.status == (isGood ? 200 : 403))
        if !isGood { #expect(answer["error"] == "invalid_grant") }
    }

    @Test("blocked and deleted users get nothing")
    func users() async throws {
        let acme = try await TokenFixture()
        let (client, user) = (try await acme.client(), try await acme.user())
        let codes = [try await acme.code(client, user), try await acme.code(client, user)]
        var document = user.document
        document["blocked"] = true
        let blocked = user.replacing(document: document, updatedAt: acme.shard.now)
        try await acme.shard.write { try $0.users.update(blocked) }
        #expect(try await acme.redeem(codes[0], client)["error_description"] == "user is blocked")
        let event = try #require(try await acme.events(of: client).first)
        #expect(event["type"] == "feacft" && event["user_id"]?.string == user.userID)
        #expect(event["user_name"] == "jane@example.com")
        _ = try await acme.shard.write {
            try $0.deleteUser(user.userID, issuer: "https://acme.auth0.com/", at: acme.shard.now)
        }
        #expect(try await acme.redeem(codes[1], client)["error"] == "invalid_grant")
    }

    @Test("an API's token is a JWT that opens /userinfo until its family is revoked")
    func apiToken() async throws {
        let acme = try await TokenFixture()
        let (client, user, api) = (try await acme.client(), try await acme.user(), try await acme.api())
        let code = try await acme.code(
            client, user, scope: "openid read:things admin offline_access", audience: api.identifier)
        let answer = try await acme.redeem(code, client)
        #expect(answer["scope"] == "openid read:things offline_access")
        #expect(answer.json["expires_in"] == 600)
        let access = try #require(answer["access_token"])
        let claims = try JSONWebToken(parsing: access).claims
        #expect(claims["aud"] == ["https://api.example.com", "https://acme.auth0.com/userinfo"])
        #expect(claims["azp"]?.string == client.clientID)
        #expect(claims["gty"] == nil)
        #expect(try await acme.userInfo(access).json["sub"]?.string == user.userID)
        _ = try await acme.redeem(code, client)
        #expect(try await acme.userInfo(access).status == 401)
    }

    @Test("an API with a key of its own gets HS256 and no second audience")
    func hs256() async throws {
        let acme = try await TokenFixture()
        let client = try await acme.client()
        let api = try await acme.api(
            "urn:hs", ["signing_alg": "HS256", "signing_secret": "0123456789abcdef", "allow_offline_access": false])
        let code = try await acme.code(
            client, try await acme.user(), scope: "openid offline_access", audience: api.identifier)
        let answer = try await acme.redeem(code, client)
        #expect(answer["refresh_token"] == nil)
        let token = try JSONWebToken(parsing: #require(answer["access_token"]))
        #expect(token.header["alg"] == "HS256")
        #expect(token.claims["aud"] == "urn:hs")
        #expect(try await acme.userInfo(#require(answer["access_token"])).status == 401)
    }

    @Test("T20: what one tenant gave is worth nothing at another")
    func isolation() async throws {
        let service = try TenantFixture()
        let (acme, globex) = (
            try await TokenFixture("acme", in: service), try await TokenFixture("globex", in: service)
        )
        let (client, user) = (try await acme.client(), try await acme.user())
        let code = try await acme.code(client, user, scope: "openid offline_access")
        #expect(try await globex.redeem(code, client).status == 401)
        let stranger = try await globex.client()
        #expect(try await globex.redeem(code, stranger)["error"] == "invalid_grant")
        let answer = try await acme.redeem(code, client)
        #expect(answer.status == 200)
        #expect(try await globex.userInfo(#require(answer["access_token"])).status == 401)
        #expect(try await globex.refresh(#require(answer["refresh_token"]), stranger)["error"] == "invalid_grant")
    }
}
