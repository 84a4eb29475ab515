import HTTPTypes
import OpenSSL
import StrictJSON
import Tenancy
import TenantHTTP
import TenantTesting
import Testing
import WebAddresses

@testable import Authentication

@Suite("Legacy token endpoints")
struct LegacyEndpointTests {
    private static let prefix = "http://auth0.com/oauth/legacy/grant-type/"
    private static let jwtBearer = "urn:ietf:params:oauth:grant-type:jwt-bearer"
    private static let old: JSONObject = [
        "oidc_conformant": false,
        "grant_types": [
            "refresh_token", .string(prefix + "ro"), .string(prefix + "ro/jwt-bearer"),
            .string(prefix + "delegation/id_token"), .string(prefix + "delegation/refresh_token"),
            .string(prefix + "access_token"),
        ],
    ]

    private struct Setting {
        let tenant: TokenFixture
        let client: Client
        let jane: User

        init(_ document: JSONObject = [:]) async throws {
            tenant = try await TokenFixture()
            client = try await tenant.spa(old.merging(deep: document))
            jane = try await tenant.member()
        }

        func post(_ path: String, _ body: JSONObject) async throws -> Answer {
            try await tenant.send(
                .post, path, headers: [.contentType: "application/json"], body: JSON.object(body).text())
        }

        func ro(_ changes: JSONObject = [:], client other: Client? = nil) async throws -> Answer {
            var body: JSONObject = [
                "client_id": .string((other ?? client).clientID), "username": "jane@example.com",
                "password": .string(TokenFixture.password), "connection": .string(Connection.defaultDatabaseName),
                "grant_type": "password", "scope": "openid name offline_access",
            ]
            for (name, value) in changes { body[name] = value }
            return try await post("/oauth/ro", body)
        }

        func delegate(_ changes: JSONObject) async throws -> Answer {
            let body: JSONObject = [
                "client_id": .string(client.clientID), "grant_type": .string(jwtBearer), "scope": "openid",
            ]
            return try await post("/delegation", body.merging(deep: changes))
        }

        func setFlags(_ flags: JSONObject) async throws {
            try await tenant.shard.write { db in
                var settings = try #require(try db.settings.load()).document
                settings["flags"] = .object(flags)
                try db.settings.save(settings)
            }
        }

        func claims(_ token: String?) throws -> JSONObject { try JSONWebToken(parsing: try #require(token)).claims }
    }

    @Test("/oauth/ro gives the tokens of the era, a refresh token only for a device")
    func resourceOwner() async throws {
        let setting = try await Setting()
        let answer = try await setting.ro()
        #expect(answer.status == 200 && answer["token_type"] == "bearer")
        #expect(answer.json["expires_in"] == nil && answer["refresh_token"] == nil)
        let claims = try setting.claims(answer["id_token"])
        #expect(claims["sub"]?.string == setting.jane.userID && claims["name"] == "jane@example.com")
        #expect(try await setting.tenant.userInfo(answer["access_token"] ?? "").status == 200)
        #expect(try await setting.ro(["device": "phone"])["refresh_token"] != nil)
        #expect(try await setting.ro(["scope": .null])["id_token"] == nil)
        #expect(try await setting.tenant.events() == ["depnote", "s", "s", "s"])
    }

    @Test("/oauth/ro refuses as the contract says")
    func resourceOwnerRefusals() async throws {
        let setting = try await Setting()
        try await setting.tenant.member("blocked@example.com", ["blocked": true])
        func refused(_ changes: JSONObject, _ status: Int, _ error: String, _ text: String) async throws {
            let answer = try await setting.ro(changes)
            #expect(answer.status == status && answer["error"] == error, "\(changes)")
            #expect(answer["error_description"] == text)
        }
        for name in ["username", "password", "connection", "client_id"] {
            try await refused([name: .null], 400, "invalid_request", "missing \(name) parameter")
        }
        try await refused(["scope": 7], 400, "invalid_request", "scope parameter must be a string")
        try await refused(["connection": "nowhere"], 400, "invalid_request", "the connection was not found")
        try await refused(["client_id": "nobody"], 403, "unauthorized_client", "invalid client")
        try await refused(["password": "x"], 401, "invalid_user_password", "Wrong email or password.")
        try await refused(["username": "zoe@example.com"], 401, "invalid_user_password", "Wrong email or password.")
        try await refused(["username": "blocked@example.com"], 401, "unauthorized", "user is blocked")
        #expect(try await setting.ro(["a.b": "c"])["error_description"]?.hasPrefix("Fields with") == true)
        #expect(try await setting.tenant.events() == ["f", "fp", "fu"])
        #expect(try await setting.tenant.history(of: "jane@example.com") == ["fp"])
        #expect(try await setting.tenant.history(of: "blocked@example.com") == ["f"])
    }

    @Test("an id_token of before gives new tokens for a named device")
    func resourceOwnerByToken() async throws {
        let setting = try await Setting()
        let token = try #require(try await setting.ro()["id_token"])
        let body: JSONObject = ["grant_type": .string(Self.jwtBearer), "id_token": .string(token), "device": "phone"]
        #expect(try await setting.ro(body)["id_token"] != nil)
        #expect(try await setting.ro(body.merging(deep: ["device": .null])).status == 400)
        let other = try await setting.tenant.spa(Self.old)
        #expect(try await setting.ro(body, client: other)["error"] == "invalid_grant")
        setting.tenant.service.time.advance(seconds: 36_001)
        #expect(try await setting.ro(body)["error"] == "invalid_grant")
    }

    @Test("T33 OIDC-conformant clients, clients without the grant and tenants that switched it off are refused")
    func gates() async throws {
        let setting = try await Setting()
        let conformant = try await setting.tenant.spa(Self.old.merging(deep: ["oidc_conformant": true]))
        let without = try await setting.tenant.spa(["oidc_conformant": false])
        let token = try #require(try await setting.ro()["id_token"])
        for (path, changes) in [
            ("/oauth/ro", [:] as JSONObject), ("/oauth/ro", ["grant_type": .string(Self.jwtBearer)]),
            ("/delegation", ["grant_type": .string(Self.jwtBearer), "id_token": .string(token)]),
            ("/delegation", ["grant_type": .string(Self.jwtBearer), "refresh_token": "x"]),
            ("/oauth/access_token", ["access_token": "x"]),
        ] {
            let body = (["grant_type": "password", "connection": "x", "username": "u", "password": "p"] as JSONObject)
                .merging(deep: changes)
            let disabled = try await setting.post(
                path, body.merging(deep: ["client_id": .string(conformant.clientID)]))
            #expect(disabled.status == 404 && disabled["error"] == "endpoint_disabled", "\(path)")
            let refused = try await setting.post(path, body.merging(deep: ["client_id": .string(without.clientID)]))
            #expect(refused.status == 403 && refused["error"] == "unauthorized_client", "\(path)")
        }
        try await setting.setFlags([
            "allow_legacy_ro_grant_types": false, "allow_legacy_delegation_grant_types": false,
            "allow_legacy_tokeninfo_endpoint": false,
        ])
        #expect(try await setting.ro().status == 404)
        #expect(try await setting.delegate(["id_token": .string(token)]).status == 404)
        #expect(try await setting.post("/tokeninfo", ["id_token": .string(token)]).status == 404)
    }

    @Test("the tenant is reminded once a client and day")
    func deprecation() async throws {
        let setting = try await Setting()
        for _ in 0..<3 { _ = try await setting.ro() }
        #expect(try await setting.tenant.events().filter { $0 == "depnote" }.count == 1)
        setting.tenant.service.time.advance(seconds: 86_400)
        _ = try await setting.ro()
        #expect(try await setting.tenant.events().filter { $0 == "depnote" }.count == 2)
    }

    // MARK: Delegation

    @Test("a delegated token is the target's: its audience, its key, its lifetime, and who asked")
    func delegation() async throws {
        let setting = try await Setting()
        let target = try await setting.tenant.spa(
            Self.old.merging(deep: ["jwt_configuration": ["lifetime_in_seconds": 600, "alg": "HS256"]]))
        let tokens = try await setting.ro(["device": "phone"])
        for proof in ["id_token", "refresh_token"] {
            let answer = try await setting.delegate([
                proof: .string(try #require(tokens[proof])), "target": .string(target.clientID), "api_type": "app",
                "scope": "openid email",
            ])
            #expect(answer.status == 200 && answer["token_type"] == "Bearer" && answer.json["expires_in"] == 600)
            let token = try JSONWebToken(parsing: try #require(answer["id_token"]))
            try token.verify(hs256: target.hs256Key)
            #expect(token.claims["aud"]?.string == target.clientID)
            #expect(token.claims["azp"]?.string == setting.client.clientID)
            #expect(token.claims["sub"]?.string == setting.jane.userID && token.claims["email"] != nil)
            #expect(token.claims["exp"]?.int == Int(setting.tenant.shard.now.seconds) + 600)
        }
        #expect(try await setting.tenant.events() == ["depnote", "s", "sd", "sd"])
    }

    @Test("passthrough keeps what the token says of the user and nothing of its own claims")
    func passthrough() async throws {
        let setting = try await Setting()
        let token = try #require(try await setting.ro()["id_token"])
        let answer = try await setting.delegate(["id_token": .string(token), "scope": "passthrough"])
        let claims = try setting.claims(answer["id_token"])
        #expect(claims["name"] == "jane@example.com" && claims["at_hash"] == nil)
        #expect(claims["azp"]?.string == setting.client.clientID)
    }

    @Test("R4 what a token says of rights, organizations, actors and the login itself is not passed through")
    func reservedClaims() async throws {
        let setting = try await Setting(["jwt_configuration": ["alg": "HS256"]])
        let now = Int(setting.tenant.shard.now.seconds)
        let reserved = [
            "org_id", "org_name", "permissions", "amr", "acr", "auth_time", "sid", "cnf", "scope", "scopes", "gty",
            "client_id", "nonce", "jti", "nbf", "events", "may_act", "authorization_details", "_claim_sources",
            "urn:gatehouse:session",
        ]
        // The client knows the secret that signs its tokens.
        var claims: JSONObject = [
            "iss": "https://acme.auth0.com/", "aud": .string(setting.client.clientID), "azp": "somebody",
            "sub": .string(setting.jane.userID), "iat": .int(now), "exp": .int(now + 600), "locale": "en",
            "https://acme.example/plan": "gold",
        ]
        for name in reserved { claims[name] = "forged" }
        let token = JSONWebToken.signed(claims, hs256: setting.client.hs256Key)
        let answer = try await setting.delegate(["id_token": .string(token), "scope": "passthrough"])
        #expect(answer.status == 200, "\(answer.text)")
        let passed = try setting.claims(answer["id_token"])
        for name in reserved { #expect(passed[name] == nil, "\(name)") }
        #expect(passed["azp"]?.string == setting.client.clientID)
        #expect(passed["locale"] == "en" && passed["https://acme.example/plan"] == "gold")
    }

    @Test("T33 a token that was passed on never looks like a login at the client it is for")
    func chain() async throws {
        // Signed by the tenant: what a client signs by its secret proves nothing of its maker.
        let signed: JSONObject = ["jwt_configuration": ["alg": "RS256"]]
        let setting = try await Setting(signed)
        let middle = try await setting.tenant.spa(Self.old.merging(deep: signed))
        let own = JSON.string(try #require(try await setting.ro()["id_token"]))
        let passedOn = try await setting.delegate(["id_token": own, "target": .string(middle.clientID)])
        let again = try await setting.delegate([
            "client_id": .string(middle.clientID), "id_token": .string(try #require(passedOn["id_token"])),
            "target": .string(middle.clientID),
        ])
        #expect(again.status == 200, "\(again.text)")
        let claims = try setting.claims(again["id_token"])
        #expect(claims["aud"]?.string == middle.clientID && claims["azp"]?.string == setting.client.clientID)
        let text = try #require(again["id_token"])
        let proof = try await IDTokenProof(text, issuer: "https://acme.auth0.com/", in: setting.tenant.shard)
        #expect(proof?.isDelegated == true)
    }

    @Test("T33 a target that lists other clients, and an OIDC-conformant one, are out of reach")
    func targets() async throws {
        let setting = try await Setting()
        let token = JSON.string(try #require(try await setting.ro()["id_token"]))
        func delegate(to document: JSONObject) async throws -> Answer {
            let target = try await setting.tenant.spa(Self.old.merging(deep: document))
            return try await setting.delegate(["id_token": token, "target": .string(target.clientID)])
        }
        #expect(try await delegate(to: ["allowed_clients": ["other"]]).status == 403)
        #expect(try await delegate(to: ["oidc_conformant": true])["error"] == "access_denied")
        #expect(try await delegate(to: ["organization_usage": "require"])["error"] == "invalid_request")
        #expect(try await delegate(to: ["allowed_clients": [.string(setting.client.clientID)]]).status == 200)
        #expect(try await setting.delegate(["id_token": token, "target": "nobody"]).status == 400)
        #expect(try await setting.tenant.events().filter { $0 == "fd" }.count == 4)
    }

    @Test("T33 what a client could have written itself does not come back under the tenant's key")
    func selfSignedProof() async throws {
        let setting = try await Setting(["jwt_configuration": ["alg": "HS256"]])
        func target(_ algorithm: String) async throws -> Client {
            try await setting.tenant.spa(Self.old.merging(deep: ["jwt_configuration": ["alg": .string(algorithm)]]))
        }
        let (secret, key) = (try await target("HS256"), try await target("RS256"))
        let now = Int(setting.tenant.shard.now.seconds)
        let written = JSONWebToken.signed(
            [
                "iss": "https://acme.auth0.com/", "aud": .string(setting.client.clientID),
                "sub": .string(setting.jane.userID), "iat": .int(now), "exp": .int(now + 600),
            ], hs256: setting.client.hs256Key)
        let issued = try #require(try await setting.ro()["id_token"])
        for token in [written, issued] {
            let refused = try await setting.delegate([
                "id_token": .string(token), "target": .string(key.clientID),
            ])
            #expect(refused.status == 400 && refused["error"] == "invalid_grant", "\(refused.text)")
            #expect(refused["error_description"] == "invalid id_token" && refused["id_token"] == nil)
        }
        #expect(try await setting.tenant.events().filter { $0 == "fd" }.count == 2)
        // From secret to secret it stays as it was, and what the tenant's key has signed leads anywhere.
        let proof: JSONObject = ["id_token": .string(issued)]
        #expect(
            try await setting.delegate(proof.merging(deep: ["target": .string(secret.clientID)])).status == 200)
        let signed = JSON.string(try #require(try await setting.ro(client: key)["id_token"]))
        for target in [secret, key] {
            let answer = try await setting.delegate([
                "client_id": .string(key.clientID), "id_token": signed, "target": .string(target.clientID),
            ])
            #expect(answer.status == 200, "\(answer.text)")
        }
    }

    @Test("delegation takes one proof, of this client, and makes only its own tokens")
    func delegationRefusals() async throws {
        let setting = try await Setting()
        let token = JSON.string(try #require(try await setting.ro()["id_token"]))
        #expect(try await setting.delegate([:]).status == 400)
        #expect(try await setting.delegate(["id_token": token, "refresh_token": "x"]).status == 400)
        #expect(try await setting.delegate(["id_token": token, "api_type": "aws"])["error"] == "invalid_request")
        #expect(try await setting.delegate(["id_token": "a.b.c"])["error"] == "invalid_grant")
        #expect(try await setting.delegate(["refresh_token": "x"])["error"] == "invalid_grant")
        let other = try await setting.tenant.spa(Self.old)
        let foreign = try await setting.ro(client: other)["id_token"]
        #expect(try await setting.delegate(["id_token": .string(foreign ?? "")])["error"] == "invalid_grant")
        let forged = JSONWebToken.signed(
            [
                "iss": "https://acme.auth0.com/", "aud": .string(setting.client.clientID), "iat": 1_700_000_000,
                "exp": 9_999_999_999,
                "sub": .string(setting.jane.userID),
            ], hs256: Array("guess".utf8))
        #expect(try await setting.delegate(["id_token": .string(forged)])["error"] == "invalid_grant")
    }

    // MARK: The others

    @Test("L12 an id_token of before a new password or a block proves nothing, nor after the block's end")
    func endedProof() async throws {
        let setting = try await Setting()
        let token = try #require(try await setting.ro()["id_token"])
        #expect(try await setting.delegate(["id_token": .string(token)]).status == 200)
        setting.tenant.service.time.advance(seconds: 2)
        try await setting.tenant.endLogins(of: setting.jane)
        #expect(try await setting.delegate(["id_token": .string(token)])["error"] == "invalid_grant")
        let device: JSONObject = ["grant_type": .string(Self.jwtBearer), "id_token": .string(token), "device": "phone"]
        #expect(try await setting.ro(device)["error"] == "invalid_grant")
        #expect(try await setting.post("/tokeninfo", ["id_token": .string(token)]).status >= 400)
        let fresh = try #require(try await setting.ro()["id_token"])
        #expect(try await setting.delegate(["id_token": .string(fresh)]).status == 200)
    }

    @Test("delegation leads to no client the user could not have logged in to")
    func unreachableTargets() async throws {
        let setting = try await Setting()
        let token = try #require(try await setting.ro()["id_token"])
        // A client of its own, without the user's connection.
        let closed = try await setting.tenant.client(Self.old)
        let body: JSONObject = ["id_token": .string(token), "target": .string(closed.clientID)]
        #expect(try await setting.delegate(body).status == 403)
        let open = try await setting.tenant.spa(Self.old)
        let allowed: JSONObject = ["id_token": .string(token), "target": .string(open.clientID)]
        #expect(try await setting.delegate(allowed).status == 200)
        try await setting.tenant.shard.write {
            try $0.settings.save(SecondFactorSettings(factors: [.otp], asksForAllApplications: true))
        }
        #expect(try await setting.delegate(allowed).status >= 400)
    }

    @Test("/public/api tells pages of old clients whether a password is right, as every login does, and no more")
    func publicAPI() async throws {
        let setting = try await Setting()
        let path = "/public/api/users/validate_userpassword"
        func validate(_ password: String, _ client: Client? = nil) async throws -> Answer {
            try await setting.post(
                path,
                [
                    "client_id": .string((client ?? setting.client).clientID), "username": "jane@example.com",
                    "connection": .string(Connection.defaultDatabaseName), "password": .string(password),
                ])
        }
        #expect(try await validate(TokenFixture.password).status == 200)
        #expect(try await validate("x").status == 404)
        for _ in 0..<9 { _ = try await validate("x") }
        #expect(try await validate(TokenFixture.password).status == 429)
        let conformant = try await setting.tenant.spa()
        #expect(try await validate("x", conformant)["error"] == "endpoint_disabled")
        let listed = try await setting.tenant.send(.get, "/public/api/\(setting.client.clientID)/connections")
        #expect(listed.json.array?.first?["name"]?.string == Connection.defaultDatabaseName)
        #expect(listed.json.array?.first?["strategy"] == "auth0" && listed.json.array?.first?["options"] == nil)
        #expect(
            try await setting.tenant.send(.get, "/public/api/\(conformant.clientID)/connections").status == 404)
        #expect(try await setting.tenant.send(.get, "/public/api/nobody/connections").status == 403)
    }

    @Test("/tokeninfo shows the whole profile, and no token of a provider")
    func tokenInfo() async throws {
        let setting = try await Setting()
        let token = JSON.string(try #require(try await setting.ro()["id_token"]))
        try await setting.tenant.shard.write { db in
            let jane = try #require(try db.users.find(setting.jane.userID))
            var document = jane.document
            document["app_metadata"] = ["plan": "gold", "email": "other@example.com"]
            document["identities"] = [["provider": "auth0", "user_id": "1", "access_token": "secret"]]
            try db.users.update(jane.replacing(document: document, updatedAt: jane.updatedAt))
        }
        let answer = try await setting.post("/tokeninfo", ["id_token": token])
        #expect(answer.status == 200 && answer["user_id"] == setting.jane.userID)
        #expect(answer["plan"] == "gold" && answer["email"] == "jane@example.com")
        #expect(answer["clientID"] == setting.client.clientID && answer["global_client_id"] != nil)
        #expect(!answer.text.contains("secret"))
        #expect(try await setting.post("/tokeninfo", [:]).status == 400)
        #expect(try await setting.post("/tokeninfo", ["id_token": "a.b.c"]).status == 401)
    }

    @Test("T33 /tokeninfo is closed to the tokens of OIDC-conformant clients")
    func tokenInfoConformant() async throws {
        let setting = try await Setting(["oidc_conformant": true, "jwt_configuration": ["alg": "HS256"]])
        let token = JSONWebToken.signed(
            [
                "iss": "https://acme.auth0.com/", "aud": .string(setting.client.clientID), "iat": 1_700_000_000,
                "exp": 9_999_999_999,
                "sub": .string(setting.jane.userID),
            ], hs256: setting.client.hs256Key)
        #expect(try await setting.post("/tokeninfo", ["id_token": .string(token)])["error"] == "endpoint_disabled")
    }

    @Test("/oauth/access_token answers for connections that lead nowhere yet")
    func socialToken() async throws {
        let setting = try await Setting()
        func post(_ changes: JSONObject) async throws -> Answer {
            try await setting.post(
                "/oauth/access_token",
                (["client_id": .string(setting.client.clientID), "access_token": "x"] as JSONObject)
                    .merging(deep: changes))
        }
        #expect(try await post(["access_token": .null])["error_description"] == "missing access_token parameter")
        #expect(try await post(["connection": "facebook"])["error_description"] == "the connection was not found")
        let database = try await post(["connection": .string(Connection.defaultDatabaseName)])
        #expect(database["error_description"] == "specified strategy does not support requested operation")
    }

    @Test("/unlink detaches an identity, which becomes a user of its own; the main one stays")
    func unlink() async throws {
        let setting = try await Setting()
        let token = JSON.string(try #require(try await setting.ro()["access_token"]))
        let now = setting.tenant.shard.now
        let github = User(
            userID: "github|7", connection: "github",
            document: [
                "name": "Jane of GitHub",
                "identities": [["provider": "github", "user_id": "7", "connection": "github", "isSocial": true]],
            ], createdAt: now, updatedAt: now)
        try await setting.tenant.shard.write { db in
            try db.users.insert(github, passwordHash: nil)
            let jane = try #require(try db.users.find(setting.jane.userID))
            _ = try db.linkedIdentities.link(github.userID, to: jane, at: now)
        }
        let main = try await setting.post("/unlink", ["access_token": token, "user_id": .string(setting.jane.userID)])
        #expect(main.status == 400)
        #expect(try await setting.post("/unlink", ["access_token": "x", "user_id": "github|7"]).status == 401)
        #expect(try await setting.post("/login/unlink", ["access_token": token, "user_id": "github|7"]).status == 200)
        // Whoever came in by it is somebody else now, so the token of before is worth nothing.
        #expect(try await setting.post("/unlink", ["access_token": token, "user_id": "github|7"]).status == 401)
        setting.tenant.service.time.advance(seconds: 1)
        let again = JSON.string(try #require(try await setting.ro()["access_token"]))
        #expect(try await setting.post("/unlink", ["access_token": again, "user_id": "github|7"]).status == 400)
        #expect(try await setting.post("/unlink", ["access_token": again, "user_id": "github"]).status == 400)
        let (jane, detached) = try await setting.tenant.shard.read { db in
            (try db.users.find(setting.jane.userID), try db.users.find("github|7"))
        }
        #expect(jane?.document["identities"]?.array?.count == 1)
        #expect(detached?.name == "Jane of GitHub")
    }

    @Test("L15 what logs an unlinked identity in leads to the user it was linked to no more")
    func unlinkedPassword() async throws {
        let setting = try await Setting()
        let tenant = setting.tenant
        let john = try await tenant.member("john@example.com")
        let now = tenant.shard.now
        let passkey = Passkey(
            credentialID: [1], userID: setting.jane.userID, relyingParty: "acme.auth0.com",
            publicKey: try PrivateKey.generate(for: .es256).publicKey, signCount: 0, createdAt: now)
        try await tenant.shard.write { db in
            let jane = try #require(try db.users.find(setting.jane.userID))
            _ = try db.linkedIdentities.link(john.userID, to: jane, at: now)
            #expect(try db.passkeys.insert(passkey))
        }
        func subject() async throws -> String? {
            try setting.claims(try await setting.ro(["username": "john@example.com"])["id_token"])["sub"]?.string
        }
        #expect(try await subject() == setting.jane.userID)
        let tokens = try await setting.ro(["device": "phone", "username": "john@example.com"])
        let token = JSON.string(try #require(try await setting.ro()["access_token"]))
        #expect(
            try await setting.post("/unlink", ["access_token": token, "user_id": .string(john.userID)]).status == 200)
        tenant.service.time.advance(seconds: 1)
        #expect(try await subject() == john.userID)
        let renewal: JSONObject = ["refresh_token": .string(try #require(tokens["refresh_token"]))]
        #expect(try await setting.delegate(renewal)["error"] == "invalid_grant")
        #expect(try await tenant.shard.read { try $0.passkeys.list(of: setting.jane.userID) }.isEmpty)
    }

    // MARK: JSONP

    @Test("T33 JSONP is off by default; switched on, it takes a name and nothing else")
    func jsonp() async throws {
        let setting = try await Setting()
        let query =
            "client_id=\(setting.client.clientID)&username=jane%40example.com&password=x"
            + "&connection=\(Connection.defaultDatabaseName)&grant_type=password"
        #expect(try await setting.tenant.send(.get, "/oauth/ro?cbx=fn&\(query)").status == 405)
        try await setting.setFlags(["enable_jsonp": true])
        let answer = try await setting.tenant.send(.get, "/oauth/ro?cbx=a.b_1&\(query)")
        #expect(answer.status == 200)
        #expect(answer.text.hasPrefix("/**/a.b_1({\"status\":401,\"error\":\"invalid_user_password\""))
        #expect(answer.headers[.contentType]?.hasPrefix("application/javascript") == true)
        for name in ["alert(1)//", "", "a-b", "%3Cscript%3E", "a%0Ab", "é"] {
            #expect(try await setting.tenant.send(.get, "/oauth/ro?cbx=\(name)&\(query)").status == 400)
        }
        #expect(try await setting.tenant.send(.get, "/oauth/ro?\(query)").status == 405)
        // What a cookie decides is told to the tenant's own clients' pages alone.
        for (page, isTold) in [("https://\(setting.tenant.domain)/login", true), ("https://evil.example/", false)] {
            let sso = try await setting.tenant.send(.get, "/user/ssodata?cbx=fn", headers: [.referer: page])
            #expect((sso.text == "/**/fn({\"status\":200,\"sso\":false});") == isTold, "\(page): \(sso.text)")
        }
        #expect(try await setting.tenant.send(.get, "/user/ssodata?cbx=fn").status == 403)
    }
}
