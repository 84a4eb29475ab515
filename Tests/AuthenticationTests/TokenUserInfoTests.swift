import Authentication
import HTTPTypes
import OpenSSL
import StrictJSON
import TenantHTTP
import TenantTesting
import Testing

@testable import Tenancy

@Suite("Access tokens at /userinfo")
struct TokenUserInfoTests {
    /// A token with its parts as they are given.
    private static func forge(_ header: JSONObject, _ claims: JSONObject, _ sign: ([UInt8]) throws -> [UInt8]) throws
        -> String
    {
        let input =
            Base64URL.encode(JSON.object(header).bytes()) + "." + Base64URL.encode(JSON.object(claims).bytes())
        return input + "." + Base64URL.encode(try sign(Array(input.utf8)))
    }

    @Test("T18, T19: a token is trusted for its own RS256 signature by a key of the tenant alone")
    func forgeries() async throws {
        let service = try TenantFixture()
        let acme = try await TokenFixture("acme", in: service)
        let globex = try await TokenFixture("globex", in: service)
        let (client, user, api) = (try await acme.client(), try await acme.user(), try await acme.api())
        let code = try await acme.code(client, user, scope: "openid", audience: api.identifier)
        let good = try #require(try await acme.redeem(code, client)["access_token"])
        let claims = try JSONWebToken(parsing: good).claims
        let key = try await acme.shard.signingKeys().current
        let foreign = try await globex.shard.signingKeys().current
        let kid = JSON.string(key.kid)
        let publicPEM = Array(try key.certificate.publicKey.pem().utf8)
        let parts = good.split(separator: ".")
        var forged = [
            try Self.forge(["alg": "none", "kid": kid], claims) { _ in [] },
            try Self.forge(["alg": "None", "kid": kid], claims) { _ in [0] },
            try Self.forge(["kid": kid], claims) { try key.privateKey.sign(sha256: $0) },
            try Self.forge(["alg": "RS256"], claims) { try key.privateKey.sign(sha256: $0) },
            try Self.forge(["alg": "HS256", "kid": kid], claims) { HMAC.sha256(key: publicPEM, $0) },
            try Self.forge(["alg": "RS256", "kid": kid], claims) { try foreign.privateKey.sign(sha256: $0) },
            try Self.forge(["alg": "RS256", "kid": .string(foreign.kid)], claims) {
                try foreign.privateKey.sign(sha256: $0)
            },
            try Self.forge(["alg": "RS256", "kid": kid, "crit": ["x"]], claims) {
                try key.privateKey.sign(sha256: $0)
            },
            good + "=", good + ".x", "\(parts[0]).\(parts[1]).", "a.b.c", "..",
        ]
        for kid in ["../../dev/null", "' OR 1=1--", String(repeating: "k", count: 10_240)] {
            forged.append(
                try Self.forge(["alg": "RS256", "kid": .string(kid)], claims) {
                    try key.privateKey.sign(sha256: $0)
                })
        }
        #expect(try await acme.userInfo(good).status == 200)
        for token in forged {
            let answer = try await acme.userInfo(token)
            #expect(answer.status == 401, "\(token.prefix(60))")
            #expect(answer.headers[.wwwAuthenticate]?.contains("error=\"invalid_token\"") == true)
        }
    }

    @Test("T21: id tokens, refresh tokens, expired tokens and those of blocked users open nothing")
    func otherTokens() async throws {
        let acme = try await TokenFixture()
        let (client, user) = (try await acme.client(), try await acme.user())
        let answer = try await acme.redeem(try await acme.code(client, user, scope: "openid offline_access"), client)
        for name in ["id_token", "refresh_token"] {
            #expect(try await acme.userInfo(#require(answer[name])).status == 401)
        }
        let access = try #require(answer["access_token"])
        #expect(try await acme.userInfo(access).status == 200)
        var document = user.document
        document["blocked"] = true
        let blocked = user.replacing(document: document, updatedAt: acme.shard.now)
        try await acme.shard.write { try $0.users.update(blocked) }
        #expect(try await acme.userInfo(access).status == 401)
        try await acme.shard.write { try $0.users.update(user) }
        acme.service.time.advance(seconds: 86_401)
        #expect(try await acme.userInfo(access).status == 401)
    }

    @Test("scope decides what is shown")
    func claims() async throws {
        let acme = try await TokenFixture()
        let (client, user) = (try await acme.client(), try await acme.user())
        for (scope, names) in [
            ("openid", ["sub"]), ("openid email", ["sub", "email", "email_verified"]),
            ("openid profile", ["sub", "name", "nickname", "picture", "updated_at"]),
        ] {
            let answer = try await acme.redeem(try await acme.code(client, user, scope: scope), client)
            let shown = try await acme.userInfo(#require(answer["access_token"]))
            #expect(Set(shown.json.object?.keys ?? []) == Set(names))
        }
    }
}
