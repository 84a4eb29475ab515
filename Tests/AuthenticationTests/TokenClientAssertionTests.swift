import HTTPTypes
import OpenSSL
import StrictJSON
import Tenancy
import Testing

@testable import Authentication

@Suite("Clients that prove themselves by a key: private_key_jwt")
struct TokenClientAssertionTests {
    /// A client with a key pair, and an API it may call.
    private struct Party {
        let acme: TokenFixture
        let key: PrivateKey
        let algorithm: SignatureAlgorithm
        let client: Client
        let api: ResourceServer

        init(_ algorithm: SignatureAlgorithm = .es256, asJWK: Bool = false) async throws {
            acme = try await TokenFixture()
            key = try .generate(for: algorithm)
            self.algorithm = algorithm
            let credential = asJWK ? try Self.jwk(key.publicKey) : ["pem": .string(try key.publicKey.pem())]
            client = try await acme.client([
                "token_endpoint_auth_method": "client_secret_post",
                "client_authentication_methods": ["private_key_jwt": ["credentials": [.object(credential)]]],
            ])
            api = try await acme.api()
            try await acme.grant(client, api, scope: ["read:things"])
        }

        private static func jwk(_ key: PublicKey) throws -> JSONObject {
            if let (x, y) = key.p256Coordinates {
                return [
                    "jwk": [
                        "kty": "EC", "crv": "P-256", "x": .string(Base64URL.encode(x)),
                        "y": .string(Base64URL.encode(y)),
                    ]
                ]
            }
            let (n, e) = try #require(key.rsaComponents)
            return [
                "jwk": ["kty": "RSA", "n": .string(Base64URL.encode(n)), "e": .string(Base64URL.encode(e))]
            ]
        }

        func claims(_ changes: JSONObject = [:]) -> JSONObject {
            ([
                "iss": .string(client.clientID), "sub": .string(client.clientID), "aud": "https://acme.auth0.com/",
                "jti": .string(SecureRandom.hex(byteCount: 8)), "iat": .int(Int(acme.shard.now.seconds)),
                "exp": .int(Int(acme.shard.now.seconds) + 60),
            ] as JSONObject).merging(deep: changes)
        }

        func assertion(_ claims: JSONObject, header: JSONObject = [:], by other: PrivateKey? = nil) throws -> String {
            let header = (["typ": "JWT", "alg": .string(algorithm.rawValue)] as JSONObject).merging(deep: header)
            let input =
                Base64URL.encode(JSON.object(header).bytes()) + "." + Base64URL.encode(JSON.object(claims).bytes())
            return input + "." + Base64URL.encode(try (other ?? key).sign(Array(input.utf8), by: algorithm))
        }

        func ask(_ assertion: String, clientID: String = "", secret: String = "", headers: HTTPFields = [:])
            async throws -> Answer
        {
            try await acme.token(
                [
                    "grant_type": "client_credentials", "audience": api.identifier, "client_assertion": assertion,
                    "client_assertion_type": ClientAssertion.type, "client_id": clientID, "client_secret": secret,
                ], headers: headers)
        }
    }

    private func register(_ methods: JSON, _ party: Party) async throws {
        var document = party.client.document
        document["client_authentication_methods"] = methods
        let client = party.client.replacing(document: document)
        try await party.acme.shard.write { try $0.clients.update(client) }
    }

    @Test("a key proves until it ends")
    func ended() async throws {
        let party = try await Party()
        let now = party.acme.shard.now
        for (end, status) in [(now.adding(seconds: 60), 200), (now, 401)] {
            let credential: JSON = [
                "pem": .string(try party.key.publicKey.pem()), "expires_at": .string(end.iso8601),
            ]
            try await register(["private_key_jwt": ["credentials": [credential]]], party)
            #expect(try await party.ask(party.assertion(party.claims())).status == status)
        }
    }

    @Test("a client of certificates proves nothing by its secret, nor by a key it no longer names")
    func certificates() async throws {
        let party = try await Party()
        try await register(["tls_client_auth": ["credentials": [["subject_dn": "CN=a"]]]], party)
        #expect(try await party.ask(party.assertion(party.claims())).status == 401)
        let secret = try await party.acme.token([
            "grant_type": "client_credentials", "audience": party.api.identifier,
            "client_id": party.client.clientID, "client_secret": party.client.secret,
        ])
        #expect(secret.status == 401)
    }

    @Test("a client whose list of keys is empty proves nothing; without the list its secret does again")
    func emptyList() async throws {
        let party = try await Party()
        func statuses() async throws -> [Int] {
            let secret = try await party.acme.token([
                "grant_type": "client_credentials", "audience": party.api.identifier,
                "client_id": party.client.clientID, "client_secret": party.client.secret,
            ])
            return [try await party.ask(party.assertion(party.claims())).status, secret.status]
        }
        try await register(["private_key_jwt": ["credentials": []]], party)
        #expect(try await statuses() == [401, 401])
        try await register(["private_key_jwt": nil], party)
        #expect(try await statuses() == [401, 200])
    }

    @Test("an assertion by the client's key gives tokens", arguments: SignatureAlgorithm.allCases, [false, true])
    func success(algorithm: SignatureAlgorithm, asJWK: Bool) async throws {
        let party = try await Party(algorithm, asJWK: asJWK)
        #expect(try await party.ask(party.assertion(party.claims())).status == 200)
        let named = try await party.ask(
            party.assertion(party.claims(["aud": "https://acme.auth0.com/oauth/token"])),
            clientID: party.client.clientID)
        #expect(named.status == 200)
    }

    @Test("T23: an assertion is good once, also of ten at once")
    func once() async throws {
        let party = try await Party()
        let assertion = try party.assertion(party.claims())
        let statuses = try await withThrowingTaskGroup(of: Int.self) { group in
            for _ in 0..<10 { group.addTask { try await party.ask(assertion).status } }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        #expect(statuses.filter { $0 == 200 }.count == 1)
        #expect(statuses.filter { $0 == 401 }.count == 9)
    }

    @Test("T23: nothing else proves the client, and all are told the same")
    func refusals() async throws {
        let party = try await Party()
        let (client, now) = (party.client, Int(party.acme.shard.now.seconds))
        let changes: [JSONObject] = [
            ["iss": "somebody"], ["aud": "https://globex.auth0.com/"], ["aud": "https://acme.auth0.com"],
            ["aud": ["https://acme.auth0.com/", "https://globex.auth0.com/"]], ["exp": .int(now)],
            ["exp": .int(now + 86_400)], ["exp": "soon"], ["nbf": .int(now + 120)], ["iat": .int(now + 120)],
            ["jti": ""], ["jti": 7], ["exp": .int(Int.max)],
        ]
        var forged = try changes.map { try party.assertion(party.claims($0)) }
        for missing in ["jti", "exp", "aud", "iss"] {
            var claims = party.claims()
            claims[missing] = nil
            forged.append(try party.assertion(claims))
        }
        let stranger = try PrivateKey.generateP256()
        forged.append(try party.assertion(party.claims(), by: stranger))
        let (x, y) = try #require(stranger.publicKey.p256Coordinates)
        let own: JSON = [
            "kty": "EC", "crv": "P-256", "x": .string(Base64URL.encode(x)), "y": .string(Base64URL.encode(y)),
        ]
        forged.append(try party.assertion(party.claims(), header: ["jwk": own], by: stranger))
        for algorithm in ["none", "HS256", "RS256", "ES384"] {
            forged.append(try party.assertion(party.claims(), header: ["alg": .string(algorithm)]))
        }
        let good = try party.assertion(party.claims())
        forged += [good + "x", String(good.dropLast(4)), "x"]
        for assertion in forged {
            let answer = try await party.ask(assertion, clientID: client.clientID)
            #expect(answer.status == 401, "\(assertion)")
            #expect(answer.text == #"{"error":"access_denied","error_description":"Unauthorized"}"#)
        }
        #expect(try await party.ask(party.assertion(party.claims())).status == 200)
    }

    @Test("T23: one method and no other: its secret does not open it, two at once are refused")
    func methods() async throws {
        let party = try await Party()
        let (client, acme) = (party.client, party.acme)
        func withSecret(_ headers: HTTPFields, _ secret: String) async throws -> Answer {
            try await acme.token(
                [
                    "grant_type": "client_credentials", "audience": party.api.identifier,
                    "client_id": client.clientID, "client_secret": secret,
                ], headers: headers)
        }
        let basic: HTTPFields = [
            .authorization: "Basic " + Base64.encode(Array("\(client.clientID):\(client.secret)".utf8))
        ]
        #expect(try await withSecret([:], client.secret).status == 401)
        #expect(try await withSecret([:], "").status == 401)
        #expect(try await withSecret(basic, "").status == 401)
        let assertion = try party.assertion(party.claims())
        #expect(try await party.ask(assertion, secret: client.secret).status == 400)
        #expect(try await party.ask(assertion, headers: basic).status == 400)
        #expect(try await party.ask(assertion, clientID: "somebody").status == 400)
        let other = try await acme.confidentialClient()
        let notRegistered = try party.assertion(
            party.claims(["iss": .string(other.clientID), "sub": .string(other.clientID)]))
        #expect(try await party.ask(notRegistered).status == 401)
        // Asked for by SDKs that send every parameter they know: an empty one is none.
        #expect(try await party.ask("", clientID: other.clientID, secret: other.secret)["error"] == "access_denied")
        #expect(try await party.ask(assertion).status == 200)
    }

    @Test(
        "T23: a secret in the query, of another client, empty or cut short proves nothing",
        arguments: ["query", "empty", "omitted", "other", "short", "public"])
    func secrets(_ trick: String) async throws {
        let acme = try await TokenFixture()
        let (client, other) = (try await acme.confidentialClient(), try await acme.confidentialClient())
        let api = try await acme.api()
        try await acme.grant(client, api, scope: ["read:things"])
        let id = trick == "public" ? try await acme.client().clientID : client.clientID
        let secret: String? =
            switch trick {
            case "empty": ""
            case "other": other.secret
            case "short": String(client.secret.dropLast())
            case "public": client.secret
            default: nil
            }
        let body =
            "grant_type=client_credentials&audience=\(api.identifier)&client_id=\(id)"
            + (secret.map { "&client_secret=\($0)" } ?? "")
        let answer = try await acme.send(
            .post, "/oauth/token" + (trick == "query" ? "?client_secret=\(client.secret)" : ""),
            headers: [.contentType: "application/x-www-form-urlencoded"], body: body)
        #expect(answer.status == 401)
        #expect(try await acme.events() == ["feccft"])
        let logged = try await acme.shard.read { try $0.logs.page(offset: 0, limit: 10) }
        #expect(!logged.contains { JSON.object($0).text().contains(client.secret) })
    }

    @Test("a key that is none, or of another algorithm, is no key")
    func keys() throws {
        let key = try PrivateKey.generateP256()
        let pem = try key.publicKey.pem()
        let certificate = try Certificate.selfSigned(commonName: "client", key: key, validForDays: 1).pem()
        #expect(ClientKey(["pem": .string(pem)])?.verifies(.es256) == true)
        #expect(ClientKey(["pem": .string(certificate)])?.verifies(.es256) == true)
        #expect(ClientKey(["pem": .string(pem)])?.verifies(.rs256) == false)
        #expect(ClientKey(["pem": .string(pem), "alg": "RS256"]) == nil)
        #expect(ClientKey(["pem": .string(pem), "alg": "none"]) == nil)
        #expect(ClientKey(["pem": "x"]) == nil && ClientKey([:]) == nil)
        let zero = JSON.string(Base64URL.encode([UInt8](repeating: 0, count: 32)))
        #expect(ClientKey(["jwk": ["kty": "EC", "crv": "P-256", "x": zero, "y": zero]]) == nil)
        #expect(ClientKey(["jwk": ["kty": "RSA", "n": "AQAB", "e": "AQAB"]]) == nil)
    }
}
