import OpenSSL
import StrictJSON
import Tenancy
import Testing

@testable import Management

@Suite("A client's settings of keys and refresh tokens")
struct ClientTokenSettingsTests {
    private static func credentials(_ credential: JSON) -> JSON {
        ["name": "Keys", "client_authentication_methods": ["private_key_jwt": ["credentials": [credential]]]]
    }

    @Test("settings of refresh tokens are optional, stored and shown")
    func refreshToken() async throws {
        let tenant = try await TestTenant()
        let setting: JSON = [
            "rotation_type": "rotating", "expiration_type": "expiring", "leeway": 10, "token_lifetime": 100,
            "idle_token_lifetime": 50, "infinite_token_lifetime": false, "infinite_idle_token_lifetime": false,
        ]
        let reply = try await tenant.send(.post, "/clients", ["name": "App", "refresh_token": setting])
        #expect(reply.status == 201 && reply.body["refresh_token"] == setting)
        let id = try #require(reply.body["client_id"]?.string)
        let changed = try await tenant.send(.patch, "/clients/\(id)", ["refresh_token": nil])
        #expect(changed.status == 200 && changed.body["refresh_token"]?["rotation_type"] == "non-rotating")
    }

    @Test(
        "settings that mean nothing are refused",
        arguments: [
            ["rotation_type": "sometimes", "expiration_type": "expiring"], ["rotation_type": "rotating"],
            ["rotation_type": "rotating", "expiration_type": "expiring", "leeway": -1],
            ["rotation_type": "rotating", "expiration_type": "expiring", "token_lifetime": 0],
            ["rotation_type": "rotating", "expiration_type": "expiring", "other": 1], "rotating",
        ] as [JSON])
    func refusedRefreshToken(setting: JSON) async throws {
        let tenant = try await TestTenant()
        let reply = try await tenant.send(.post, "/clients", ["name": "App", "refresh_token": setting])
        #expect(reply.status == 400 && reply.body["errorCode"] == "invalid_body")
    }

    @Test("a public key is stored, a private or a broken one refused")
    func keys() async throws {
        let tenant = try await TestTenant()
        let key = try PrivateKey.generateP256()
        let pem = try JSON.string(key.publicKey.pem())
        let (x, y) = try #require(key.publicKey.p256Coordinates)
        let jwk: JSONObject = [
            "kty": "EC", "crv": "P-256", "x": .string(Base64URL.encode(x)), "y": .string(Base64URL.encode(y)),
        ]
        var secret = jwk
        secret["d"] = .string(Base64URL.encode(x))
        var broken = jwk
        broken["y"] = .string(Base64URL.encode(x))
        for good in [["pem": pem, "alg": "ES256", "name": "k"], ["jwk": .object(jwk)]] as [JSON] {
            #expect(try await tenant.send(.post, "/clients", Self.credentials(good)).status == 201)
        }
        for bad in [
            ["pem": "x"], [:], ["pem": pem, "alg": "RS256"], ["jwk": .object(secret)], ["jwk": .object(broken)],
            ["pem": .string(try key.pem())],
        ] as [JSON] {
            let reply = try await tenant.send(.post, "/clients", Self.credentials(bad))
            #expect(reply.status == 400 && reply.body["errorCode"] == "invalid_body")
        }
    }

    @Test("the algorithms of id_tokens and APIs", arguments: ["HS256", "RS256", "PS256", "ES256"])
    func algorithms(_ algorithm: String) async throws {
        let tenant = try await TestTenant()
        let client = try await tenant.send(
            .post, "/clients", ["name": "App", "jwt_configuration": ["alg": .string(algorithm)]])
        #expect(client.status == 201 && client.body["jwt_configuration"]?["alg"]?.string == algorithm)
        let api = try await tenant.send(
            .post, "/resource-servers", ["identifier": "urn:api", "signing_alg": .string(algorithm)])
        #expect(api.status == 201 && api.body["signing_alg"]?.string == algorithm)
    }
}
