import StrictJSON
import Tenancy
import Testing

@testable import Authentication

@Suite("The password grants")
struct TokenPasswordGrantTests {
    private static let realm = Connection.defaultDatabaseName

    private func tenant() async throws -> (TokenFixture, Client) {
        let acme = try await TokenFixture()
        try await acme.member()
        let client = try await acme.spa([
            "oidc_conformant": false, "token_endpoint_auth_method": "client_secret_post",
            "grant_types": ["password", "http://auth0.com/oauth/grant-type/password-realm", "refresh_token"],
        ])
        return (acme, client)
    }

    private func ask(
        _ acme: TokenFixture, _ client: Client, realm: String? = Self.realm, name: String = "jane@example.com",
        password: String = TokenFixture.password, scope: String = "openid", audience: String = ""
    ) async throws -> Answer {
        try await acme.token([
            "grant_type": realm == nil ? "password" : PasswordRealmGrant.type, "client_id": client.clientID,
            "client_secret": client.secret, "username": name, "password": password, "scope": scope,
            "audience": audience, "realm": realm ?? "",
        ])
    }

    @Test("a right password gives the whole profile and an opaque token, as it was recorded")
    func success() async throws {
        let (acme, client) = try await tenant()
        let answer = try await ask(acme, client)
        #expect(answer.status == 200)
        #expect(answer["scope"] == "openid profile email address phone")
        #expect(answer["access_token"]?.count == 32)
        #expect(answer.json["expires_in"] == 86_400)
        #expect(try await acme.userInfo(#require(answer["access_token"])).json["email"] == "jane@example.com")
        #expect(try await acme.events() == ["sepft"])
        let event = try #require(try await acme.events(of: client).first)
        #expect(event["user_name"] == "jane@example.com" && event["connection"]?.string == Self.realm)
        #expect(event["ip"] == "192.0.2.1")
    }

    @Test("without a realm the tenant's default directory counts, and where there is none nobody can log in")
    func defaultDirectory() async throws {
        let (acme, client) = try await tenant()
        let none = try await ask(acme, client, realm: nil)
        #expect(none["error"] == "server_error")
        #expect(none["error_description"] == "Authorization server not configured with default connection.")
        try await acme.shard.write { try $0.settings.save(["default_directory": .string(Self.realm)]) }
        #expect(try await ask(acme, client, realm: nil).status == 200)
        #expect(try await acme.events() == ["fepft", "sepft"])
    }

    @Test("L3: unknown names and wrong passwords look alike; the log knows, one event each")
    func wrongCredentials() async throws {
        let (acme, client) = try await tenant()
        let wrong = try await ask(acme, client, password: "wrong")
        let unknown = try await ask(acme, client, name: "nobody@example.com")
        #expect(wrong.status == 403 && wrong.text == unknown.text && wrong.status == unknown.status)
        #expect(wrong.text == #"{"error":"invalid_grant","error_description":"Wrong email or password."}"#)
        #expect(try await acme.events() == ["fp", "fu"])
        for event in try await acme.events(of: client) {
            #expect(!JSON.object(event).text().contains("wrong\""))
            #expect(event["user_name"]?.string?.hasSuffix("@example.com") == true)
        }
    }

    @Test("failures of a known user are in the user's history, with the name as typed; those of an unknown one in none")
    func history() async throws {
        let (acme, client) = try await tenant()
        for _ in 0..<3 { _ = try await ask(acme, client, name: "Jane@Example.com", password: "wrong") }
        _ = try await ask(acme, client, name: "nobody@example.com")
        let blocked = try await acme.member("blocked@example.com", ["blocked": true])
        let answer = try await ask(acme, client, name: "blocked@example.com")
        #expect(answer.text == #"{"error":"unauthorized","error_description":"user is blocked"}"#)
        #expect(try await acme.history(of: "jane@example.com") == ["fp", "fp", "fp"])
        #expect(try await acme.history(of: "blocked@example.com") == ["fepft"])
        let events = try await acme.events(of: client)
        #expect(events.filter { $0["user_id"] == nil }.compactMap { $0["type"]?.string } == ["fu"])
        let wrong = events.filter { $0["type"] == "fp" }
        #expect(wrong.allSatisfy { $0["user_name"] == "Jane@Example.com" && $0["connection"]?.string == Self.realm })
        #expect(wrong.allSatisfy { $0["details"] == ["error": ["message": "Wrong email or password."]] })
        let refused = try #require(events.first { $0["type"] == "fepft" })
        #expect(refused["user_id"]?.string == blocked.userID && refused["user_name"] == "blocked@example.com")
    }

    @Test("only the right password tells that a user is blocked")
    func blocked() async throws {
        let (acme, client) = try await tenant()
        try await acme.member("blocked@example.com", ["blocked": true])
        let wrong = try await ask(acme, client, name: "blocked@example.com", password: "wrong")
        #expect(wrong["error_description"] == "Wrong email or password.")
        let right = try await ask(acme, client, name: "blocked@example.com")
        #expect(right.status == 401 && right["error"] == "unauthorized")
        #expect(right["error_description"] == "user is blocked")
        #expect(try await acme.events() == ["fepft", "fp"])
    }

    @Test("a realm nobody knows, or that is not the client's, is refused", arguments: ["nowhere", "closed", "x\u{0}"])
    func unknownRealm(realm: String) async throws {
        let (acme, client) = try await tenant()
        let connection = Connection(
            id: Connection.newID(), name: "closed", strategy: "auth0", createdAt: acme.shard.now, enabledClients: [],
            document: [:])
        try await acme.shard.write { try $0.connections.insert(connection) }
        let answer = try await ask(acme, client, realm: realm)
        #expect(answer.status == 400 && answer["error"] == "invalid_request")
        #expect(answer["error_description"] == "Unknown realm \(realm).")
        #expect(try await acme.events() == ["fepft"])
    }

    @Test("an API without a scope gives all its scopes, marked as of a password")
    func audience() async throws {
        let (acme, client) = try await tenant()
        let api = try await acme.api()
        let answer = try await ask(acme, client, scope: "", audience: api.identifier)
        #expect(answer["scope"] == "read:things write:things")
        let claims = try JSONWebToken(parsing: #require(answer["access_token"])).claims
        #expect(claims["gty"] == "password" && claims["aud"]?.string == api.identifier)
        #expect(try await ask(acme, client, audience: "urn:nobody")["error"] == "invalid_request")
    }

    @Test("what is missing is named", arguments: ["username", "password", "realm"])
    func missing(name: String) async throws {
        let (acme, client) = try await tenant()
        let all = ["username": "jane@example.com", "password": TokenFixture.password, "realm": Self.realm]
        func value(_ key: String) -> String { key == name ? "" : all[key] ?? "" }
        let answer = try await acme.token([
            "grant_type": PasswordRealmGrant.type, "client_id": client.clientID, "client_secret": client.secret,
            "username": value("username"), "password": value("password"), "realm": value("realm"),
        ])
        #expect(answer.status == 400)
        #expect(answer["error_description"] == "Missing required parameter: \(name)")
    }

    @Test("a client that does not list the grant is refused before any password is looked at")
    func notAllowed() async throws {
        let (acme, _) = try await tenant()
        let other = try await acme.spa()
        let answer = try await ask(acme, other)
        #expect(answer.status == 403 && answer["error"] == "unauthorized_client")
    }
}
