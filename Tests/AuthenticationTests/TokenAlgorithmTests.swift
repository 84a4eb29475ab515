import OpenSSL
import StrictJSON
import Tenancy
import TenantTesting
import Testing

@testable import Authentication

@Suite("How tokens are signed")
struct TokenAlgorithmTests {
    private func keys(_ tenant: TokenFixture) async throws -> [JSON] {
        try await tenant.send(.get, "/.well-known/jwks.json").json["keys"]?.array ?? []
    }

    private func published(_ kid: String?, _ tenant: TokenFixture) async throws -> JSON? {
        try await keys(tenant).first { $0["kid"]?.string == kid }
    }

    /// The key as a client builds it from what is published.
    private func publicKey(_ key: JSON) throws -> PublicKey {
        func bytes(_ name: String) throws -> [UInt8] { try #require(key[name]?.string.flatMap(Base64URL.decode)) }
        guard key["kty"] == "EC" else { return try PublicKey(rsaModulus: bytes("n"), exponent: bytes("e")) }
        return try PublicKey(p256X: bytes("x"), y: bytes("y"))
    }

    @Test("HS256 is keyed by the secret's text, or by its bytes where it is encoded", arguments: [false, true])
    func sharedSecret(isEncoded: Bool) async throws {
        let acme = try await TokenFixture.shared
        let client = try await acme.client([
            "jwt_configuration": ["alg": "HS256", "secret_encoded": .bool(isEncoded)]
        ])
        let user = try await acme.user(try await acme.stranger() + ".example")
        let answer = try await acme.redeem(try await acme.code(client, user), client)
        let token = try #require(answer["id_token"])
        let key = isEncoded ? try #require(Base64URL.decode(client.secret)) : Array(client.secret.utf8)
        #expect(key.count == (isEncoded ? 48 : 64))
        #expect(try JSONWebToken(parsing: token).header == ["typ": "JWT", "alg": "HS256"])
        let dot = try #require(token.lastIndex(of: "."))
        let signature = Base64URL.encode(HMAC.sha256(key: key, Array(token[..<dot].utf8)))
        #expect(signature == token[token.index(after: dot)...])
    }

    @Test(
        "PS256 and ES256 have keys of their own, made when first needed and published", arguments: ["PS256", "ES256"])
    func ownKeys(algorithm: String) async throws {
        let acme = try await TokenFixture("algorithms")
        #expect(try await keys(acme).count == 1)
        let client = try await acme.client(["jwt_configuration": ["alg": .string(algorithm)]])
        let api = try await acme.api("urn:own", ["signing_alg": .string(algorithm)])
        let user = try await acme.user()
        let answer = try await acme.redeem(
            try await acme.code(client, user, scope: "openid", audience: api.identifier), client)
        for name in ["id_token", "access_token"] {
            let token = try JSONWebToken(parsing: #require(answer[name]))
            #expect(token.header["alg"]?.string == algorithm)
            let key = try #require(try await published(token.header["kid"]?.string, acme))
            #expect(key["alg"]?.string == algorithm && key["use"] == "sig")
            try token.verify(by: publicKey(key), #require(SignatureAlgorithm(rawValue: algorithm)))
        }
        #expect(try await keys(acme).count == 2)
        #expect(try await acme.userInfo(#require(answer["access_token"])).json["sub"]?.string == user.userID)
    }

    @Test("a client's own access is signed as the API wants it")
    func clientCredentials() async throws {
        let acme = try await TokenFixture.shared
        let client = try await acme.confidentialClient()
        let api = try await acme.api("urn:elliptic", ["signing_alg": "ES256"])
        try await acme.grant(client, api, scope: ["read:things"])
        let answer = try await acme.token([
            "grant_type": "client_credentials", "client_id": client.clientID, "client_secret": client.secret,
            "audience": api.identifier,
        ])
        let token = try JSONWebToken(parsing: #require(answer["access_token"]))
        #expect(token.header["alg"] == "ES256")
        try await token.verify(by: acme.shard.signingKeys())
    }

    @Test("T18 a key verifies its own algorithm and no other")
    func oneAlgorithmAKey() async throws {
        let acme = try await TokenFixture("one-algorithm")
        let keys = try await acme.shard.signingKeys()
        let twin = SigningKey(
            privateKey: try keys.current.privateKey, certificate: keys.current.certificate, algorithm: .ps256,
            createdAt: acme.shard.now)
        let token = try JSONWebToken.signed(["sub": "jane"], by: twin)
        #expect(throws: JSONWebTokenError.wrongAlgorithm) { try JSONWebToken(parsing: token).verify(by: keys) }
    }

    @Test(
        "after a rotation new tokens are by the new key, and those of the one before still pass",
        arguments: ["RS256", "ES256"])
    func rotation(name: String) async throws {
        let acme = try await TokenFixture("rotation")
        let algorithm = try #require(SignatureAlgorithm(rawValue: name))
        let client = try await acme.client(["jwt_configuration": ["alg": .string(name)]])
        let api = try await acme.api("urn:api", ["signing_alg": .string(name)])
        let user = try await acme.user()
        func access() async throws -> String {
            let code = try await acme.code(client, user, scope: "openid", audience: api.identifier)
            return try #require(try await acme.redeem(code, client)["access_token"])
        }
        let old = try await access()
        acme.service.time.advance(seconds: 60)
        let key = try SigningKey.make(
            key: .generate(for: algorithm), algorithm, domain: acme.domain, at: acme.shard.now)
        try await acme.shard.write { try $0.signingKeys.setCurrent(key) }
        let new = try await access()
        let kids = try [old, new].map { try JSONWebToken(parsing: $0).header["kid"]?.string }
        #expect(kids[0] != kids[1] && kids[1] == key.kid)
        for (token, kid) in zip([old, new], kids) {
            #expect(try await acme.userInfo(token).status == 200)
            let shown = try #require(try await published(kid, acme))
            try JSONWebToken(parsing: token).verify(by: publicKey(shown), algorithm)
        }
        // The other algorithm's key is not touched: the first one published is still that of RS256.
        #expect(try await keys(acme).first?["alg"] == "RS256")
        #expect(try await keys(acme).count == (name == "RS256" ? 2 : 3))
    }
}
