import Authentication
import HTTPTypes
import OpenSSL
import StrictJSON
import Tenancy
import TenantTesting
import Testing

@Suite("The token endpoint and its clients")
struct TokenEndpointTests {
    enum Proof: Sendable, CaseIterable { case nothing, body, basic, wrongBody, wrongBasic }

    @Test(
        "T23: a client is proven by its own method alone",
        arguments: [
            ("client_secret_post", [.body]), ("client_secret_basic", [.basic]), (nil, [.body, .basic]),
        ] as [(String?, [Proof])])
    func methods(method: String?, good: [Proof]) async throws {
        let acme = try await TokenFixture()
        let api = try await acme.api()
        let client = try await acme.client(["token_endpoint_auth_method": method.map(JSON.string) ?? .null])
        try await acme.grant(client, api, scope: ["read:things"])
        for proof in Proof.allCases {
            let answer = try await send(proof, client, api, acme)
            #expect(answer.status == (good.contains(proof) ? 200 : 401), "\(proof)")
            guard !good.contains(proof) else { continue }
            #expect(answer.text == #"{"error":"access_denied","error_description":"Unauthorized"}"#)
            let usedBasic = proof == .basic || proof == .wrongBasic
            #expect((answer.headers[.wwwAuthenticate] != nil) == usedBasic)
        }
    }

    private func send(
        _ proof: Proof, _ client: Client, _ api: ResourceServer, _ acme: TokenFixture
    ) async throws -> Answer {
        switch proof {
        case .nothing, .body, .wrongBody:
            let secret = proof == .nothing ? "" : proof == .body ? client.secret : String(client.secret.reversed())
            return try await acme.token([
                "grant_type": "client_credentials", "client_id": client.clientID, "client_secret": secret,
                "audience": api.identifier,
            ])
        case .basic, .wrongBasic:
            let pair = client.clientID + ":" + (proof == .basic ? client.secret : "x")
            return try await acme.token(
                ["grant_type": "client_credentials", "audience": api.identifier],
                headers: [.authorization: "Basic " + Base64.encode(Array(pair.utf8))])
        }
    }

    @Test("T23: unknown clients get the answer of a wrong secret; public ones get no client credentials")
    func unknown() async throws {
        let acme = try await TokenFixture()
        let client = try await acme.client()
        for id in [client.clientID, "unknown"] {
            let answer = try await acme.token([
                "grant_type": "client_credentials", "client_id": id, "client_secret": client.secret,
                "audience": "https://acme.auth0.com/api/v2/",
            ])
            #expect(answer.status == 401)
        }
        #expect(try await acme.events() == ["feccft", "feccft"])
    }

    @Test("T22, T23: two of anything are one too many")
    func duplicates() async throws {
        let acme = try await TokenFixture()
        let client = try await acme.confidentialClient()
        let form: HTTPFields = [.contentType: "application/x-www-form-urlencoded"]
        let json: HTTPFields = [.contentType: "application/json"]
        let basic = "Basic " + Base64.encode(Array("\(client.clientID):\(client.secret)".utf8))
        let requests: [(String, HTTPFields, String)] = [
            ("/oauth/token", form, "grant_type=a&grant_type=b&client_id=\(client.clientID)"),
            ("/oauth/token?grant_type=a", form, "grant_type=a&client_id=\(client.clientID)"),
            ("/oauth/token", json, #"{"grant_type":"a","grant_type":"b","client_id":"x"}"#),
            ("/oauth/token", json, #"{"grant_type":"authorization_code","client_id":"x","code":{"$ne":null}}"#),
            ("/oauth/token", json, #"["x"]"#),
            ("/oauth/token", form.adding(basic), "grant_type=a&client_id=other"),
            ("/oauth/token", form.adding(basic), "grant_type=a&client_secret=\(client.secret)"),
        ]
        for (path, headers, body) in requests {
            let answer = try await acme.send(.post, path, headers: headers, body: body)
            #expect(answer.status == 400, "\(body)")
            #expect(answer["error"] == "invalid_request")
        }
        let repeated = try await acme.send(.post, "/oauth/token", headers: form, body: "grant_type=a&grant_type=b")
        #expect(repeated["error_description"]?.contains("grant_type") == true)
        let text = try await acme.send(.post, "/oauth/token", headers: [.contentType: "text/plain"], body: "{}")
        #expect(text.status == 415)
        let untyped = try await acme.send(.post, "/oauth/token", body: "grant_type=a")
        #expect(untyped.status == 415)
        let empty = try await acme.send(.post, "/oauth/token")
        #expect(empty.status == 400 && empty["error"] == "invalid_request")
        #expect(empty["error_description"] == "Missing required parameter: grant_type")
    }

    @Test("T24: an audience cut off by a NUL names no API")
    func audienceWithNUL() async throws {
        let acme = try await TokenFixture()
        let (client, api) = (try await acme.confidentialClient(), try await acme.api())
        try await acme.grant(client, api, scope: ["read:things"])
        let answer = try await acme.token([
            "grant_type": "client_credentials", "client_id": client.clientID, "client_secret": client.secret,
            "audience": api.identifier + "\0",
        ])
        #expect(answer.status == 403)
    }

    @Test("T24: client credentials need a grant, and scope is what both sides name")
    func clientCredentials() async throws {
        let acme = try await TokenFixture()
        let (client, api) = (try await acme.confidentialClient(), try await acme.api())
        func ask(_ audience: String, _ scope: String = "") async throws -> Answer {
            try await acme.token([
                "grant_type": "client_credentials", "client_id": client.clientID, "client_secret": client.secret,
                "audience": audience, "scope": scope,
            ])
        }
        #expect(try await ask("")["error_description"] == "Non-global clients are not allowed access to APIv1")
        #expect(try await ask("urn:x")["error_description"] == "Service not enabled within domain: urn:x")
        let ungranted = try await ask("https://acme.auth0.com/api/v2/")
        #expect(ungranted.status == 403)
        #expect(ungranted["error_description"]?.hasPrefix("Client is not authorized to access \"https://acme") == true)
        try await acme.grant(client, api, scope: ["read:things"])
        let answer = try await ask(api.identifier, "read:things write:things")
        #expect(answer["scope"] == "read:things")
        let token = try JSONWebToken(parsing: #require(answer["access_token"]))
        try await token.verify(by: acme.shard.signingKeys())
        #expect(token.claims["sub"]?.string == client.clientID + "@clients")
        #expect(token.claims["gty"] == "client-credentials")
        #expect(token.claims["aud"]?.string == api.identifier)
        #expect(try await acme.userInfo(#require(answer["access_token"])).status == 401)
        #expect(try await acme.events() == ["feccft", "feccft", "feccft", "seccft"])
    }

    @Test("T24: grants that are unknown, or not the client's, are refused")
    func grantTypes() async throws {
        let acme = try await TokenFixture()
        let client = try await acme.client(["grant_types": ["implicit"]])
        #expect(try await acme.token(["client_id": client.clientID])["error"] == "invalid_request")
        let unknown = try await acme.token(["client_id": client.clientID, "grant_type": "urn:x"])
        #expect(unknown.status == 400)
        #expect(unknown["error"] == "unsupported_grant_type")
        let barred = try await acme.redeem("code", client)
        #expect(barred.status == 403)
        #expect(barred["error"] == "unauthorized_client")
        #expect(
            barred["error_description"] == "Grant type 'authorization_code' not allowed for the client.")
    }

    @Test("P13: other methods get 405 and the list of those there are")
    func methodNotAllowed() async throws {
        let acme = try await TokenFixture()
        let answer = try await acme.send(.get, "/oauth/token")
        #expect(answer.status == 405)
        #expect(answer.headers[.allow] == "POST, OPTIONS")
        #expect(try await acme.send(.delete, "/userinfo").headers[.allow] == "GET, HEAD, POST, OPTIONS")
    }
}

extension HTTPFields {
    fileprivate func adding(_ authorization: String) -> HTTPFields {
        var fields = self
        fields[.authorization] = authorization
        return fields
    }
}
