import HTTPTypes
import StrictJSON
import Tenancy
import Testing

@testable import Management

@Suite("A user's id_token at the Management API")
struct CurrentUserTokenTests {
    /// A tenant that takes id_tokens, with an application and a user of it.
    private struct World {
        let tenant: TestTenant
        let client: String
        let jane: String

        init(isOn: Bool = true) async throws {
            tenant = try await TestTenant()
            client = try await tenant.makeClient("App", Self.signingByTenantKey)
            jane = try await tenant.makeUser("jane@x.example")
            guard isOn else { return }
            try await turnOn()
            // Whatever was done to the account lies behind the login.
            tenant.wait(seconds: 5)
        }

        static let signingByTenantKey: JSONObject = [
            "oidc_conformant": true, "jwt_configuration": ["alg": "RS256"],
        ]

        func turnOn() async throws {
            let reply = try await tenant.send(
                .patch, "/tenants/settings", ["flags": ["enable_idtoken_api2": true]])
            #expect(reply.status == 200)
        }

        /// The claims a login leaves with the application.
        func claims(of user: String? = nil, changes: JSONObject = [:]) -> JSONObject {
            let now = Int(tenant.shard.now.seconds)
            var claims: JSONObject = [
                "iss": .string("https://\(tenant.domain)/"), "sub": .string(user ?? jane), "aud": .string(client),
                "iat": .int(now), "exp": .int(now + 36_000),
            ]
            for (name, value) in changes { claims[name] = value }
            return claims
        }

        func idToken(of user: String? = nil, changes: JSONObject = [:], type: String = "JWT") async throws -> String {
            let key = try await tenant.shard.signingKeys().current
            return try JSONWebToken.signed(claims(of: user, changes: changes), by: key, type: type)
        }

        func send(
            _ method: HTTPRequest.Method, _ path: String, _ body: JSON? = nil, by token: String
        ) async throws -> TestTenant.Reply {
            try await tenant.send(method, path, body, authorization: ["Bearer \(token)"])
        }

        func isRefused(_ token: String) async throws -> Bool {
            let reply = try await send(.get, "/users/\(jane)", by: token)
            return reply.status == 401 && reply.message == "Invalid token"
        }
    }

    @Test("it opens nothing while the tenant's flag is off, which it is at first")
    func flag() async throws {
        let world = try await World(isOn: false)
        let token = try await world.idToken()
        #expect(try await world.isRefused(token))
        try await world.turnOn()
        #expect(try await world.send(.get, "/users/\(world.jane)", by: token).status == 200)
    }

    @Test("M5: its user reads themselves and writes their own metadata, and the audit trail says who it was")
    func ownUser() async throws {
        let world = try await World()
        let john = try await world.tenant.makeUser("john@x.example")
        let token = try await world.idToken(changes: ["jti": "named by a rule"])
        #expect(try await world.send(.get, "/users/\(world.jane)", by: token).body["email"] == "jane@x.example")
        let changed = try await world.send(
            .patch, "/users/\(world.jane)", ["user_metadata": ["colour": "blue"]], by: token)
        #expect(changed.status == 200 && changed.body.at("user_metadata", "colour") == "blue")

        let event = try #require(try await world.tenant.lastEvent("sapi"))
        #expect(event["client_id"]?.string == world.client && event["client_name"] == "App")
        let auth = try #require(event["details"]?.at("request", "auth"))
        #expect(auth.at("user", "user_id")?.string == world.jane)
        #expect(auth.at("credentials", "jti") == "named by a rule")
        let scopes = auth.at("credentials", "scopes")?.array?.compactMap(\.string)
        #expect(scopes == SystemScopes.currentUser.sorted())
        #expect(!JSON.object(event).text().contains(token))

        for body in [["app_metadata": ["a": 1]], ["blocked": true], ["email": "x@x.example"]] as [JSON] {
            #expect(try await world.send(.patch, "/users/\(world.jane)", body, by: token).status == 403)
        }
        for path in ["/users/\(john)", "/users", "/clients", "/users/\(world.jane)/enrollments"] {
            #expect(try await world.send(.get, path, by: token).status == 403, "\(path)")
        }
        let other = try await world.send(.patch, "/users/\(john)", ["user_metadata": ["a": 1]], by: token)
        #expect(other.status == 403)
        #expect(try await world.send(.delete, "/users/\(world.jane)", by: token).status == 403)
    }

    @Test("its scopes are its own affair: what it says of them adds nothing")
    func claimedScopes() async throws {
        let world = try await World()
        let token = try await world.idToken(changes: ["scope": "read:users update:users read:clients"])
        #expect(try await world.send(.get, "/users", by: token).status == 403)
        #expect(try await world.send(.get, "/clients", by: token).status == 403)
    }

    @Test("its user registers and removes devices of their own, and links an account they prove to own")
    func devicesAndIdentities() async throws {
        let world = try await World()
        let token = try await world.idToken()
        let device: JSON = ["device_name": "phone", "type": "public_key", "value": "key", "device_id": "1"]
        let made = try await world.send(.post, "/device-credentials", device, by: token)
        #expect(made.status == 201, "\(made.body)")
        let listed = try await world.tenant.send(.get, "/device-credentials?type=public_key").body.array
        #expect(listed?.map { $0["user_id"]?.string } == [world.jane])
        #expect(listed?.map { $0["client_id"]?.string } == [world.client])
        let id = try #require(made.body["id"]?.string)
        #expect(try await world.send(.delete, "/device-credentials/\(id)", by: token).status == 204)
        #expect(try await world.tenant.send(.get, "/device-credentials?type=public_key").body == [])

        let second = try await world.tenant.makeUser("second@x.example")
        let path = "/users/\(world.jane)/identities"
        let unproven = try await world.send(
            .post, path, ["provider": "auth0", "user_id": .string(second)], by: token)
        #expect(unproven.status == 403)
        world.tenant.wait(seconds: 5)
        let proof = try await world.idToken(of: second)
        let linked = try await world.send(.post, path, ["link_with": .string(proof)], by: token)
        #expect(linked.status == 201 && linked.body.array?.count == 2, "\(linked.body)")
    }

    @Test("T21: no other token passes for one")
    func otherTokens() async throws {
        let world = try await World()
        let changes: [JSONObject] = [
            // Delegated by another client.
            ["azp": .string(world.tenant.managementClient.clientID)],
            // Somebody who acts as the user, and an impersonator.
            ["act": ["sub": "auth0|admin"]], ["impersonated": true],
            // An access token for an API that is called like the client.
            ["urn:gatehouse:family": "f"],
            // Bound to a key that nobody has proven.
            ["cnf": ["jkt": "x"]],
            ["aud": [.string(world.client)]], ["aud": "https://api.example.com/"], ["aud": "unknown"],
            ["iss": "https://other.localhost:8443/"],
            ["sub": "auth0|unknown"], ["sub": .string("\(world.client)@clients")],
        ]
        for change in changes {
            #expect(try await world.isRefused(try await world.idToken(changes: change)), "\(change)")
        }
        for type in ["logout+jwt", "at+jwt", "secevent+jwt"] {
            #expect(try await world.isRefused(try await world.idToken(type: type)), "\(type)")
        }
        let expired = try await world.idToken(changes: ["exp": .int(Int(world.tenant.shard.now.seconds))])
        let reply = try await world.send(.get, "/users/\(world.jane)", by: expired)
        #expect(reply.status == 401 && reply.message == "Expired token received for JSON Web Token validation")
        #expect(try await world.isRefused(try await world.idToken()) == false)
    }

    @Test("one that a client's secret signs opens nothing: whoever knows the secret could have written it")
    func secretSigned() async throws {
        let world = try await World()
        let tenant = world.tenant
        let id = try await tenant.makeClient("Old", ["jwt_configuration": ["alg": "HS256"]])
        let client = try #require(try await tenant.shard.client(id))
        let claims = world.claims(changes: ["aud": .string(id)])
        #expect(try await world.isRefused(JSONWebToken.signed(claims, hs256: client.hs256Key)))
        // Nor does the tenant's key stand in for the secret.
        #expect(try await world.isRefused(try await world.idToken(changes: ["aud": .string(id)])))
    }

    @Test("what an application of others was told of its users opens no account here")
    func thirdParty() async throws {
        let world = try await World()
        let id = try await world.tenant.makeClient(
            "Theirs", World.signingByTenantKey.merging(deep: ["is_first_party": false]))
        #expect(try await world.isRefused(try await world.idToken(changes: ["aud": .string(id)])))
    }

    @Test("L12: a block ends it, and unblocking does not bring it back")
    func block() async throws {
        let world = try await World()
        let token = try await world.idToken()
        world.tenant.wait(seconds: 5)
        let path = "/users/\(world.jane)"
        #expect(try await world.tenant.send(.patch, path, ["blocked": true]).status == 200)
        #expect(try await world.isRefused(token))
        // Not even one that was signed a moment later.
        #expect(try await world.isRefused(try await world.idToken(changes: ["nonce": "n"])))
        #expect(try await world.tenant.send(.patch, path, ["blocked": false]).status == 200)
        #expect(try await world.isRefused(token))
        world.tenant.wait(seconds: 5)
        #expect(try await world.send(.get, path, by: try await world.idToken()).status == 200)
    }

    @Test("a blacklisted one is worth nothing, and neither are those of a deleted client or user")
    func worthless() async throws {
        let world = try await World()
        let token = try await world.idToken(changes: ["jti": "1"])
        #expect(try await world.isRefused(token) == false)
        let (client, now) = (world.client, world.tenant.shard.now)
        try await world.tenant.shard.write { try $0.blacklistedTokens.add("1", audience: client, at: now) }
        #expect(try await world.isRefused(token))
        #expect(try await world.isRefused(try await world.idToken(changes: ["jti": "2"])) == false)

        let john = try await world.tenant.makeUser("john@x.example")
        let theirs = try await world.idToken(of: john)
        #expect(try await world.send(.get, "/users/\(john)", by: theirs).status == 200)
        #expect(try await world.tenant.send(.delete, "/users/\(john)").status == 204)
        #expect(try await world.send(.get, "/users/\(john)", by: theirs).status == 401)
        #expect(try await world.tenant.send(.delete, "/clients/\(world.client)").status == 204)
        #expect(try await world.isRefused(try await world.idToken()))
    }
}
