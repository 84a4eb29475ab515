import StrictJSON
import Tenancy
import TenantTesting
import Testing

@testable import Authentication

@Suite("Roles and permissions in tokens")
struct PolicyTests {
    private static let audience = "https://api.example.com"
    private static let exchangeGrant = "urn:ietf:params:oauth:grant-type:token-exchange"

    /// An API that has four scopes and asks what a user may do.
    private func api(
        _ tenant: TokenFixture, _ dialect: String = "access_token", enforces: Bool = true, _ more: JSONObject = [:]
    ) async throws -> ResourceServer {
        try await tenant.api(
            Self.audience,
            ([
                "scopes": [["value": "read:a"], ["value": "write:a"], ["value": "read:b"], ["value": "write:b"]],
                "enforce_policies": .bool(enforces), "token_dialect": .string(dialect),
                "skip_consent_for_verifiable_first_party_clients": true,
            ] as JSONObject).merging(deep: more))
    }

    private func give(
        _ names: [String], of api: ResourceServer, to holder: PermissionStore.Holder, _ tenant: TokenFixture
    ) async throws {
        try await tenant.shard.write { db in
            for name in names {
                try db.permissions.grant(Permission(resourceServerID: api.id, name: name), to: holder)
            }
        }
    }

    /// A role with a permission, given to a user.
    @discardableResult
    private func role(
        _ permission: String, of api: ResourceServer, to user: User, in organization: String? = nil,
        _ tenant: TokenFixture
    ) async throws -> Role {
        let now = tenant.shard.now
        let role = Role(id: Role.newID(), owner: nil, createdAt: now, document: ["name": .string(Role.newID())])
        try await tenant.shard.write { db in
            try db.roles.insert(role)
            try db.roleUsers.assign(role.id, to: user.userID, in: organization, at: now)
        }
        try await give([permission], of: api, to: .role(role.id), tenant)
        return role
    }

    private func token(_ answer: Answer) throws -> JSONWebToken {
        try JSONWebToken(parsing: try #require(answer["access_token"], "\(answer.text)"))
    }

    private static let all = "openid offline_access read:a write:a read:b write:b"

    @Test("a user's token carries the scopes the user has by themselves or by a role, and names all of those")
    func code() async throws {
        let tenant = try await TokenFixture()
        let (user, client) = (try await tenant.user(), try await tenant.client())
        let other = try await tenant.user("o@x.example")
        let api = try await api(tenant, "access_token_authz")
        try await give(["read:a", "write:b"], of: api, to: .user(user.userID), tenant)
        try await role("read:b", of: api, to: user, tenant)
        // Neither what others may do counts, nor what the user may do elsewhere, nor a role in an organization that the
        // login is not to.
        try await give(["write:a"], of: api, to: .user(other.userID), tenant)
        try await give(["write:a"], of: try await tenant.api("urn:other"), to: .user(user.userID), tenant)
        try await role("write:a", of: api, to: user, in: "org_x", tenant)
        let code = try await tenant.code(
            client, user, scope: "openid offline_access read:a write:a read:b", audience: Self.audience)
        let answer = try await tenant.redeem(code, client)
        #expect(answer["scope"] == "openid offline_access read:a read:b")
        let claims = try token(answer).claims
        #expect(claims["scope"]?.string == "openid offline_access read:a read:b")
        #expect(claims["permissions"] == ["read:a", "read:b", "write:b"], "all there are, asked for or not")
        // Others have none, and get a token all the same.
        let nobody = try await tenant.user("n@x.example")
        let none = try await tenant.redeem(
            try await tenant.code(client, nobody, scope: "read:a", audience: Self.audience), client)
        #expect(try token(none).claims["permissions"] == [] && token(none).claims["scope"] == "")
    }

    @Test("a refreshed token is judged anew: what was taken away is gone, and what was given since is there")
    func refresh() async throws {
        let tenant = try await TokenFixture()
        let (user, client) = (try await tenant.user(), try await tenant.client())
        let api = try await api(tenant, "access_token_authz")
        try await give(["read:a"], of: api, to: .user(user.userID), tenant)
        let role = try await role("read:b", of: api, to: user, tenant)
        let first = try await tenant.redeem(
            try await tenant.code(client, user, scope: Self.all, audience: Self.audience), client)
        #expect(first["scope"] == "openid offline_access read:a read:b")
        try await tenant.shard.write { try $0.roleUsers.remove(role.id, from: user.userID) }
        try await give(["write:b"], of: api, to: .user(user.userID), tenant)
        let second = try await tenant.refresh(try #require(first["refresh_token"]), client)
        let claims = try token(second).claims
        #expect(claims["permissions"] == ["read:a", "write:b"])
        #expect(claims["scope"]?.string == "openid offline_access read:a write:b")
        // Asked for less, it has less; more than was granted at first it never has.
        let last = second["refresh_token"] ?? first["refresh_token"]
        let narrow = try await tenant.refresh(try #require(last), client, scope: "read:a read:b")
        #expect(try token(narrow).claims["scope"]?.string == "read:a")
    }

    @Test("the password grant and the answer of /authorize itself are held to the same")
    func passwordAndImplicit() async throws {
        let tenant = try await TokenFixture()
        let client = try await tenant.spa(["grant_types": ["password", "implicit"]])
        let user = try await tenant.member()
        let api = try await api(tenant, "access_token_authz")
        try await give(["read:a"], of: api, to: .user(user.userID), tenant)
        try await tenant.shard.write { db in
            var document = try #require(try db.settings.load()).document
            document["default_directory"] = .string(Connection.defaultDatabaseName)
            try db.settings.save(document)
        }
        let password = try await tenant.token([
            "grant_type": "password", "client_id": client.clientID, "username": "jane@example.com",
            "password": TokenFixture.password, "audience": Self.audience,
        ])
        #expect(try token(password).claims["scope"]?.string == "read:a")
        let browser = AuthorizeBrowser(tenant)
        let implicit: [String: String?] = [
            "response_type": "token", "audience": Self.audience, "scope": "read:a write:a", "nonce": "n",
        ]
        for parameters in [implicit, implicit.merging(["prompt": "none"]) { $1 }] {
            let answer = try await browser.enter(client, parameters)
            let fragment = try #require(answer.location.split(separator: "#").last).split(separator: "&")
            let text = try #require(fragment.first { $0.hasPrefix("access_token=") }).dropFirst("access_token=".count)
            let claims = try JSONWebToken(parsing: String(text)).claims
            #expect(claims["scope"]?.string == "read:a" && claims["permissions"] == ["read:a"])
        }
    }

    @Test("a token that is exchanged for one of the API is held to the user's permissions there")
    func exchange() async throws {
        let tenant = try await TokenFixture()
        let user = try await tenant.user()
        let first = try await tenant.api("urn:first")
        let api = try await api(tenant, "rfc9068_profile_authz")
        try await give(["read:a", "read:b"], of: api, to: .user(user.userID), tenant)
        let backEnd = try await tenant.client([
            "token_endpoint_auth_method": "client_secret_post", "grant_types": [.string(Self.exchangeGrant)],
            "resource_server_identifier": .string(first.identifier),
        ])
        try await tenant.grant(backEnd, api, scope: ["read:a", "write:a"])
        let app = try await tenant.client()
        let tokens = try await tenant.redeem(
            try await tenant.code(app, user, scope: "read:things", audience: first.identifier), app)
        let answer = try await tenant.token([
            "grant_type": Self.exchangeGrant, "client_id": backEnd.clientID, "client_secret": backEnd.secret,
            "subject_token": try #require(tokens["access_token"]),
            "subject_token_type": "urn:ietf:params:oauth:token-type:access_token", "audience": Self.audience,
        ])
        let claims = try token(answer).claims
        // Never more than was granted, by either claim.
        #expect(claims["scope"]?.string == "read:a" && claims["permissions"] == ["read:a"])
        // A token of the profile is exchanged like any other.
        let target = try await tenant.api("urn:third")
        try await tenant.grant(backEnd, target, scope: ["read:things"])
        let again = try await tenant.token([
            "grant_type": Self.exchangeGrant, "client_id": backEnd.clientID, "client_secret": backEnd.secret,
            "subject_token": try #require(answer["access_token"]),
            "subject_token_type": "urn:ietf:params:oauth:token-type:access_token", "audience": "urn:third",
        ])
        #expect(again.status == 200, "\(again.text)")
    }

    @Test("where policies are not enforced permissions change nothing, whatever the dialect")
    func off() async throws {
        let tenant = try await TokenFixture()
        let (user, client) = (try await tenant.user(), try await tenant.client())
        let api = try await api(tenant, "access_token_authz", enforces: false)
        try await give(["read:a"], of: api, to: .user(user.userID), tenant)
        let answer = try await tenant.redeem(
            try await tenant.code(client, user, scope: "read:a write:a", audience: Self.audience), client)
        let claims = try token(answer).claims
        #expect(claims["scope"]?.string == "read:a write:a" && claims["permissions"] == nil)
        #expect(claims["jti"] == nil && claims["azp"]?.string == client.clientID)
    }

    @Test("enforced without the dialect, the scope says it and no claim more")
    func plain() async throws {
        let tenant = try await TokenFixture()
        let (user, client) = (try await tenant.user(), try await tenant.client())
        let api = try await api(tenant)
        try await give(["read:a"], of: api, to: .user(user.userID), tenant)
        let answer = try await tenant.redeem(
            try await tenant.code(client, user, scope: "read:a write:a", audience: Self.audience), client)
        let claims = try token(answer).claims
        #expect(claims.keys == ["iss", "sub", "aud", "iat", "exp", "azp", "scope", "urn:gatehouse:family"])
        #expect(claims["scope"]?.string == "read:a")
    }

    @Test(
        "an API that is for no user or no program has no tokens for them",
        arguments: [
            ("deny_all", "require_client_grant"), ("require_client_grant", "deny_all"), ("allow_all", "deny_all"),
        ])
    func subjects(user policy: String, program: String) async throws {
        let tenant = try await TokenFixture()
        let (user, client) = (try await tenant.user(), try await tenant.confidentialClient())
        let api = try await api(
            tenant, enforces: false,
            [
                "subject_type_authorization": [
                    "user": ["policy": .string(policy)], "client": ["policy": .string(program)],
                ]
            ])
        try await tenant.grant(client, api, scope: ["read:a"])
        let answer = try await tenant.token([
            "grant_type": "client_credentials", "client_id": client.clientID, "client_secret": client.secret,
            "audience": Self.audience,
        ])
        #expect(answer.status == (program == "deny_all" ? 403 : 200), "\(answer.text)")
        let own = try await tenant.client()
        let code = try await tenant.code(own, user, scope: "read:a", audience: Self.audience)
        let redeemed = try await tenant.redeem(code, own)
        #expect(redeemed.status == (policy == "allow_all" ? 200 : 403), "\(redeemed.text)")
    }

    @Test(
        "a program's permissions are what its client grant gives",
        arguments: [("access_token", false), ("access_token_authz", true), ("rfc9068_profile_authz", true)])
    func program(dialect: String, isNamed: Bool) async throws {
        let tenant = try await TokenFixture()
        let client = try await tenant.confidentialClient()
        let api = try await api(tenant, dialect)
        try await tenant.grant(client, api, scope: ["read:a", "write:a"])
        let answer = try await tenant.token([
            "grant_type": "client_credentials", "client_id": client.clientID, "client_secret": client.secret,
            "audience": Self.audience, "scope": "read:a",
        ])
        let claims = try token(answer).claims
        #expect(claims["scope"]?.string == "read:a")
        #expect(claims["permissions"] == (isNamed ? ["read:a"] : nil))
    }

    @Test(
        "RFC 9068: the profile has its type, its claims and an id of each token",
        arguments: ["RS256", "HS256", "ES256"])
    func profile(algorithm: String) async throws {
        let tenant = try await TokenFixture()
        let (user, client) = (try await tenant.user(), try await tenant.client())
        _ = try await api(
            tenant, "rfc9068_profile", enforces: false,
            ["signing_alg": .string(algorithm), "signing_secret": "a-secret-of-the-api-1"])
        var ids: Set<String> = []
        for _ in 0..<2 {
            let answer = try await tenant.redeem(
                try await tenant.code(client, user, scope: "openid read:a", audience: Self.audience), client)
            let token = try token(answer)
            #expect(token.header["typ"] == "at+jwt" && token.header["alg"]?.string == algorithm)
            for name in ["iss", "exp", "aud", "sub", "client_id", "iat", "jti", "auth_time"] {
                #expect(token.claims[name] != nil, "\(name)")
            }
            #expect(token.claims["client_id"]?.string == client.clientID && token.claims["azp"] == nil)
            #expect(token.claims["gty"] == nil && token.claims["permissions"] == nil)
            ids.insert(try #require(token.claims["jti"]?.string))
            // It opens here what the other dialect opens.
            #expect(
                try await tenant.userInfo(try #require(answer["access_token"])).status
                    == (algorithm == "HS256" ? 401 : 200))
        }
        #expect(ids.count == 2)
    }

    @Test("a token of the profile that an administrator has blacklisted by its id is worth nothing")
    func blacklisted() async throws {
        let tenant = try await TokenFixture()
        let (user, client) = (try await tenant.user(), try await tenant.client())
        _ = try await api(tenant, "rfc9068_profile", enforces: false)
        let answer = try await tenant.redeem(
            try await tenant.code(client, user, scope: "openid", audience: Self.audience), client)
        let id = try #require(try token(answer).claims["jti"]?.string)
        let now = tenant.shard.now
        try await tenant.shard.write { try $0.blacklistedTokens.add(id, audience: Self.audience, at: now) }
        #expect(try await tenant.userInfo(try #require(answer["access_token"])).status == 401)
    }

    @Test("a token that an administrator has blacklisted is exchanged for nothing")
    func blacklistedSubject() async throws {
        let tenant = try await TokenFixture()
        let user = try await tenant.user()
        _ = try await api(tenant, "rfc9068_profile", enforces: false)
        let target = try await tenant.api("urn:target")
        let backEnd = try await tenant.client([
            "token_endpoint_auth_method": "client_secret_post", "grant_types": [.string(Self.exchangeGrant)],
            "resource_server_identifier": .string(Self.audience),
        ])
        try await tenant.grant(backEnd, target, scope: ["read:things"])
        let app = try await tenant.client()
        let tokens = try await tenant.redeem(
            try await tenant.code(app, user, scope: "read:a", audience: Self.audience), app)
        let id = try #require(try token(tokens).claims["jti"]?.string)
        let now = tenant.shard.now
        try await tenant.shard.write { try $0.blacklistedTokens.add(id, audience: Self.audience, at: now) }
        let answer = try await tenant.token([
            "grant_type": Self.exchangeGrant, "client_id": backEnd.clientID, "client_secret": backEnd.secret,
            "subject_token": try #require(tokens["access_token"]),
            "subject_token_type": "urn:ietf:params:oauth:token-type:access_token", "audience": "urn:target",
        ])
        #expect(answer["error"] == "invalid_request", "\(answer.text)")
    }
}
