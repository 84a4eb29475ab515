import StrictJSON
import Tenancy
import TenantTesting
import Testing

@testable import Authentication

@Suite("Logging in to an organization")
struct OrganizationLoginTests {
    private struct Stage {
        let tenant: TokenFixture
        let client: Client
        let user: User
        let organization: Organization

        func add(_ user: User) async throws {
            let (organization, now) = (organization, tenant.shard.now)
            try await tenant.shard.write {
                try $0.organizationMembers.add(user.userID, to: organization.id, at: now)
            }
        }

        func remove(_ user: User) async throws {
            let organization = organization
            try await tenant.shard.write { try $0.organizationMembers.remove(user.userID, from: organization.id) }
        }

        func logIn(_ parameters: [String: String?] = [:], as email: String = "jane@example.com") async throws -> Answer
        {
            try await logIn(AuthorizeBrowser(tenant), parameters, as: email)
        }

        func logIn(
            _ browser: AuthorizeBrowser, _ parameters: [String: String?] = [:], as email: String = "jane@example.com"
        ) async throws -> Answer {
            try await browser.enter(
                client, ["organization": organization.id].merging(parameters) { $1 }, user: email)
        }

        /// An invitation as the Management API makes it; returns its ticket.
        func invite(_ email: String, _ changes: JSONObject = [:], expiresIn: Int64 = 3600) async throws -> String {
            let ticket = OpaqueSecret.accessToken().text
            let invitation = Invitation(
                id: Invitation.newID(), owner: organization.id, createdAt: tenant.shard.now,
                document: ([
                    "invitee": ["email": .string(email)], "inviter": ["name": "Ada"],
                    "client_id": .string(client.clientID), "ticket_id": .string(ticket),
                    "expires_at": .string(tenant.shard.now.adding(seconds: expiresIn).iso8601),
                ] as JSONObject).merging(deep: changes))
            try await tenant.shard.write { try $0.invitations.insert(invitation) }
            return ticket
        }
    }

    private func stage(
        usage: String = "allow", assignsMembership: Bool = false, hasConnection: Bool = true,
        _ document: JSONObject = [:]
    ) async throws -> Stage {
        let tenant = try await TokenFixture()
        let client = try await tenant.spa(
            (["organization_usage": .string(usage)] as JSONObject).merging(deep: document))
        let user = try await tenant.member()
        let now = tenant.shard.now
        let organization = Organization(
            id: Organization.newID(), owner: nil, createdAt: now, document: ["name": "widgets"])
        try await tenant.shard.write { db in
            try db.organizations.insert(organization)
            let database = try #require(try db.connections.find(name: Connection.defaultDatabaseName))
            if hasConnection {
                try db.organizationConnections.save(
                    database.id, ["assign_membership_on_login": .bool(assignsMembership)], of: organization.id, at: now)
            }
        }
        return Stage(tenant: tenant, client: client, user: user, organization: organization)
    }

    private func claims(_ answer: Answer, _ name: String) throws -> JSONObject {
        try JSONWebToken(parsing: try #require(answer[name], "\(answer.text)")).claims
    }

    @Test("a member's tokens name the organization, refreshed ones too, until the member has left")
    func member() async throws {
        let stage = try await stage()
        try await stage.add(stage.user)
        _ = try await stage.tenant.api("urn:api", ["skip_consent_for_verifiable_first_party_clients": true])
        let done = try await stage.logIn(["audience": "urn:api", "scope": "openid offline_access read:things"])
        let tokens = try await stage.tenant.redeem(try #require(done.told["code"], "\(done.location)"), stage.client)
        for name in ["id_token", "access_token"] {
            let claims = try claims(tokens, name)
            #expect(claims["org_id"]?.string == stage.organization.id && claims["org_name"] == nil)
        }
        let events = try await stage.tenant.events(of: stage.client)
        #expect(events.contains { $0["type"] == "s" && $0["organization_name"] == "widgets" })
        let renewed = try await stage.tenant.refresh(try #require(tokens["refresh_token"]), stage.client)
        #expect(try claims(renewed, "access_token")["org_id"]?.string == stage.organization.id)
        try await stage.remove(stage.user)
        let refused = try await stage.tenant.refresh(
            try #require(renewed["refresh_token"] ?? tokens["refresh_token"]), stage.client)
        #expect(refused.status == 403 && refused["error"] == "access_denied")
    }

    @Test("who is no member is told so, and has no session afterwards")
    func stranger() async throws {
        let stage = try await stage()
        let browser = AuthorizeBrowser(stage.tenant)
        let answer = try await stage.logIn(browser)
        #expect(answer.told["error"] == "access_denied" && answer.told["code"] == nil)
        #expect(
            answer.told["error_description"]
                == "user \(stage.user.userID) is not part of the \(stage.organization.id) organization")
        #expect(browser.cookies["auth0"] == nil)
        // By a session there already is it is the same, silently or not.
        _ = try await browser.logIn(stage.client)
        for prompt in [nil, "none"] as [String?] {
            let answer = try await stage.logIn(browser, ["prompt": prompt])
            #expect(answer.told["error"] == "access_denied", "\(answer.location)")
        }
        // A login to none has nothing to do with it.
        let plain = try await browser.authorize(stage.client, ["prompt": "none"])
        let tokens = try await stage.tenant.redeem(try #require(plain.told["code"]), stage.client)
        #expect(try claims(tokens, "id_token")["org_id"] == nil)
    }

    @Test("a membership that ends between code and token takes the token with it")
    func left() async throws {
        let stage = try await stage()
        try await stage.add(stage.user)
        let code = try #require(try await stage.logIn().told["code"])
        try await stage.remove(stage.user)
        #expect(try await stage.tenant.redeem(code, stage.client)["error"] == "access_denied")
    }

    @Test(
        "the client says whether there may, need or must not be an organization",
        arguments: [
            ("deny", true, "parameter organization is not allowed for this client"),
            ("require", false, "parameter organization is required for this client"),
        ])
    func usage(usage: String, isNamed: Bool, message: String) async throws {
        let stage = try await stage(usage: usage)
        let answer = try await AuthorizeBrowser(stage.tenant).authorize(
            stage.client, ["organization": isNamed ? stage.organization.id : nil])
        #expect(answer.told["error"] == "invalid_request" && answer.told["error_description"] == message)
    }

    @Test("a client that needs an organization gives no tokens by ways that name none")
    func otherWays() async throws {
        let device = "urn:ietf:params:oauth:grant-type:device_code"
        let stage = try await stage(
            usage: "require",
            [
                "oidc_conformant": false, "token_endpoint_auth_method": "client_secret_post",
                "grant_types": [.string(PasswordRealmGrant.type), .string(device)],
            ])
        try await stage.add(stage.user)
        let answers = [
            try await stage.tenant.token([
                "grant_type": PasswordRealmGrant.type, "client_id": stage.client.clientID,
                "client_secret": stage.client.secret, "username": "jane@example.com",
                "password": TokenFixture.password, "realm": Connection.defaultDatabaseName, "scope": "openid",
            ]),
            try await stage.tenant.send(
                .post, "/oauth/device/code", headers: [.contentType: "application/x-www-form-urlencoded"],
                body: "client_id=\(stage.client.clientID)&client_secret=\(stage.client.secret)&scope=openid"),
        ]
        for answer in answers {
            #expect(answer["error"] == "invalid_request", "\(answer.text)")
            #expect(answer["error_description"] == "parameter organization is required for this client")
        }
    }

    @Test("an organization goes by its name where the tenant says so, and then its tokens tell it")
    func name() async throws {
        let stage = try await stage()
        try await stage.add(stage.user)
        let unknown = try await stage.logIn(["organization": "widgets"])
        #expect(unknown.told["error_description"] == "parameter organization is invalid")
        try await stage.tenant.shard.write { db in
            var document = try #require(try db.settings.load()).document
            document["allow_organization_name_in_authentication_api"] = true
            try db.settings.save(document)
        }
        let done = try await stage.logIn(["organization": "widgets"])
        let tokens = try await stage.tenant.redeem(try #require(done.told["code"]), stage.client)
        let claims = try claims(tokens, "id_token")
        #expect(claims["org_id"]?.string == stage.organization.id && claims["org_name"] == "widgets")
    }

    @Test("only the organization's own connections lead to it, and no session of another")
    func connections() async throws {
        let stage = try await stage(hasConnection: false)
        try await stage.add(stage.user)
        let browser = AuthorizeBrowser(stage.tenant)
        #expect(try await browser.logIn(stage.client).told["code"] != nil)
        let silent = try await stage.logIn(browser, ["prompt": "none"])
        #expect(silent.told["error"] == "login_required")
        let page = try await browser.authorize(stage.client, ["organization": stage.organization.id])
        #expect(page.isErrorPage, "there is no way in")
    }

    @Test("a connection whose users all belong makes members of them, by a new login and by a session")
    func assigned() async throws {
        let stage = try await stage(assignsMembership: true)
        #expect(try await stage.logIn().told["code"] != nil)
        try await stage.remove(stage.user)
        let browser = AuthorizeBrowser(stage.tenant)
        _ = try await browser.logIn(stage.client)
        #expect(try await stage.logIn(browser, ["prompt": "none"]).told["code"] != nil)
    }

    @Test("roles of a member count in tokens for the organization alone")
    func roles() async throws {
        let stage = try await stage()
        try await stage.add(stage.user)
        let api = try await stage.tenant.api(
            "urn:api",
            [
                "enforce_policies": true, "token_dialect": "access_token_authz",
                "skip_consent_for_verifiable_first_party_clients": true,
            ])
        let now = stage.tenant.shard.now
        let role = Role(id: Role.newID(), owner: nil, createdAt: now, document: ["name": "reader"])
        let (user, organization) = (stage.user, stage.organization)
        try await stage.tenant.shard.write { db in
            try db.roles.insert(role)
            try db.permissions.grant(Permission(resourceServerID: api.id, name: "read:things"), to: .role(role.id))
            try db.roleUsers.assign(role.id, to: user.userID, in: organization.id, at: now)
        }
        let asked: [String: String?] = ["audience": "urn:api", "scope": "read:things write:things"]
        let inside = try await stage.tenant.redeem(
            try #require(try await stage.logIn(asked).told["code"]), stage.client)
        #expect(try claims(inside, "access_token")["permissions"] == ["read:things"])
        let outside = try await AuthorizeBrowser(stage.tenant).logIn(stage.client, asked)
        let tokens = try await stage.tenant.redeem(try #require(outside.told["code"]), stage.client)
        #expect(try claims(tokens, "access_token")["permissions"] == [])
    }

    // MARK: Invitations

    @Test("an invitation makes a member of whom it was sent to, once, with roles and metadata")
    func invitation() async throws {
        let stage = try await stage()
        let now = stage.tenant.shard.now
        let role = Role(id: Role.newID(), owner: nil, createdAt: now, document: ["name": "reader"])
        try await stage.tenant.shard.write { try $0.roles.insert(role) }
        let ticket = try await stage.invite(
            "Jane@example.com", ["roles": [.string(role.id)], "app_metadata": ["plan": "full"]])
        let page = try await AuthorizeBrowser(stage.tenant).authorize(
            stage.client, ["organization": stage.organization.id, "invitation": ticket])
        #expect(page.text.contains("value=\"jane@example.com\""))
        #expect(try await stage.logIn(["invitation": ticket]).told["code"] != nil)
        let (user, organization) = (stage.user, stage.organization)
        let (known, roles) = try await stage.tenant.shard.read { db in
            (try db.users.find(user.userID), try db.roleUsers.roleIDs(of: user.userID, in: organization.id))
        }
        #expect(known?.document["email_verified"] == true && known?.document["app_metadata"] == ["plan": "full"])
        #expect(known?.loginsCount == 1 && roles == [role.id])
        #expect(try await stage.tenant.events().contains("si"))
        // Who belongs already may follow the link again; for anybody else it is used up.
        #expect(try await stage.logIn(["invitation": ticket]).told["code"] != nil)
        try await stage.remove(stage.user)
        let used = try await stage.logIn(["invitation": ticket])
        #expect(used.told["error_description"] == "invitation not found or already used")
    }

    @Test("an invitation is for one address, one client and one organization, and ends")
    func foreignInvitation() async throws {
        let stage = try await stage()
        let other = try await stage.invite("else@example.com")
        let refused = try await stage.logIn(["invitation": other])
        #expect(refused.told["error"] == "access_denied")
        #expect(try await stage.tenant.events().contains("fi"))
        let old = try await stage.invite("jane@example.com", expiresIn: 10)
        stage.tenant.service.time.advance(seconds: 11)
        let foreign = try await stage.invite("jane@example.com", ["client_id": "another"])
        for ticket in [old, foreign, "nothing"] {
            let answer = try await stage.logIn(["invitation": ticket])
            #expect(answer.told["error_description"] == "invitation not found or already used")
        }
        let lost = try await AuthorizeBrowser(stage.tenant).authorize(stage.client, ["invitation": other])
        #expect(lost.told["error"] == "invalid_request")
        let (user, organization) = (stage.user, stage.organization)
        #expect(
            try await !stage.tenant.shard.read {
                try $0.organizationMembers.contains(user.userID, in: organization.id)
            })
    }

    @Test("whoever is invited may sign up; nobody signs up only to be refused")
    func signUp() async throws {
        let stage = try await stage()
        let ticket = try await stage.invite("new@example.com")
        let browser = AuthorizeBrowser(stage.tenant)
        func signUpPage(_ ticket: String?) async throws -> Answer {
            let page = try await browser.authorize(
                stage.client, ["organization": stage.organization.id, "invitation": ticket])
            let link = try #require(page.text.firstMatch(of: /href="(\/signup[^"]+)"/)).1
            return try await browser.open(String(link).replacing("&amp;", with: "&"))
        }
        #expect(try await signUpPage(nil).isErrorPage)
        let done = try await browser.submit(
            try await signUpPage(ticket), ["email": "new@example.com", "password": TokenFixture.password])
        let tokens = try await stage.tenant.redeem(try #require(done.told["code"], "\(done.text)"), stage.client)
        #expect(try claims(tokens, "id_token")["org_id"]?.string == stage.organization.id)
    }
}
