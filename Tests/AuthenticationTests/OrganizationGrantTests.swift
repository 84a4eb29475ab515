import StrictJSON
import Tenancy
import TenantTesting
import Testing
import WebAddresses

@testable import Authentication

@Suite("Organizations at the token endpoint")
struct OrganizationGrantTests {
    private static let device = "urn:ietf:params:oauth:grant-type:device_code"
    private static let exchange = "urn:ietf:params:oauth:grant-type:token-exchange"
    private static let ciba = "urn:openid:params:grant-type:ciba"

    private func claims(_ answer: Answer, _ name: String = "access_token") throws -> JSONObject {
        try JSONWebToken(parsing: try #require(answer[name], "\(answer.text)")).claims
    }

    private func post(_ tenant: TokenFixture, _ path: String, _ form: [String: String]) async throws -> Answer {
        let body = form.map { "\($0)=\(PercentEncoding.encode(queryComponent: $1))" }.joined(separator: "&")
        return try await tenant.send(
            .post, path, headers: [.contentType: "application/x-www-form-urlencoded"], body: body)
    }

    @Test("grants that ask for a password or a code themselves know no organization, and look at neither")
    func unsupported() async throws {
        let tenant = try await TokenFixture()
        let user = try await tenant.member()
        let widgets = try await tenant.organization("widgets", members: [user])
        let grants: [JSON] = [
            .string(PasswordGrant.type), .string(PasswordRealmGrant.type), .string(PasswordlessGrant.type),
            .string(Self.device),
        ]
        for (usage, named, message) in [
            ("require", nil, "parameter organization is required for this client"),
            ("require", widgets.id, "parameter organization is not supported by this grant"),
            ("allow", widgets.id, "parameter organization is not supported by this grant"),
        ] as [(String, String?, String)] {
            let client = try await tenant.spa([
                "organization_usage": .string(usage), "grant_types": .array(grants),
                "token_endpoint_auth_method": "client_secret_post",
            ])
            var form = ["client_id": client.clientID, "client_secret": client.secret, "scope": "openid"]
            form["organization"] = named
            var answers = [try await post(tenant, "/oauth/device/code", form)]
            form["username"] = "jane@example.com"
            form["password"] = TokenFixture.password
            form["otp"] = "123456"
            for (type, realm) in [
                (PasswordGrant.type, nil), (PasswordRealmGrant.type, Connection.defaultDatabaseName),
                (PasswordlessGrant.type, "email"),
            ] as [(String, String?)] {
                form["grant_type"] = type
                form["realm"] = realm
                answers.append(try await post(tenant, "/oauth/token", form))
            }
            for answer in answers {
                #expect(answer.status == 400 && answer["error"] == "invalid_request", "\(answer.text)")
                #expect(answer["error_description"] == message)
            }
        }
        #expect(try await tenant.shard.read { try $0.users.find(user.userID)?.loginsCount } == 0)
        // Without one, where that is allowed, they go on as ever.
        let client = try await tenant.spa([
            "organization_usage": "allow", "grant_types": [.string(PasswordRealmGrant.type)],
        ])
        let plain = try await post(
            tenant, "/oauth/token",
            [
                "grant_type": PasswordRealmGrant.type, "client_id": client.clientID, "username": "jane@example.com",
                "password": TokenFixture.password, "realm": Connection.defaultDatabaseName, "scope": "openid",
            ])
        #expect(try claims(plain, "id_token")["org_id"] == nil)
    }

    @Test("codes and refresh tokens have theirs from the login, whatever a request says, and their events tell it")
    func inherited() async throws {
        let tenant = try await TokenFixture()
        let (client, user) = (try await tenant.spa(["organization_usage": "require"]), try await tenant.member())
        let widgets = try await tenant.organization("widgets", members: [user])
        let other = try await tenant.organization("gadgets", members: [user])
        try await tenant.nameOrganizations()
        let done = try await AuthorizeBrowser(tenant).logIn(
            client, ["organization": "widgets", "scope": "openid offline_access"])
        let tokens = try await post(
            tenant, "/oauth/token",
            [
                "grant_type": "authorization_code", "client_id": client.clientID, "organization": other.id,
                "code": try #require(done.told["code"]), "redirect_uri": TokenFixture.callback,
            ])
        #expect(try claims(tokens, "id_token")["org_id"]?.string == widgets.id)
        let renewed = try await post(
            tenant, "/oauth/token",
            [
                "grant_type": "refresh_token", "client_id": client.clientID, "organization": other.id,
                "refresh_token": try #require(tokens["refresh_token"]),
            ])
        #expect(try claims(renewed, "id_token")["org_id"]?.string == widgets.id)
        #expect(try claims(renewed, "id_token")["org_name"] == "widgets")
        for type in ["s", "seacft", "sertft"] {
            let event = try #require(try await tenant.event(type, of: client), "\(type)")
            #expect(
                event["organization_id"]?.string == widgets.id && event["organization_name"] == "widgets", "\(type)")
        }
    }

    @Test("a program's token tells the organization by name where the tenant says so")
    func program() async throws {
        let tenant = try await TokenFixture()
        let client = try await tenant.confidentialClient()
        let widgets = try await tenant.organization("widgets")
        let api = try await tenant.api("urn:api")
        let grant = ClientGrant(
            id: ClientGrant.newID(), clientID: client.clientID, resourceServerID: api.id, scope: [],
            organizations: OrganizationAccess(usage: .allow, allowsAny: true), createdAt: tenant.shard.now)
        try await tenant.shard.write { try $0.clientGrants.insert(grant) }
        let form = [
            "grant_type": "client_credentials", "client_id": client.clientID, "client_secret": client.secret,
            "audience": "urn:api", "organization": widgets.id,
        ]
        #expect(try claims(try await post(tenant, "/oauth/token", form))["org_name"] == nil)
        try await tenant.nameOrganizations()
        let claims = try claims(try await post(tenant, "/oauth/token", form))
        #expect(claims["org_id"]?.string == widgets.id && claims["org_name"] == "widgets")
        #expect(try await tenant.event("seccft", of: client)?["organization_name"] == "widgets")
    }

    @Test("a program acts in those organizations alone that name its grant")
    func namedGrant() async throws {
        let tenant = try await TokenFixture()
        let client = try await tenant.confidentialClient()
        let (widgets, gadgets) = (try await tenant.organization("widgets"), try await tenant.organization("gadgets"))
        let api = try await tenant.api("urn:api")
        var grant = ClientGrant(
            id: ClientGrant.newID(), clientID: client.clientID, resourceServerID: api.id, scope: [],
            organizations: OrganizationAccess(usage: .require), createdAt: tenant.shard.now)
        let association = OrganizationGrant(
            id: OrganizationGrant.newID(), owner: widgets.id, createdAt: tenant.shard.now,
            document: ["grant_id": .string(grant.id)])
        try await tenant.shard.write { [grant] db in
            try db.clientGrants.insert(grant)
            try db.organizationGrants.insert(association)
        }
        func ask(_ organization: String?) async throws -> Answer {
            var form = [
                "grant_type": "client_credentials", "client_id": client.clientID, "client_secret": client.secret,
                "audience": "urn:api",
            ]
            form["organization"] = organization
            return try await post(tenant, "/oauth/token", form)
        }
        #expect(try claims(try await ask(widgets.id))["org_id"]?.string == widgets.id)
        let other = try await ask(gadgets.id)
        #expect(other.status == 403 && other["error"] == "access_denied")
        #expect(try await ask(nil)["error"] == "invalid_request")
        // Whom the grant denies, no organization that names it lets in.
        grant.organizations.usage = .deny
        try await tenant.shard.write { [grant] in try $0.clientGrants.update(grant) }
        #expect(try await ask(widgets.id)["error"] == "access_denied")
        try await tenant.shard.write { _ = try $0.organizationGrants.delete(association.id) }
        grant.organizations.usage = .allow
        try await tenant.shard.write { [grant] in try $0.clientGrants.update(grant) }
        #expect(try await ask(widgets.id)["error"] == "access_denied")
    }

    // MARK: Token exchange

    @Test("an exchange keeps the organization, and gives none that was not there")
    func exchanged() async throws {
        let tenant = try await TokenFixture()
        let user = try await tenant.member()
        let widgets = try await tenant.organization("widgets", members: [user])
        let gadgets = try await tenant.organization("gadgets", members: [user])
        _ = try await tenant.api("urn:first", ["skip_consent_for_verifiable_first_party_clients": true])
        let target = try await tenant.api("urn:second")
        func backEnd(_ usage: String) async throws -> Client {
            let client = try await tenant.client([
                "token_endpoint_auth_method": "client_secret_post", "grant_types": [.string(Self.exchange)],
                "resource_server_identifier": "urn:first", "organization_usage": .string(usage),
            ])
            try await tenant.grant(client, target, scope: ["read:things"])
            return client
        }
        let app = try await tenant.spa(["organization_usage": "allow"])
        func subject(_ organization: Organization?) async throws -> String {
            let done = try await AuthorizeBrowser(tenant).logIn(
                app, ["organization": organization?.id, "audience": "urn:first", "scope": "openid read:things"])
            let code = try #require(done.told["code"])
            return try #require(try await tenant.redeem(code, app)["access_token"])
        }
        func trade(_ token: String, by client: Client, _ named: String? = nil) async throws -> Answer {
            var form = [
                "grant_type": Self.exchange, "client_id": client.clientID, "client_secret": client.secret,
                "subject_token": token, "audience": "urn:second",
                "subject_token_type": TokenExchangeParameters.accessTokenType,
            ]
            form["organization"] = named
            return try await post(tenant, "/oauth/token", form)
        }
        let (inside, outside) = (try await subject(widgets), try await subject(nil))
        let (strict, plain) = (try await backEnd("require"), try await backEnd("deny"))
        for client in [strict, plain] {
            #expect(try claims(try await trade(inside, by: client))["org_id"]?.string == widgets.id)
        }
        #expect(try await tenant.event("secte", of: strict)?["organization_name"] == "widgets")
        #expect(try claims(try await trade(inside, by: strict, widgets.id))["org_id"]?.string == widgets.id)
        #expect(
            try await trade(inside, by: strict, gadgets.id)["error_description"]
                == "The subject_token was not issued for the organization")
        #expect(try await trade(outside, by: plain, widgets.id)["error"] == "invalid_request")
        #expect(
            try await trade(inside, by: strict, "widgets")["error_description"] == "parameter organization is invalid")
        #expect(
            try await trade(outside, by: strict)["error_description"]
                == "parameter organization is required for this client")
        #expect(try claims(try await trade(outside, by: plain))["org_id"] == nil)
        try await tenant.nameOrganizations()
        #expect(try claims(try await trade(inside, by: strict, "widgets"))["org_name"] == "widgets")
        try await tenant.remove(user, from: widgets)
        let gone = try await trade(inside, by: strict)
        #expect(gone.status == 403 && gone["error"] == "access_denied")
    }

    // MARK: Logins approved elsewhere

    private struct Desk {
        let tenant: TokenFixture
        let client: Client
        let user: User

        func ask(_ organization: String?) async throws -> Answer {
            let hint: JSON = [
                "format": "iss_sub", "iss": .string("https://\(tenant.domain)/"), "sub": .string(user.userID),
            ]
            var form = [
                "client_id": client.clientID, "client_secret": client.secret, "login_hint": hint.text(),
                "scope": "openid offline_access", "binding_message": "Desk 7",
            ]
            form["organization"] = organization
            let body = form.map { "\($0)=\(PercentEncoding.encode(queryComponent: $1))" }.joined(separator: "&")
            return try await tenant.send(
                .post, "/bc-authorize", headers: [.contentType: "application/x-www-form-urlencoded"], body: body)
        }

        func poll(_ asked: Answer) async throws -> Answer {
            try await tenant.token([
                "grant_type": OrganizationGrantTests.ciba, "client_id": client.clientID,
                "client_secret": client.secret, "auth_req_id": try #require(asked["auth_req_id"], "\(asked.text)"),
            ])
        }

        /// Follows the link that was sent, up to the answer of the page.
        func approve(_ browser: AuthorizeBrowser) async throws -> Answer {
            let url = try #require(try await tenant.sent(to: "jane@example.com")["url"]?.string)
            let path = String(url.dropFirst("https://\(tenant.domain)".count).dropLast())
            var page = try await browser.open(path)
            if page.formAction == "/login" {
                page = try await browser.submit(
                    page, ["username": "jane@example.com", "password": TokenFixture.password])
            }
            return try await browser.submit(page, ["decision": "accept"])
        }
    }

    private func desk(_ usage: String, _ document: JSONObject = [:]) async throws -> Desk {
        let tenant = try await TokenFixture()
        let client = try await tenant.spa(
            ([
                "token_endpoint_auth_method": "client_secret_post",
                "grant_types": [.string(Self.ciba), "refresh_token"], "organization_usage": .string(usage),
            ] as JSONObject).merging(deep: document))
        return Desk(tenant: tenant, client: client, user: try await tenant.member())
    }

    @Test("a client that asks a user elsewhere names the organization the user is to act in")
    func approved() async throws {
        let desk = try await desk("require")
        let widgets = try await desk.tenant.organization("widgets", members: [desk.user])
        let asked = try await desk.ask(widgets.id)
        let page = try await desk.approve(AuthorizeBrowser(desk.tenant))
        #expect(page.text.contains("You have approved"), "\(page.text)")
        let tokens = try await desk.poll(asked)
        #expect(try claims(tokens, "id_token")["org_id"]?.string == widgets.id)
        let form = [
            "grant_type": "refresh_token", "client_id": desk.client.clientID, "client_secret": desk.client.secret,
            "refresh_token": try #require(tokens["refresh_token"]),
        ]
        #expect(
            try claims(try await post(desk.tenant, "/oauth/token", form), "id_token")["org_id"]?.string == widgets.id)
        for type in ["ciba_start_succeeded", "s", "ciba_exchange_succeeded"] {
            let event = try #require(try await desk.tenant.event(type, of: desk.client), "\(type)")
            #expect(event["organization_id"]?.string == widgets.id, "\(type)")
        }
        try await desk.tenant.remove(desk.user, from: widgets)
        #expect(try await post(desk.tenant, "/oauth/token", form)["error"] == "access_denied")
    }

    @Test("a membership that ends between question and answer, or answer and token, gives no token")
    func leftElsewhere() async throws {
        let desk = try await desk("allow")
        let widgets = try await desk.tenant.organization("widgets", members: [desk.user])
        let asked = try await desk.ask(widgets.id)
        let browser = AuthorizeBrowser(desk.tenant)
        _ = try await desk.approve(browser)
        try await desk.tenant.remove(desk.user, from: widgets)
        let refused = try await desk.poll(asked)
        #expect(refused.status == 403 && refused["error"] == "access_denied")
        #expect(try await desk.ask(widgets.id)["error"] == "access_denied")
    }

    @Test("users of no such organization are not disturbed, and the client's own setting holds")
    func notAsked() async throws {
        let desk = try await desk("require", ["organization_require_behavior": "post_login_prompt"])
        let widgets = try await desk.tenant.organization("widgets")
        let unreachable = try await desk.tenant.organization("gadgets", members: [desk.user], hasConnection: false)
        #expect(
            try await desk.ask(nil)["error_description"] == "parameter organization is required for this client")
        let stranger = try await desk.ask(widgets.id)
        #expect(stranger.status == 403 && stranger["error"] == "access_denied")
        #expect(
            try await desk.ask(unreachable.id)["error_description"]
                == "the connection is not enabled for the organization")
        #expect(try await desk.ask("org_unknown")["error_description"] == "parameter organization is invalid")
        let denying = try await self.desk("deny")
        let own = try await denying.tenant.organization("widgets", members: [denying.user])
        #expect(
            try await denying.ask(own.id)["error_description"]
                == "parameter organization is not allowed for this client")
        #expect(try await desk.tenant.events().filter { $0 == "ciba_start_succeeded" }.isEmpty)
    }
}
