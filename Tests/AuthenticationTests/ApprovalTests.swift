import StrictJSON
import Tenancy
import TenantTesting
import Testing
import WebAddresses

@testable import Authentication

@Suite("Approval elsewhere: a client's question (CIBA)")
struct BackChannelLoginTests {
    private static let grant = "urn:openid:params:grant-type:ciba"

    private struct Asked {
        let tenant: TokenFixture
        let client: Client
        let user: User
        let requestID: String
        let link: String

        func poll(as other: Client? = nil) async throws -> Answer {
            let client = other ?? client
            return try await tenant.token([
                "grant_type": BackChannelLoginTests.grant, "client_id": client.clientID,
                "client_secret": client.secret, "auth_req_id": requestID,
            ])
        }

        /// Follows the link up to the page that asks.
        func open(_ browser: AuthorizeBrowser, as user: String = "jane@example.com") async throws -> Answer {
            let page = try await browser.open(link)
            guard page.formAction == "/login" else { return page }
            return try await browser.submit(page, ["username": user, "password": TokenFixture.password])
        }
    }

    private func desk(_ tenant: TokenFixture, _ grants: JSON = [.string(grant), "refresh_token"]) async throws -> Client
    {
        try await tenant.spa(["token_endpoint_auth_method": "client_secret_post", "grant_types": grants])
    }

    private func ask(
        _ tenant: TokenFixture, _ client: Client, _ user: User, _ changed: [String: String?] = [:]
    ) async throws -> Answer {
        let hint: JSON = [
            "format": "iss_sub", "iss": .string("https://\(tenant.domain)/"), "sub": .string(user.userID),
        ]
        var fields: [String: String?] = [
            "client_id": client.clientID, "client_secret": client.secret, "login_hint": hint.text(),
            "scope": "openid profile offline_access", "binding_message": "Desk 7: transfer #12",
        ]
        for (name, value) in changed { fields[name] = .some(value) }
        let body = fields.compactMap { name, value in
            value.map { "\(name)=\(PercentEncoding.encode(queryComponent: $0))" }
        }.joined(separator: "&")
        return try await tenant.send(
            .post, "/bc-authorize", headers: [.contentType: "application/x-www-form-urlencoded"], body: body)
    }

    private func begin(_ tenant: TokenFixture) async throws -> Asked {
        let (client, user) = (try await desk(tenant), try await tenant.member())
        let answer = try await ask(tenant, client, user)
        try #require(answer.status == 200, "\(answer.text)")
        #expect(answer.json["expires_in"]?.int == 300 && answer.json["interval"]?.int == 5)
        return Asked(
            tenant: tenant, client: client, user: user, requestID: try #require(answer["auth_req_id"]),
            link: try await approvalPath(tenant, "jane@example.com"))
    }

    @Test("a client whose user approves gets tokens, once")
    func approval() async throws {
        let tenant = try await TokenFixture()
        let asked = try await begin(tenant)
        #expect(try await asked.poll()["error"] == "authorization_pending")
        let browser = AuthorizeBrowser(tenant)
        let page = try await asked.open(browser)
        #expect(page.text.contains("Desk 7: transfer #12") && page.text.contains("Is this you?"))
        #expect(page.text.contains("offline_access") && page.text.contains("jane@example.com"))
        #expect(!page.text.contains("}}"), "the template's comment is not shown")
        let done = try await browser.submit(page, ["decision": "accept"])
        #expect(done.status == 200 && done.text.contains("You have approved"))
        tenant.service.time.advance(seconds: 5)
        let tokens = try await asked.poll()
        #expect(tokens.status == 200 && tokens["refresh_token"] != nil, "\(tokens.text)")
        let claims = try JSONWebToken(parsing: try #require(tokens["id_token"])).claims
        #expect(claims["sub"]?.string == asked.user.userID && claims["auth_time"] != nil)
        #expect(try await asked.poll()["error"] == "invalid_grant")
        #expect(
            try await tenant.events()
                == ["ciba_exchange_failed", "ciba_exchange_succeeded", "ciba_start_succeeded", "s"])
        #expect(try await browser.submit(page, ["decision": "deny"]).isErrorPage, "it is decided once")
    }

    @Test("of ten parallel polls one wins")
    func parallel() async throws {
        let tenant = try await TokenFixture()
        let asked = try await begin(tenant)
        let browser = AuthorizeBrowser(tenant)
        _ = try await browser.submit(try await asked.open(browser), ["decision": "accept"])
        let wins = try await withThrowingTaskGroup(of: Int.self) { group in
            for _ in 0..<10 { group.addTask { try await asked.poll().status } }
            return try await group.reduce(0) { $0 + ($1 == 200 ? 1 : 0) }
        }
        #expect(wins == 1)
    }

    @Test("looking at the page decides nothing; whoever declines denies the client")
    func denial() async throws {
        let tenant = try await TokenFixture()
        let asked = try await begin(tenant)
        let browser = AuthorizeBrowser(tenant)
        let page = try await asked.open(browser)
        _ = try await asked.open(browser)
        #expect(try await asked.poll()["error"] == "authorization_pending")
        #expect(try await browser.submit(page, ["decision": "deny"]).text.contains("declined"))
        let answer = try await asked.poll()
        #expect(answer.status == 400 && answer["error"] == "access_denied")
        #expect(try await tenant.events().contains("gd_auth_rejected"))
        #expect(try await browser.open(asked.link).isErrorPage)
    }

    @Test("only the user who was asked may answer, whoever has the link")
    func another() async throws {
        let tenant = try await TokenFixture()
        let asked = try await begin(tenant)
        try await tenant.member("mallory@example.com")
        let browser = AuthorizeBrowser(tenant)
        let refused = try await asked.open(browser, as: "mallory@example.com")
        #expect(refused.status == 403 && refused.text.contains("another account"))
        // The session of somebody else is of no use: the link asks for a login.
        let login = try await browser.open(asked.link)
        #expect(login.formAction == "/login")
        let page = try await browser.submit(
            login, ["username": "jane@example.com", "password": TokenFixture.password])
        // Of this browser and this session alone.
        let other = AuthorizeBrowser(tenant)
        other.cookies["auth0"] = browser.cookies["auth0"]
        #expect(try await other.submit(page, ["decision": "accept"]).status == 403)
        _ = try await browser.logIn(try await tenant.spa(), ["prompt": "login"], user: "mallory@example.com")
        #expect(try await browser.submit(page, ["decision": "accept"]).isErrorPage)
        #expect(try await asked.poll()["error"] == "authorization_pending")
    }

    @Test("a client that polls too fast is told to slow down, and time runs out")
    func patience() async throws {
        let tenant = try await TokenFixture()
        let asked = try await begin(tenant)
        #expect(try await asked.poll()["error"] == "authorization_pending")
        #expect(try await asked.poll()["error"] == "slow_down")
        tenant.service.time.advance(seconds: 9)
        #expect(try await asked.poll()["error"] == "slow_down")
        tenant.service.time.advance(seconds: 300)
        let late = try await asked.poll()
        #expect(late.status == 400 && late["error"] == "expired_token")
        #expect(try await AuthorizeBrowser(tenant).open(asked.link).isErrorPage)
    }

    @Test("another client cannot redeem the request, nor can anybody an unknown one")
    func foreign() async throws {
        let tenant = try await TokenFixture()
        let asked = try await begin(tenant)
        #expect(try await asked.poll(as: try await desk(tenant))["error"] == "invalid_grant")
        let link = try #require(asked.link.split(separator: "=").last).replacing("#", with: "")
        let answer = try await tenant.token([
            "grant_type": Self.grant, "client_id": asked.client.clientID, "client_secret": asked.client.secret,
            "auth_req_id": String(link),
        ])
        #expect(answer["error"] == "invalid_grant", "the ticket of the message is not the client's handle")
    }

    @Test("L12 a logout takes back what was approved in its session and not fetched")
    func loggedOut() async throws {
        let tenant = try await TokenFixture()
        let asked = try await begin(tenant)
        let browser = AuthorizeBrowser(tenant)
        let done = try await browser.submit(try await asked.open(browser), ["decision": "accept"])
        #expect(done.text.contains("You have approved"))
        #expect(try await browser.send(.get, "/v2/logout").status == 200)
        #expect(try await asked.poll()["error"] == "invalid_grant")
    }

    @Test("L12 a new password ends what was approved and not fetched")
    func endedLogin() async throws {
        let tenant = try await TokenFixture()
        let asked = try await begin(tenant)
        let browser = AuthorizeBrowser(tenant)
        _ = try await browser.submit(try await asked.open(browser), ["decision": "accept"])
        tenant.service.time.advance(seconds: 10)
        try await tenant.endLogins(of: asked.user)
        #expect(try await asked.poll()["error"] == "invalid_grant")
    }

    @Test(
        "CIBA §13: each mistake is told by its own error",
        arguments: [
            ("scope", "profile", "invalid_scope"), ("scope", nil, "invalid_request"),
            ("binding_message", nil, "invalid_request"), ("binding_message", "<b>", "invalid_binding_message"),
            ("binding_message", String(repeating: "a", count: 65), "invalid_binding_message"),
            ("binding_message", "see https://x.example", "invalid_binding_message"),
            ("login_hint", nil, "invalid_request"), ("login_hint", "jane@example.com", "invalid_request"),
            ("login_hint", #"{"format":"iss_sub","iss":"https://other/","sub":"x"}"#, "invalid_request"),
            ("login_hint", #"{"format":"iss_sub","iss":"https://acme.auth0.com/","sub":"x"}"#, "unknown_user_id"),
            ("login_hint_token", "x", "invalid_request"), ("request", "x", "invalid_request"),
            ("requested_expiry", "0", "invalid_request"), ("requested_expiry", "soon", "invalid_request"),
            ("authorization_details", "[]", "invalid_authorization_details"),
            ("client_secret", "wrong", "access_denied"), ("audience", "urn:nothing", "access_denied"),
        ] as [(String, String?, String)])
    func refusals(name: String, value: String?, error: String) async throws {
        let tenant = try await TokenFixture()
        let (client, user) = (try await desk(tenant), try await tenant.member())
        let answer = try await ask(tenant, client, user, [name: value])
        #expect(answer["error"] == error, "\(answer.text)")
        #expect(try await tenant.events() == ["ciba_start_failed"])
    }

    @Test("only a confidential client that lists the grant may ask, and nobody too often")
    func clients() async throws {
        let tenant = try await TokenFixture()
        let user = try await tenant.member()
        let other = try await ask(tenant, try await desk(tenant, ["authorization_code"]), user)
        #expect(other.status == 400 && other["error"] == "unauthorized_client")
        let open = try await tenant.spa(["grant_types": [.string(Self.grant)]])
        #expect(try await ask(tenant, open, user, ["client_secret": nil]).status == 401)
        let client = try await desk(tenant)
        #expect(try await ask(tenant, client, user, ["requested_expiry": "60"]).json["expires_in"]?.int == 60)
        for _ in 0..<9 { #expect(try await ask(tenant, client, user).status == 200) }
        #expect(try await ask(tenant, client, user).status == 429)
    }

    @Test("who has no mailbox is told by SMS")
    func telephone() async throws {
        let tenant = try await TokenFixture()
        let (client, user) = (try await desk(tenant), try await tenant.member())
        try await tenant.shard.write { db in
            var document = user.document
            document["email"] = nil
            document["phone_number"] = "+15550100"
            try db.users.update(user.replacing(document: document, updatedAt: user.updatedAt))
        }
        #expect(try await ask(tenant, client, user).status == 200)
        #expect(try await approvalPath(tenant, "+15550100").hasPrefix("/u/approve?ticket="))
    }

    @Test("the mark of an approval cannot be brought to /authorize from outside")
    func ownMark() async throws {
        let tenant = try await TokenFixture.shared
        let answer = try await AuthorizeBrowser(tenant).authorize(
            try await tenant.spa(), ["urn:gatehouse:approval": "x"])
        #expect(answer.status == 200 && answer.formAction == "/login")
    }
}

@Suite("Approval elsewhere: a second factor")
struct FactorApprovalTests {
    private struct Started {
        let tenant: TokenFixture
        let client: Client
        let token: String
        let handle: String
        let number: String
        let link: String

        func poll(_ other: String? = nil) async throws -> Answer {
            try await tenant.token([
                "grant_type": "http://auth0.com/oauth/grant-type/mfa-oob", "client_id": client.clientID,
                "mfa_token": other ?? token, "oob_code": handle,
            ])
        }
    }

    private func mailbox(_ tenant: TokenFixture, _ email: String = "jane@example.com") async throws {
        let (user, now) = (try await tenant.member(email), tenant.shard.now)
        try await tenant.shard.write { db in
            let factor = Factor(.email, of: user.userID, name: email, at: now)
            try db.factors.insert(factor)
            try db.factors.confirm(factor, at: now)
        }
    }

    private func begin() async throws -> Started {
        let tenant = try await TokenFixture.asking()
        let client = try await tenant.passwordClient()
        try await mailbox(tenant)
        let token = try await tenant.mfaToken(client)
        let listed = try await tenant.mfa(.get, "/mfa/authenticators", bearer: token).json.array ?? []
        let push = try #require(listed.first { $0["oob_channel"]?.string == "auth0" })
        #expect(listed.contains { $0["oob_channel"]?.string == "email" })
        let id = try #require(push["id"])
        let answer = try await tenant.mfa(
            .post, "/mfa/challenge", bearer: token, ["challenge_type": "oob", "authenticator_id": id])
        #expect(answer["challenge_type"] == "oob" && answer["binding_method"] == "none", "\(answer.text)")
        return Started(
            tenant: tenant, client: client, token: token, handle: try #require(answer["oob_code"]),
            number: try #require(answer["binding_message"]),
            link: try await approvalPath(tenant, "jane@example.com"))
    }

    @Test("a login waits for the mailbox and gets tokens, once")
    func approval() async throws {
        let started = try await begin()
        let waiting = try await started.poll()
        #expect(waiting.status == 400 && waiting["error"] == "authorization_pending")
        #expect(try await started.poll()["error"] == "slow_down")
        let browser = AuthorizeBrowser(started.tenant)
        let page = try await browser.open(started.link)
        #expect(page.text.contains(started.number) && page.text.contains("App"))
        #expect(try await browser.submit(page, ["decision": "accept"]).text.contains("You have approved"))
        let tokens = try await started.poll()
        #expect(tokens.status == 200, "\(tokens.text)")
        #expect(try JSONWebToken(parsing: try #require(tokens["id_token"])).claims["amr"] == ["mfa"])
        #expect(try await started.poll()["error"] == "invalid_grant")
        let events = try await started.tenant.events()
        #expect(events.contains("gd_auth_succeed") && events.contains("seoobft"))
    }

    @Test("of ten parallel polls one wins")
    func parallel() async throws {
        let started = try await begin()
        let browser = AuthorizeBrowser(started.tenant)
        _ = try await browser.submit(try await browser.open(started.link), ["decision": "accept"])
        let wins = try await withThrowingTaskGroup(of: Int.self) { group in
            for _ in 0..<10 { group.addTask { try await started.poll().status } }
            return try await group.reduce(0) { $0 + ($1 == 200 ? 1 : 0) }
        }
        #expect(wins == 1)
    }

    @Test("a login that is declined is rejected")
    func denial() async throws {
        let started = try await begin()
        let browser = AuthorizeBrowser(started.tenant)
        _ = try await browser.submit(try await browser.open(started.link), ["decision": "deny"])
        let answer = try await started.poll()
        #expect(answer.status == 400 && answer["error"] == "access_denied")
        #expect(answer["error_description"] == "MFA Authorization rejected.")
        #expect(try await started.tenant.events().contains("gd_auth_rejected"))
        #expect(try await started.tenant.history(of: "jane@example.com").contains("feoobft"))
    }

    @Test("L1 a form from elsewhere is refused, and a question is of its own login")
    func binding() async throws {
        let started = try await begin()
        let browser = AuthorizeBrowser(started.tenant)
        let page = try await browser.open(started.link)
        #expect(try await AuthorizeBrowser(started.tenant).submit(page, ["decision": "accept"]).status == 403)
        try await mailbox(started.tenant, "mallory@example.com")
        let foreign = try await started.tenant.mfaToken(started.client, "mallory@example.com")
        _ = try await browser.submit(page, ["decision": "accept"])
        #expect(try await started.poll(foreign)["error"] == "invalid_request")
        #expect(try await started.poll().status == 200)
    }

    @Test("a newer question ends the one before; an unanswered one expires")
    func supersession() async throws {
        let started = try await begin()
        let listed = try await started.tenant.mfa(.get, "/mfa/authenticators", bearer: started.token).json.array
        let id = try #require(listed?.last?["id"])
        started.tenant.service.time.advance(seconds: 1)
        _ = try await started.tenant.mfa(
            .post, "/mfa/challenge", bearer: started.token, ["challenge_type": "oob", "authenticator_id": id])
        #expect(try await started.poll()["error"] == "expired_token")
        #expect(try await AuthorizeBrowser(started.tenant).open(started.link).isErrorPage)
        started.tenant.service.time.advance(seconds: 301)
        let late = try await approvalPath(started.tenant, "jane@example.com")
        #expect(try await AuthorizeBrowser(started.tenant).open(late).isErrorPage)
    }

    @Test("a code that is to be typed is not polled")
    func typedCode() async throws {
        let tenant = try await TokenFixture.asking()
        let client = try await tenant.passwordClient()
        try await mailbox(tenant)
        let token = try await tenant.mfaToken(client)
        let answer = try await tenant.mfa(.post, "/mfa/challenge", bearer: token, ["challenge_type": "oob"])
        #expect(answer["binding_method"] == "prompt")
        let polled = try await tenant.token([
            "grant_type": "http://auth0.com/oauth/grant-type/mfa-oob", "client_id": client.clientID,
            "mfa_token": token, "oob_code": answer["oob_code"] ?? "",
        ])
        #expect(polled["error_description"] == "Missing required parameter: binding_code")
    }
}

/// The path of the link that was sent last to somebody.
private func approvalPath(_ tenant: TokenFixture, _ recipient: String) async throws -> String {
    let url = try #require(try await tenant.sent(to: recipient)["url"]?.string)
    let origin = "https://\(tenant.domain)"
    try #require(url.hasPrefix(origin) && url.hasSuffix("#"))
    return String(url.dropFirst(origin.count).dropLast())
}
