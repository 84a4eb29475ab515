import HTTPTypes
import OpenSSL
import StrictJSON
import Tenancy
import Testing

@testable import Authentication

@Suite("Tokens bound to a key: DPoP")
struct TokenProofOfPossessionTests {
    /// Somebody with a key that proves itself.
    private struct Holder {
        let key: PrivateKey
        let algorithm: SignatureAlgorithm
        let tenant: TokenFixture

        init(_ tenant: TokenFixture, _ algorithm: SignatureAlgorithm = .es256) throws {
            self.tenant = tenant
            self.algorithm = algorithm
            key = try .generate(for: algorithm)
        }

        var jwk: JSONObject {
            get throws {
                if let (x, y) = key.publicKey.p256Coordinates {
                    return [
                        "kty": "EC", "crv": "P-256", "x": .string(Base64URL.encode(x)),
                        "y": .string(Base64URL.encode(y)),
                    ]
                }
                let (n, e) = try #require(key.publicKey.rsaComponents)
                return ["kty": "RSA", "n": .string(Base64URL.encode(n)), "e": .string(Base64URL.encode(e))]
            }
        }

        func proof(
            _ path: String = "/oauth/token", method: String = "POST", accessToken: String? = nil,
            header: JSONObject = [:], claims changes: JSONObject = [:], by other: PrivateKey? = nil
        ) throws -> String {
            let header = try
                (["typ": "dpop+jwt", "alg": .string(algorithm.rawValue), "jwk": .object(jwk)] as JSONObject)
                .merging(deep: header)
            var claims: JSONObject = [
                "jti": .string(SecureRandom.hex(byteCount: 8)), "htm": .string(method),
                "htu": .string("https://\(tenant.domain)\(path)"), "iat": .int(Int(tenant.shard.now.seconds)),
            ]
            if let accessToken { claims["ath"] = .string(Base64URL.encode(Digest.sha256(accessToken))) }
            claims = claims.merging(deep: changes)
            let input =
                Base64URL.encode(JSON.object(header).bytes()) + "." + Base64URL.encode(JSON.object(claims).bytes())
            return input + "." + Base64URL.encode(try (other ?? key).sign(Array(input.utf8), by: algorithm))
        }

        func userInfo(_ token: String, scheme: String = "DPoP", proof: String?) async throws -> Answer {
            var headers: HTTPFields = [.authorization: "\(scheme) \(token)"]
            headers[.dpop] = proof
            return try await tenant.send(.get, "/userinfo", headers: headers)
        }
    }

    private func redeem(
        _ tenant: TokenFixture, _ client: Client, proof: String?, scope: String = "openid offline_access",
        audience: String? = nil
    ) async throws -> Answer {
        var headers: HTTPFields = [:]
        headers[.dpop] = proof
        return try await tenant.token(
            [
                "grant_type": "authorization_code", "client_id": client.clientID,
                "code": try await tenant.code(
                    client, try await tenant.user("\(SecureRandom.hex(byteCount: 6))@example.com"), scope: scope,
                    audience: audience), "redirect_uri": TokenFixture.callback,
            ], headers: headers)
    }

    @Test("a token is worth something only beside a proof of its key", arguments: SignatureAlgorithm.allCases)
    func opaque(algorithm: SignatureAlgorithm) async throws {
        let tenant = try await TokenFixture.shared
        let (holder, thief) = (try Holder(tenant, algorithm), try Holder(tenant))
        let answer = try await redeem(tenant, try await tenant.client(), proof: try holder.proof())
        #expect(answer.status == 200 && answer["token_type"] == "DPoP")
        let access = try #require(answer["access_token"])
        func proof(_ who: Holder, of token: String? = access) throws -> String {
            try who.proof("/userinfo", method: "GET", accessToken: token)
        }
        #expect(try await holder.userInfo(access, proof: proof(holder)).status == 200)
        #expect(try await tenant.userInfo(access).status == 401)
        #expect(try await holder.userInfo(access, proof: nil).status == 401)
        #expect(try await holder.userInfo(access, proof: proof(thief)).status == 401)
        #expect(try await holder.userInfo(access, proof: proof(holder, of: nil)).status == 401)
        #expect(try await holder.userInfo(access, proof: proof(holder, of: "other")).status == 401)
        #expect(try await holder.userInfo(access, scheme: "Bearer", proof: proof(holder)).status == 401)
        let once = try proof(holder)
        #expect(try await holder.userInfo(access, proof: once).status == 200)
        #expect(try await holder.userInfo(access, proof: once).status == 401)
    }

    @Test("a JWT names its key, and a bearer token does not pass as a bound one")
    func jwt() async throws {
        let tenant = try await TokenFixture.shared
        let (client, holder) = (try await tenant.client(), try Holder(tenant))
        let api = try await tenant.api("urn:bound:\(SecureRandom.hex(byteCount: 4))")
        let bound = try #require(
            try await redeem(
                tenant, client, proof: try holder.proof(), scope: "openid", audience: api.identifier)["access_token"])
        let (x, y) = try #require(holder.key.publicKey.p256Coordinates)
        // RFC 7638 §3.2, written out.
        let members = #"{"crv":"P-256","kty":"EC","x":"\#(Base64URL.encode(x))","y":"\#(Base64URL.encode(y))"}"#
        let thumbprint = Base64URL.encode(Digest.sha256(members))
        #expect(try JSONWebToken(parsing: bound).claims["cnf"] == ["jkt": .string(thumbprint)])
        func proof(of token: String) throws -> String {
            try holder.proof("/userinfo", method: "GET", accessToken: token)
        }
        #expect(try await holder.userInfo(bound, proof: proof(of: bound)).status == 200)
        #expect(try await tenant.userInfo(bound).status == 401)
        let bearer = try #require(
            try await redeem(
                tenant, client, proof: nil, scope: "openid", audience: api.identifier)["access_token"])
        #expect(try await tenant.userInfo(bearer).status == 200)
        #expect(try await holder.userInfo(bearer, proof: proof(of: bearer)).status == 401)
    }

    @Test("a public client's refresh token is bound as well")
    func refresh() async throws {
        let tenant = try await TokenFixture.shared
        let (client, holder, thief) = (try await tenant.client(), try Holder(tenant), try Holder(tenant))
        let token = try #require(try await redeem(tenant, client, proof: try holder.proof())["refresh_token"])
        func refresh(_ token: String, _ proof: String?) async throws -> Answer {
            var headers: HTTPFields = [:]
            headers[.dpop] = proof
            return try await tenant.token(
                ["grant_type": "refresh_token", "client_id": client.clientID, "refresh_token": token], headers: headers)
        }
        #expect(try await refresh(token, nil)["error"] == "invalid_grant")
        #expect(try await refresh(token, thief.proof())["error"] == "invalid_grant")
        let renewed = try await refresh(token, holder.proof())
        #expect(renewed["token_type"] == "DPoP")
        #expect(try await refresh(try #require(renewed["refresh_token"]), nil)["error"] == "invalid_grant")
    }

    @Test("a proof is for one request, now, by the key it shows")
    func refusals() async throws {
        let tenant = try await TokenFixture.shared
        let (client, holder, thief) = (try await tenant.client(), try Holder(tenant), try Holder(tenant))
        let now = Int(tenant.shard.now.seconds)
        var secret = try holder.jwk
        secret["d"] = "AAAA"
        let bad = [
            try holder.proof(method: "GET"), try holder.proof("/userinfo"),
            try holder.proof(claims: ["htu": "https://globex.auth0.com/oauth/token"]),
            try holder.proof(claims: ["iat": .int(now - 61)]), try holder.proof(claims: ["iat": .int(now + 61)]),
            try holder.proof(claims: ["iat": .int(Int.max)]), try holder.proof(claims: ["iat": "now"]),
            try holder.proof(claims: ["jti": ""]), try holder.proof(claims: ["jti": 1]),
            try holder.proof(header: ["typ": "JWT"]), try holder.proof(header: ["alg": "none"]),
            try holder.proof(header: ["alg": "RS256"]), try holder.proof(header: ["jwk": .object(secret)]),
            try holder.proof(header: ["jwk": "x"]), try holder.proof(by: thief.key), "", "x",
        ]
        for proof in bad {
            let answer = try await redeem(tenant, client, proof: proof)
            #expect(answer.status == 400 && answer["error"] == "invalid_dpop_proof", "\(proof)")
        }
        let once = try holder.proof(claims: ["htu": "https://acme.auth0.com/oauth/token?x=1#y"])
        #expect(try await redeem(tenant, client, proof: once).status == 200)
        let replay = try await redeem(tenant, client, proof: once)
        #expect(replay["error_description"] == "The DPoP proof was used before")
    }

    @Test("a client may be held to it, and then gets no token from a browser")
    func required() async throws {
        let tenant = try await TokenFixture.shared
        let client = try await tenant.spa(["require_proof_of_possession": true])
        #expect(try await redeem(tenant, client, proof: nil)["error"] == "invalid_dpop_proof")
        #expect(try await redeem(tenant, client, proof: try Holder(tenant).proof())["token_type"] == "DPoP")
        let told = try await AuthorizeBrowser(tenant).authorize(client, ["response_type": "token"]).toldInFragment
        #expect(told["error"] == "unauthorized_client")
    }

    @Test("a program's own token is bound too")
    func clientCredentials() async throws {
        let tenant = try await TokenFixture.shared
        let client = try await tenant.confidentialClient()
        let api = try await tenant.api("urn:bound:\(SecureRandom.hex(byteCount: 4))")
        try await tenant.grant(client, api, scope: ["read:things"])
        let answer = try await tenant.token(
            [
                "grant_type": "client_credentials", "client_id": client.clientID, "client_secret": client.secret,
                "audience": api.identifier,
            ], headers: [.dpop: try Holder(tenant).proof()])
        #expect(answer["token_type"] == "DPoP")
        #expect(try JSONWebToken(parsing: #require(answer["access_token"])).claims["cnf"]?["jkt"] != nil)
    }
}
