import HTTPTypes
import StrictJSON
import Tenancy
import Testing

@testable import Authentication

@Suite("Passwordless")
struct PasswordlessTests {
    private func started(
        _ options: JSONObject = [:]
    ) async throws -> (tenant: TokenFixture, client: Client) {
        let tenant = try await TokenFixture()
        let client = try await tenant.passwordClient()
        let now = tenant.shard.now
        try await tenant.shard.write { db in
            for strategy in ["email", "sms"] {
                try db.connections.insert(
                    Connection(
                        id: Connection.newID(), name: strategy, strategy: strategy, createdAt: now,
                        enabledClients: [client.clientID], document: ["options": .object(options)]))
            }
        }
        return (tenant, client)
    }

    private func start(_ tenant: TokenFixture, _ body: JSONObject) async throws -> Answer {
        try await tenant.mfa(.post, "/passwordless/start", .object(body))
    }

    private func startByEmail(
        _ tenant: TokenFixture, _ client: Client, _ email: String = "new@example.com", send: String = "code"
    ) async throws -> Answer {
        try await start(
            tenant,
            [
                "client_id": .string(client.clientID), "connection": "email", "email": .string(email),
                "send": .string(send), "authParams": ["scope": "openid email", "state": "st4te"],
            ])
    }

    private func otp(
        _ tenant: TokenFixture, _ client: Client, _ code: String, _ name: String = "new@example.com",
        realm: String = "email", from address: String = "192.0.2.1"
    ) async throws -> Answer {
        let body: JSON = [
            "grant_type": "http://auth0.com/oauth/grant-type/passwordless/otp", "client_id": .string(client.clientID),
            "username": .string(name), "otp": .string(code), "realm": .string(realm), "scope": "openid email",
        ]
        return try await tenant.send(
            .post, "/oauth/token", headers: [.contentType: "application/json"], body: body.text(), from: address)
    }

    private func code(_ tenant: TokenFixture, _ recipient: String = "new@example.com") async throws -> String {
        try #require(try await tenant.sent(to: recipient)["code"]?.string)
    }

    @Test("a code by e-mail makes the user at its first use")
    func email() async throws {
        let (tenant, client) = try await started()
        let answer = try await startByEmail(tenant, client, "New@Example.com")
        #expect(answer.status == 200 && answer["email"] == "new@example.com")
        let id = try #require(answer["_id"])
        #expect(try await tenant.shard.read { try $0.users.count(connection: "email") } == 0)
        let tokens = try await otp(tenant, client, try await code(tenant))
        #expect(tokens.status == 200)
        let claims = try JSONWebToken(parsing: try #require(tokens["id_token"])).claims
        #expect(claims["sub"]?.string == "email|" + id && claims["email_verified"]?.bool == true)
        #expect(try await tenant.events() == ["cls", "sepft", "ss"])
        // The second time it is the same user.
        #expect(try await startByEmail(tenant, client)["_id"] == id)
        #expect(try await otp(tenant, client, try await code(tenant), "NEW@example.com").status == 200)
        #expect(try await tenant.shard.read { try $0.users.count(connection: "email") } == 1)
    }

    @Test("a code by SMS")
    func sms() async throws {
        let (tenant, client) = try await started()
        let answer = try await start(
            tenant,
            ["client_id": .string(client.clientID), "connection": "sms", "phone_number": "+15550100"])
        #expect(answer.json["phone_verified"]?.bool == false && answer["phone_number"] == "+15550100")
        let message = try await tenant.sent(to: "+15550100")
        #expect(message["send"]?.string == "code" && message["link"] == nil)
        let tokens = try await otp(
            tenant, client, try #require(message["code"]?.string), "+15550100", realm: "sms")
        let claims = try JSONWebToken(parsing: try #require(tokens["id_token"])).claims
        #expect(claims["sub"]?.string?.hasPrefix("sms|") == true)
        #expect(try await tenant.events() == ["cs", "sepft", "ss"])
    }

    @Test("a user whom an administrator has made is the one whom a code logs in", arguments: ["email", "sms"])
    func madeBefore(_ strategy: String) async throws {
        let (tenant, client) = try await started()
        let connection = try #require(try await tenant.shard.connection(named: strategy))
        let (property, recipient) = (connection.recipientProperty, strategy == "email" ? "a@example.com" : "+15550100")
        let made = User.passwordless(
            id: "made", connection: connection, attributes: [property: .string(recipient), "name": "Jane"],
            at: tenant.shard.now)
        #expect(made.document[connection.recipientFlag] == false)
        try await tenant.shard.write { try $0.passwordlessIdentities.insert(made, recipient: recipient) }
        let answer = try await start(
            tenant,
            [
                "client_id": .string(client.clientID), "connection": .string(strategy), "send": "code",
                property: .string(recipient),
            ])
        // An id somebody has chosen would tell that there is an account.
        #expect(answer["_id"]?.wholeMatch(of: /[0-9a-f]{24}/) != nil)
        let tokens = try await otp(tenant, client, try await code(tenant, recipient), recipient, realm: strategy)
        let claims = try JSONWebToken(parsing: try #require(tokens["id_token"])).claims
        #expect(claims["sub"]?.string == strategy + "|made")
        let user = try #require(try await tenant.shard.read { try $0.users.find(strategy + "|made") })
        #expect(user.document[connection.recipientFlag] == true && user.name == "Jane")
        #expect(try await tenant.shard.read { try $0.users.count(connection: strategy) } == 1)
        #expect(try await !tenant.events().contains("ss"))
    }

    private func subject(_ tenant: TokenFixture, _ client: Client, _ email: String) async throws -> String {
        tenant.service.time.advance(seconds: 1)
        _ = try await startByEmail(tenant, client, email)
        let tokens = try await otp(tenant, client, try await code(tenant, email), email)
        let claims = try JSONWebToken(parsing: try #require(tokens["id_token"], "\(tokens.text)")).claims
        return try #require(claims["sub"]?.string)
    }

    @Test("a changed address logs its user in, and the one before somebody new; what is told beforehand stays")
    func changedAddress() async throws {
        let (tenant, client) = try await started()
        let first = try await subject(tenant, client, "new@example.com")
        try await tenant.shard.write { db in
            let user = try #require(try db.users.find(first))
            var document = user.document
            document["email"] = "newer@example.com"
            try db.users.update(user.replacing(document: document, updatedAt: user.updatedAt))
        }
        #expect(try await subject(tenant, client, "newer@example.com") == first)
        // Whether the address has an account again, or still, is not to be seen.
        let told = try #require(try await startByEmail(tenant, client, "new@example.com")["_id"])
        #expect("email|" + told == first)
        #expect(try await subject(tenant, client, "new@example.com") != first)
        #expect(try await subject(tenant, client, "newer@example.com") == first)
    }

    @Test("L15 a code proves nothing about the address of the user that its own is linked to")
    func linkedAddress() async throws {
        let (tenant, client) = try await started()
        let jane = try await tenant.member("jane@example.com", ["email_verified": false])
        let second = try await subject(tenant, client, "new@example.com")
        let now = tenant.shard.now
        _ = try await tenant.shard.write { try $0.linkedIdentities.link(second, to: jane, at: now) }
        #expect(try await subject(tenant, client, "new@example.com") == jane.userID)
        let found = try #require(try await tenant.shard.read { try $0.users.find(jane.userID) })
        #expect(found.document["email_verified"] == false)
    }

    @Test("L13 a code is good once, dies of three wrong ones, of time and of the next code")
    func oneUse() async throws {
        let (tenant, client) = try await started()
        _ = try await startByEmail(tenant, client)
        let first = try await code(tenant)
        #expect(try await otp(tenant, client, first).status == 200)
        let again = try await otp(tenant, client, first)
        #expect(again.status == 403 && again["error_description"] == "Wrong email or verification code.")
        tenant.service.time.advance(seconds: 1)
        _ = try await startByEmail(tenant, client)
        let second = try await code(tenant)
        tenant.service.time.advance(seconds: 1)
        _ = try await startByEmail(tenant, client)
        let third = try await code(tenant)
        if second != third { #expect(try await otp(tenant, client, second).status == 403) }
        #expect(try await otp(tenant, client, "x").status == 403)
        #expect(try await otp(tenant, client, "y").status == 403)
        #expect(try await otp(tenant, client, third).status == 403)
        tenant.service.time.advance(seconds: 1)
        _ = try await startByEmail(tenant, client)
        let fourth = try await code(tenant)
        tenant.service.time.advance(seconds: 180)
        #expect(try await otp(tenant, client, fourth).status == 403)
    }

    @Test("L13 of ten parallel requests with one code one wins")
    func parallel() async throws {
        let (tenant, client) = try await started()
        _ = try await startByEmail(tenant, client)
        let code = try await code(tenant)
        let wins = try await withThrowingTaskGroup(of: Int.self) { group in
            for _ in 0..<10 { group.addTask { try await otp(tenant, client, code).status } }
            return try await group.reduce(0) { $0 + ($1 == 200 ? 1 : 0) }
        }
        #expect(wins == 1)
    }

    @Test("wrong codes of a known user are in the user's history, and so is what the shields refuse then")
    func history() async throws {
        let (tenant, client) = try await started()
        _ = try await startByEmail(tenant, client)
        #expect(try await otp(tenant, client, try await code(tenant)).status == 200)
        for _ in 0..<10 { #expect(try await otp(tenant, client, "x").status == 403) }
        #expect(try await otp(tenant, client, "x").status == 429)
        let history = try await tenant.history(of: "new@example.com")
        #expect(history.count { $0 == "fp" } == 10 && history.count { $0 == "limit_wc" } == 2)
        let blocks = try await tenant.shard.read { try $0.logs.page(LogFilter(type: "limit_wc"), offset: 0, limit: 9) }
        for event in blocks {
            #expect(event["description"]?.string?.contains("new@example.com") == true)
            #expect(event["details"] == ["ip": "192.0.2.1", "user": "new@example.com"])
        }
    }

    @Test("L5 L13 wrong codes raise the shields: ten block the address for the account, a hundred for all")
    func shields() async throws {
        let (tenant, client) = try await started()
        for _ in 0..<10 { #expect(try await otp(tenant, client, "x").status == 403) }
        _ = try await startByEmail(tenant, client)
        let code = try await code(tenant)
        let blocked = try await otp(tenant, client, code)
        #expect(blocked.status == 429 && blocked["error"] == "too_many_attempts")
        let verified = try await tenant.mfa(
            .post, "/passwordless/verify",
            ["connection": "email", "email": "new@example.com", "verification_code": .string(code)])
        #expect(verified.status == 429)
        // When the block begins, and for each attempt that it refuses.
        #expect(try await tenant.events().filter { $0 == "limit_wc" }.count == 3)
        // L6: nobody locks the owner of the address out.
        #expect(try await otp(tenant, client, code, from: "198.51.100.7").status == 200)
        for number in 0..<90 { _ = try await otp(tenant, client, "x", "u\(number)@example.com") }
        let everybody = try await otp(tenant, client, "x", "fresh@example.com")
        #expect(everybody.status == 429)
        #expect(try await tenant.events().contains("limit_mu"))
    }

    @Test("ten blocked codes send the owner the way out, and a right one forgives")
    func forgiven() async throws {
        let (tenant, client) = try await started()
        _ = try await startByEmail(tenant, client)
        #expect(try await otp(tenant, client, try await code(tenant)).status == 200)
        for _ in 0..<9 { #expect(try await otp(tenant, client, "x").status == 403) }
        tenant.service.time.advance(seconds: 1)
        _ = try await startByEmail(tenant, client)
        #expect(try await otp(tenant, client, try await code(tenant)).status == 200)
        for _ in 0..<10 { #expect(try await otp(tenant, client, "x").status == 403) }
        tenant.service.time.advance(seconds: 1)
        #expect(try await tenant.sent(to: "new@example.com")["url"]?.string?.contains("/lo/unblock") == true)
    }

    @Test("a code is taken in the place of a password by /oauth/ro, once", arguments: ["email", "sms"])
    func resourceOwner(strategy: String) async throws {
        let (tenant, _) = try await started()
        let old = try await tenant.client([
            "oidc_conformant": false, "grant_types": ["http://auth0.com/oauth/legacy/grant-type/ro"],
        ])
        try await tenant.shard.write { db in
            let connection = try #require(try db.connections.find(name: strategy))
            try db.connections.update(
                connection.replacing(enabledClients: connection.enabledClients + [old.clientID]))
        }
        let recipient = strategy == "email" ? "new@example.com" : "+15550100"
        _ = try await start(
            tenant,
            [
                "client_id": .string(old.clientID), "connection": .string(strategy), "send": "code",
                (strategy == "email" ? "email" : "phone_number"): .string(recipient),
            ])
        func ro(_ code: String, as name: String? = nil) async throws -> Answer {
            try await tenant.mfa(
                .post, "/oauth/ro",
                [
                    "client_id": .string(old.clientID), "username": .string(name ?? recipient),
                    "password": .string(code), "connection": .string(strategy), "grant_type": "password",
                    "scope": "openid",
                ])
        }
        let code = try await code(tenant, recipient)
        #expect(try await ro("x")["error"] == "invalid_user_password")
        #expect(try await ro(code, as: "no address")["error"] == "invalid_request")
        let answer = try await ro(code)
        let subject = try JSONWebToken(parsing: try #require(answer["id_token"])).claims["sub"]?.string
        #expect(subject?.hasPrefix(strategy + "|") == true)
        let again = try await ro(code)
        #expect(again.status == 401 && again["error"] == "invalid_user_password")
        #expect(try await tenant.events().filter { ["fu", "fp", "s", "ss"].contains($0) } == ["fp", "fu", "s", "ss"])
    }

    @Test("a code becomes a login ticket at /co/authenticate, and a wrong one an event")
    func crossOrigin() async throws {
        let (tenant, _) = try await started()
        let client = try await tenant.client(["cross_origin_auth": true])
        try await tenant.shard.write { db in
            let email = try #require(try db.connections.find(name: "email"))
            try db.connections.update(email.replacing(enabledClients: email.enabledClients + [client.clientID]))
        }
        _ = try await startByEmail(tenant, client)
        func authenticate(_ code: String) async throws -> Answer {
            try await tenant.send(
                .post, "/co/authenticate",
                headers: [.contentType: "application/json", .origin: "https://app.example.com"],
                body: ([
                    "client_id": .string(client.clientID), "username": "new@example.com", "otp": .string(code),
                    "realm": "email", "credential_type": "http://auth0.com/oauth/grant-type/passwordless/otp",
                ] as JSON).text())
        }
        let wrong = try await authenticate("x")
        #expect(wrong.status == 403 && wrong["error"] == "access_denied")
        let code = try await code(tenant)
        let browser = AuthorizeBrowser(tenant)
        let answer = try await authenticate(code)
        browser.keep(answer)
        #expect(try await authenticate(code).status == 403)
        let ended = try await browser.authorize(
            client, ["login_ticket": try #require(answer["login_ticket"]), "realm": "email"])
        #expect(ended.told["code"] != nil)
        #expect(try await tenant.events() == ["cls", "fcoa", "fcoa", "s", "scoa", "ss"])
        // The first wrong code came before there was a user.
        #expect(try await tenant.history(of: "new@example.com") == ["fcoa", "s", "scoa", "ss"])
    }

    @Test("a code is good for the client it was sent for alone")
    func boundToClient() async throws {
        let (tenant, client) = try await started()
        let other = try await tenant.passwordClient()
        try await tenant.shard.write { db in
            let email = try #require(try db.connections.find(name: "email"))
            try db.connections.update(email.replacing(enabledClients: email.enabledClients + [other.clientID]))
        }
        _ = try await startByEmail(tenant, client)
        let code = try await code(tenant)
        #expect(try await otp(tenant, other, code).status == 403)
        #expect(try await otp(tenant, client, code).status == 200)
    }

    @Test("L15 a code for an address does not lead to the database user who has it")
    func noLinking() async throws {
        let (tenant, client) = try await started()
        let jane = try await tenant.member("new@example.com")
        _ = try await startByEmail(tenant, client)
        let tokens = try await otp(tenant, client, try await code(tenant))
        let subject = try JSONWebToken(parsing: try #require(tokens["id_token"])).claims["sub"]?.string
        #expect(subject?.hasPrefix("email|") == true && subject != jane.userID)
        #expect(try await tenant.shard.read { try $0.users.find(email: "new@example.com").count } == 2)
    }

    @Test("ten codes an hour are enough for anybody")
    func bounded() async throws {
        let (tenant, client) = try await started()
        for _ in 0..<10 { #expect(try await startByEmail(tenant, client).status == 200) }
        let refused = try await startByEmail(tenant, client)
        #expect(refused.status == 429 && refused["error"] == "too_many_requests")
        tenant.service.time.advance(seconds: 3601)
        #expect(try await startByEmail(tenant, client).status == 200)
    }

    @Test("L3 where sign-up is disabled a stranger's address is answered like a user's, and gets nothing")
    func disabledSignUp() async throws {
        let (tenant, client) = try await started(["disable_signup": true])
        let now = tenant.shard.now
        let connection = try #require(try await tenant.shard.connection(named: "email"))
        let known = User.passwordless(
            id: User.newDatabaseID(at: now), connection: connection, recipient: "known@example.com", at: now)
        try await tenant.shard.write { try $0.users.insert(known, passwordHash: nil) }
        let stranger = try await startByEmail(tenant, client, "other@example.com")
        let friend = try await startByEmail(tenant, client, "known@example.com")
        #expect(stranger.status == 200 && friend.status == 200)
        func blank(_ answer: Answer) -> String {
            answer.text.replacing(/"_id":"[0-9a-f]{24}"/, with: "").replacing(/(other|known)@/, with: "")
        }
        #expect(blank(stranger) == blank(friend))
        #expect(try await tenant.shard.read { try $0.outbox.newest(to: "other@example.com") } == nil)
        #expect(
            try await otp(tenant, client, try await code(tenant, "known@example.com"), "known@example.com").status
                == 200)
        #expect(try await tenant.events() == ["cls", "fs", "sepft"])
    }

    @Test("what /passwordless/start refuses, in its own words")
    func refusals() async throws {
        let (tenant, client) = try await started()
        let id = JSON.string(client.clientID)
        let database = JSON.string(Connection.defaultDatabaseName)
        let other = JSON.string(try await tenant.spa().clientID)
        let cases: [(JSONObject, String, String)] = [
            (["connection": "email"], "bad.client_id", "Missing required property: client_id"),
            (["client_id": "nobody", "connection": "email"], "bad.client_id", "Client does not exist"),
            (["client_id": id], "bad.connection", "Missing required property: connection"),
            (["client_id": id, "connection": "x"], "bad.connection", "Connection does not exist"),
            (["client_id": other, "connection": "sms"], "bad.connection", "Connection is disabled"),
            (
                ["client_id": id, "connection": database], "bad.connection",
                "Invalid connection strategy. It must either be a passwordless connection"
            ),
            (["client_id": id, "connection": "email"], "bad.email", "Missing required property: email"),
            (
                ["client_id": id, "connection": "email", "email": "a@x.com\r\nBcc: b@x.com"], "bad.email",
                "The email address is not valid"
            ),
            (
                ["client_id": id, "connection": "sms"], "bad.phone_number",
                "Missing required property: phone_number"
            ),
            (
                ["client_id": id, "connection": "sms", "phone_number": "+1555;+1666"], "bad.phone_number",
                "String does not match pattern: ^\\+[0-9]{1,15}$"
            ),
            (
                ["client_id": id, "connection": "email", "email": "a@x.com", "authParams": "x"], "bad.authParams",
                "authParams must be an object"
            ),
            (
                ["client_id": id, "connection": "email", "email": "a@x.com", "admin": true], "bad.request",
                "the following properties are not allowed: admin"
            ),
            (
                ["client_id": id, "connection": "email", "email": "a@x.com", "send": "pigeon"], "bad.request",
                "send must be link or code"
            ),
        ]
        for (body, code, message) in cases {
            let answer = try await start(tenant, body)
            #expect(answer.status == 400 && answer.json["statusCode"]?.int == 400)
            #expect(answer["error"] == code && answer["error_description"] == message)
        }
    }

    @Test("/passwordless/verify checks a code without using it up, and counts wrong ones")
    func verify() async throws {
        let (tenant, client) = try await started()
        _ = try await startByEmail(tenant, client)
        let code = try await code(tenant)
        func verify(_ code: String) async throws -> Answer {
            try await tenant.mfa(
                .post, "/passwordless/verify",
                ["connection": "email", "email": "new@example.com", "verification_code": .string(code)])
        }
        #expect(try await verify(code).status == 200)
        let wrong = try await verify("x")
        #expect(wrong.status == 401 && wrong["error"] == "invalid_user_password")
        #expect(try await otp(tenant, client, code).status == 200)
        #expect(try await verify(code).status == 401)
    }

    @Test("a link logs in after a click, in the browser that was shown the page, once")
    func link() async throws {
        let (tenant, client) = try await started()
        _ = try await startByEmail(tenant, client, send: "link")
        let link = try #require(try await tenant.sent(to: "new@example.com")["link"]?.string)
        #expect(link.hasPrefix("https://acme.auth0.com/passwordless/verify_redirect?client_id="))
        let path = String(link.dropFirst("https://acme.auth0.com".count))
        // A mail scanner opens it first, which does nothing.
        #expect(try await AuthorizeBrowser(tenant).open(path).status == 200)
        let browser = AuthorizeBrowser(tenant)
        let page = try await browser.open(path)
        #expect(page.text.contains("new@example.com") && browser.cookies["auth0"] == nil)
        #expect(try await AuthorizeBrowser(tenant).post(page, [:]).status == 403)
        let done = try await browser.submit(page, [:])
        #expect(done.told["code"] != nil && done.told["state"] == "st4te")
        #expect(browser.cookies["auth0"] != nil)
        let again = try await browser.submit(page, [:])
        #expect(again.isErrorPage && again.text.contains("no longer works"))
        #expect(try await tenant.events() == ["cls", "f", "fp", "s", "ss"])
    }

    @Test("a link whose target was changed leads nowhere")
    func alteredLink() async throws {
        let (tenant, client) = try await started()
        _ = try await startByEmail(tenant, client, send: "link")
        let link = try #require(try await tenant.sent(to: "new@example.com")["link"]?.string)
        let path = String(link.dropFirst("https://acme.auth0.com".count))
        let browser = AuthorizeBrowser(tenant)
        #expect(try await browser.open(path + "&redirect_uri=https%3A%2F%2Fevil.example%2F").isErrorPage)
        #expect(try await browser.open("/passwordless/verify_redirect").isErrorPage)
    }

    @Test("the second factor is asked after a code too")
    func secondFactor() async throws {
        let (tenant, client) = try await started()
        try await tenant.shard.write {
            try $0.settings.save(SecondFactorSettings(factors: [.otp], asksForAllApplications: true))
        }
        _ = try await startByEmail(tenant, client)
        let answer = try await otp(tenant, client, try await code(tenant))
        #expect(answer.status == 403 && answer["mfa_token"] != nil)
    }
}
