import Authentication
import HTTPTypes
import StrictJSON
import Tenancy
import TenantTesting
import Testing

@Suite("Cross-origin calls and public documents")
struct TokenCrossOriginTests {
    private func call(_ acme: TokenFixture, _ client: Client, from origin: String) async throws -> Answer {
        try await acme.token(
            ["grant_type": "authorization_code", "client_id": client.clientID, "code": "x"], headers: [.origin: origin])
    }

    @Test("the origin of a callback is allowed, and refusals tell the page so")
    func callbackOrigin() async throws {
        let acme = try await TokenFixture()
        let client = try await acme.client()
        for origin in ["https://app.example.com", "https://acme.auth0.com"] {
            let answer = try await call(acme, client, from: origin)
            #expect(answer["error"] == "invalid_grant")
            #expect(answer.headers[.accessControlAllowOrigin] == origin)
            #expect(answer.headers[.accessControlAllowCredentials] == nil)
            #expect(answer.headers[.vary] == "Origin")
        }
    }

    @Test(
        "U11: other origins get a 403 in plain text, and nothing else happens",
        arguments: [
            "null", "https://app.example.com.evil.example", "https://evilapp.example.com", "http://app.example.com",
            "https://app.example.com:8443", "https://app.example.com/", "https://app.example.com evil", "file://",
            "chrome-extension://abc", "https://<b>", "",
        ])
    func evilOrigins(origin: String) async throws {
        let acme = try await TokenFixture()
        let answer = try await call(acme, try await acme.client(), from: origin)
        #expect(answer.status == 403)
        #expect(answer.headers[.contentType]?.hasPrefix("text/plain") == true)
        #expect(answer.text.hasPrefix("Origin ") && answer.text.hasSuffix(" is not allowed."))
        #expect(!answer.text.contains("<"))
        #expect(answer.headers[.accessControlAllowOrigin] == nil)
        #expect(try await acme.events() == ["fco"])
    }

    @Test("U11: two Origin headers are refused")
    func twoOrigins() async throws {
        let acme = try await TokenFixture()
        var headers: HTTPFields = [.contentType: "application/x-www-form-urlencoded"]
        for _ in 0..<2 { headers.append(HTTPField(name: .origin, value: "https://app.example.com")) }
        _ = try await acme.client()
        #expect(try await acme.send(.post, "/oauth/token", headers: headers, body: "a=b").status == 403)
    }

    @Test("U12: a preflight asks any client of the tenant, the real request the one it names")
    func twoSteps() async throws {
        let acme = try await TokenFixture()
        let client = try await acme.client()
        _ = try await acme.client(["allowed_origins": ["https://*.other.example"]])
        func preflight(_ origin: String) async throws -> Answer {
            try await acme.send(
                .options, "/oauth/token", headers: [.origin: origin, .accessControlRequestMethod: "POST"])
        }
        let good = try await preflight("https://x.other.example")
        #expect(good.status == 204)
        #expect(good.headers[.accessControlAllowOrigin] == "https://x.other.example")
        #expect(good.headers[.accessControlAllowMethods] == "POST")
        #expect(good.headers[.accessControlAllowHeaders]?.contains("Auth0-Client") == true)
        #expect(try await preflight("https://evil.example").status == 403)
        let real = try await call(acme, client, from: "https://x.other.example")
        #expect(real.status == 403)
        #expect(real.headers[.accessControlAllowOrigin] == nil)
        #expect(try await acme.events() == ["fco", "fco"])
    }

    @Test("/userinfo answers any origin, its 401 included")
    func userInfo() async throws {
        let acme = try await TokenFixture()
        let answer = try await acme.send(
            .get, "/userinfo", headers: [.origin: "https://anywhere.example", .authorization: "Bearer nothing"])
        #expect(answer.status == 401)
        #expect(answer.text == "Unauthorized")
        #expect(answer.headers[.wwwAuthenticate]?.hasPrefix("Bearer realm=\"Users\", error=\"invalid_token\"") == true)
        #expect(answer.headers[.accessControlAllowOrigin] == "*")
    }

    @Test("the public documents are left with the shard as ready bytes, and a new key replaces them")
    func documents() async throws {
        let acme = try await TokenFixture()
        let configuration = try await acme.send(.get, "/.well-known/openid-configuration")
        #expect(configuration["issuer"] == "https://acme.auth0.com/")
        #expect(configuration.json["authorization_response_iss_parameter_supported"] == true)
        #expect(configuration.headers[.cacheControl]?.hasPrefix("public") == true)
        let path = "/.well-known/jwks.json"
        let keys = try await acme.send(.get, path)
        let kid = try await acme.shard.signingKeys().current.kid
        #expect(kid.count == 54)
        #expect(keys.json["keys"]?.array?.first?["kid"]?.string == kid)
        #expect(keys.json["keys"]?.array?.first?["e"] == "AQAB")
        let published = try #require(acme.shard.edgeAnswers.answer(domain: acme.domain, path: path))
        #expect(String(decoding: published.body, as: UTF8.self) == keys.text)
        let head = try await acme.send(.head, path)
        #expect(head.text.isEmpty)
        #expect(head.headers[.contentLength] == String(keys.text.utf8.count))
        let now = acme.shard.now
        let key = try SigningKey.make(key: .generateRSA(), domain: acme.domain, at: now.adding(seconds: 1))
        try await acme.shard.write { try $0.signingKeys.setCurrent(key) }
        #expect(acme.shard.edgeAnswers.answer(domain: acme.domain, path: path) == nil)
        let kids = try await acme.send(.get, path).json["keys"]?.array?.compactMap { $0["kid"]?.string }
        #expect(kids == [key.kid, kid])
    }
}
