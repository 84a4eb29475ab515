import HTTPTypes
import OpenSSL
import StrictJSON
import Tenancy
import Testing

@testable import Management

@Suite("What administrators do for people")
struct PeopleTests {
    @Test("a ticket is a link; the audit trail does not hold it")
    func tickets() async throws {
        let tenant = try await TestTenant()
        let user = try await tenant.makeUser("ada@example.com")
        for (path, page) in [("email-verification", "verify_email"), ("password-change", "reset")] {
            let reply = try await tenant.send(.post, "/tickets/\(path)", ["user_id": .string(user), "ttl_sec": 60])
            #expect(reply.status == 201, "\(reply.body)")
            let link = try #require(reply.body["ticket"]?.string)
            #expect(link.hasPrefix("https://\(tenant.domain)/lo/\(page)?ticket=") && link.hasSuffix("#"))
            let secret = link.dropFirst("https://\(tenant.domain)/lo/\(page)?ticket=".count).dropLast()
            let event = try #require(try await tenant.lastEvent("sapi"))
            #expect(!JSON.object(event).text().contains(secret))
        }
        #expect(try await tenant.send(.post, "/tickets/password-change", ["user_id": "auth0|none"]).status == 404)
        #expect(try await tenant.send(.post, "/tickets/password-change", [:]).status == 400)
        let byEmail = try await tenant.send(
            .post, "/tickets/password-change", ["email": "ada@example.com", "connection_id": "con_none"])
        #expect(byEmail.status == 400 && byEmail.errorCode == "inexistent_connection")
        let script = try await tenant.send(
            .post, "/tickets/email-verification", ["user_id": .string(user), "result_url": "javascript:alert(1)"])
        #expect(script.status == 400)
    }

    @Test("a ticket for a linked identity is about its address, and there is none for an identity of somebody else")
    func identityTickets() async throws {
        let tenant = try await TestTenant()
        let user = try await tenant.makeUser("ada@example.com")
        let second = try await tenant.makeUser("lovelace@example.com")
        let stranger = try await tenant.makeUser("eve@example.com")
        let identities = "/users/\(user.replacing("|", with: "%7C"))/identities"
        let linked = try await tenant.send(.post, identities, ["provider": "auth0", "user_id": .string(second)])
        #expect(linked.status == 201)
        func send(_ provider: String, _ id: String) async throws -> TestTenant.Reply {
            try await tenant.send(
                .post, "/tickets/email-verification",
                [
                    "user_id": .string(user),
                    "identity": ["provider": .string(provider), "user_id": .string(id)],
                ])
        }
        func ticket(_ reply: TestTenant.Reply) async throws -> Ticket? {
            let link = try #require(reply.body["ticket"]?.string, "\(reply.body)")
            let secret = OpaqueSecret(text: String(try #require(link.split(separator: "=").last).dropLast()))
            let now = tenant.shard.now
            return try await tenant.shard.read { try $0.tickets.find(secret, .verifyEmail, at: now) }
        }
        // Ids come bare, or with the provider before them.
        for id in [second, String(second.dropFirst("auth0|".count))] {
            let ofSecond = try #require(try await ticket(try await send("auth0", id)))
            #expect(ofSecond.userID == user && ofSecond.identity == second)
            #expect(ofSecond.email == "lovelace@example.com")
        }
        let own = try #require(try await ticket(try await send("auth0", String(user.dropFirst("auth0|".count)))))
        #expect(own.userID == user && own.identity == nil && own.email == "ada@example.com")
        for (provider, id) in [("google-oauth2", "nobody"), ("auth0", "nobody"), ("auth0", stranger)] {
            let refused = try await send(provider, id)
            #expect(refused.status == 404 && refused.errorCode == "inexistent_user", "\(provider) \(id)")
        }
    }

    @Test("a linked identity without an address has nothing to verify")
    func identityWithoutAddress() async throws {
        let tenant = try await TestTenant()
        let user = try await tenant.makeUser("ada@example.com")
        let now = tenant.shard.now
        try await tenant.shard.write { db in
            let second = User(
                userID: "github|7", connection: "github",
                document: ["identities": [["provider": "github", "user_id": "7", "connection": "github"]]],
                createdAt: now, updatedAt: now)
            try db.users.insert(second, passwordHash: nil)
            let primary = try #require(try db.users.find(user))
            _ = try db.linkedIdentities.link(second.userID, to: primary, at: now)
        }
        let reply = try await tenant.send(
            .post, "/tickets/email-verification",
            ["user_id": .string(user), "identity": ["provider": "github", "user_id": "7"]])
        #expect(reply.status == 400 && reply.message == "The identity has no email address")
    }

    @Test("a ticket may bring a password of its own, which is held against the connection's rules and logged nowhere")
    func chosenPassword() async throws {
        let tenant = try await TestTenant()
        let user = try await tenant.makeUser("ada@example.com")
        let weak = try await tenant.send(
            .post, "/tickets/password-change", ["user_id": .string(user), "new_password": "short"])
        #expect(weak.status == 400 && weak.message?.hasPrefix("PasswordStrengthError") == true, "\(weak.body)")
        let connection = try #require(
            try await tenant.shard.read { try $0.connections.find(name: Connection.defaultDatabaseName) })
        let password = "Chosen-For-You-7"
        let made = try await tenant.send(
            .post, "/tickets/password-change",
            [
                "email": "ada@example.com", "connection_id": .string(connection.id), "new_password": .string(password),
                "mark_email_as_verified": true, "includeEmailInRedirect": false, "ttl_sec": 60,
                "result_url": "https://app.example/done",
            ])
        let link = try #require(made.body["ticket"]?.string, "\(made.body)")
        let secret = OpaqueSecret(text: String(try #require(link.split(separator: "=").last).dropLast()))
        let now = tenant.shard.now
        let ticket = try #require(try await tenant.shard.read { try $0.tickets.find(secret, .changePassword, at: now) })
        #expect(ticket.userID == user && ticket.marksEmailVerified && !ticket.includesEmail)
        #expect(ticket.resultURL == "https://app.example/done" && ticket.expiresAt <= now.adding(seconds: 60))
        let hasher = try PasswordHasher(cost: 4, pool: tenant.shard.pools.hashing)
        #expect(try await hasher.verify(password, against: try #require(ticket.newPasswordHash)))
        for event in try await tenant.shard.read({ try $0.logs.page(offset: 0, limit: 100) }) {
            #expect(!JSON.object(event).text().contains(password))
        }
        // Until the link is used nothing has changed.
        let old = try await tenant.shard.read {
            try $0.users.credentials(connection: Connection.defaultDatabaseName, login: "ada@example.com")
        }
        #expect(old?.passwordHash != ticket.newPasswordHash)
    }

    @Test("a ticket leads back to the application and its organization, or to a URL of its own, never both")
    func ticketTargets() async throws {
        let tenant = try await TestTenant()
        let user = try await tenant.makeUser("ada@example.com")
        let client = try await tenant.makeClient("App")
        _ = try await tenant.send(.patch, "/clients/\(client)", ["initiate_login_uri": "https://app.example/login"])
        let organization = try await tenant.make("/organizations", ["name": "acme"])
        let body: JSONObject = ["user_id": .string(user), "client_id": .string(client)]
        func ticket(_ more: JSONObject) async throws -> Ticket {
            let made = try await tenant.send(.post, "/tickets/password-change", .object(body.merging(deep: more)))
            let link = try #require(made.body["ticket"]?.string, "\(made.body)")
            let secret = OpaqueSecret(text: String(try #require(link.split(separator: "=").last).dropLast()))
            let now = tenant.shard.now
            return try #require(try await tenant.shard.read { try $0.tickets.find(secret, .changePassword, at: now) })
        }
        let plain = try await ticket([:])
        #expect(plain.resultURL == "https://app.example/login" && plain.includesEmail && plain.clientID == client)
        #expect(
            try await ticket(["organization_id": .string(organization)]).resultURL
                == "https://app.example/login?organization=\(organization)&organization_name=acme")
        for path in ["password-change", "email-verification"] {
            let both = try await tenant.send(
                .post, "/tickets/\(path)", .object(body.merging(deep: ["result_url": "https://other.example/"])))
            #expect(both.status == 400, "\(both.body)")
        }
        let unknown = try await tenant.send(
            .post, "/tickets/password-change", .object(body.merging(deep: ["organization_id": "org_none"])))
        #expect(unknown.status == 404)
    }

    @Test("whose passkeys an administrator removes is told so, if there were any")
    func passkeys() async throws {
        let tenant = try await TestTenant()
        let user = try await tenant.makeUser("ada@example.com")
        let path = "/users/\(user.replacing("|", with: "%7C"))/authentication-methods"
        func mails() async throws -> [OutgoingMessage] {
            let now = tenant.shard.now
            return try await tenant.shard.read { try $0.outbox.due(at: now, limit: 10) }.map(\.message)
        }
        #expect(try await tenant.send(.delete, path).status == 204)
        #expect(try await mails().isEmpty)
        let passkey = Passkey(
            credentialID: [1, 2, 3], userID: user, relyingParty: "acme.localhost",
            publicKey: try PrivateKey.generate(for: .es256).publicKey, signCount: 0, createdAt: tenant.shard.now)
        #expect(try await tenant.shard.write { try $0.passkeys.insert(passkey) })
        #expect(try await tenant.send(.delete, path).status == 204)
        let sent = try await mails()
        #expect(sent.map(\.kind) == [.passkeyRemoved] && sent.map(\.recipient) == ["ada@example.com"])
    }

    @Test("a blacklisted token is refused from the next call on, and no other")
    func blacklist() async throws {
        let tenant = try await TestTenant()
        let audience = "https://\(tenant.domain)/api/v2/"
        let (bad, good) = (try tenant.token(extra: ["jti": "bad"]), try tenant.token(extra: ["jti": "good"]))
        #expect(try await tenant.send(.get, "/clients", authorization: ["Bearer \(bad)"]).status == 200)
        #expect(
            try await tenant.send(.post, "/blacklists/tokens", ["aud": .string(audience), "jti": "bad"]).status == 204)
        #expect(try await tenant.send(.get, "/clients", authorization: ["Bearer \(bad)"]).status == 401)
        #expect(try await tenant.send(.get, "/clients", authorization: ["Bearer \(good)"]).status == 200)
        let list = try await tenant.send(.get, "/blacklists/tokens?aud=other")
        #expect(list.body == [])
    }

    @Test("a user who lost the second factor starts anew")
    func factors() async throws {
        let tenant = try await TestTenant()
        let user = try await tenant.makeUser("ada@example.com")
        let factor = try await tenant.shard.write { db in
            let factor = Factor(.otp, of: user, secret: [1, 2, 3], at: tenant.shard.now)
            try db.factors.insert(factor)
            try db.factors.confirm(factor, at: tenant.shard.now)
            try db.recoveryCodes.set(.random(), for: user, at: tenant.shard.now)
            return factor
        }
        let id = user.replacing("|", with: "%7C")
        let shown = try await tenant.send(.get, "/guardian/enrollments/\(factor.enrollmentID)")
        #expect(shown.body["status"] == "confirmed" && shown.body["id"]?.string?.hasPrefix("dev_") == true)
        #expect(try await tenant.send(.get, "/users/\(id)/enrollments").body.array?.count == 1)
        let code = try await tenant.send(.post, "/users/\(id)/recovery-code-regeneration")
        let text = try #require(code.body["recovery_code"]?.string)
        #expect(text.count == 24)
        let event = try #require(try await tenant.lastEvent("sapi"))
        #expect(!JSON.object(event).text().contains(text))
        #expect(try await tenant.shard.read { try $0.recoveryCodes.matches(RecoveryCode(typed: text), of: user) })
        #expect(try await tenant.send(.delete, "/users/\(id)/multifactor/carrier-pigeon").status == 400)
        #expect(try await tenant.send(.delete, "/users/\(id)/multifactor/google-authenticator").status == 204)
        #expect(try await tenant.send(.get, "/guardian/enrollments/\(factor.enrollmentID)").status == 404)
        #expect(try await tenant.shard.read { try $0.recoveryCodes.exists(for: user) } == false)
        #expect(try await tenant.send(.delete, "/users/\(id)/authenticators").status == 204)
        #expect(try await tenant.send(.delete, "/guardian/enrollments/dev_none").errorCode == "enrollment_not_found")
    }

    @Test("withdrawing a grant ends the refresh tokens it gave")
    func grants() async throws {
        let tenant = try await TestTenant()
        let user = try await tenant.makeUser("ada@example.com")
        let client = tenant.managementClient.clientID
        let family = try await tenant.shard.write { db in
            let now = tenant.shard.now
            try db.consents.allow(["read:x"], userID: user, clientID: client, audience: "https://api")
            let family = try db.tokenFamilies.insert(clientID: client, userID: user, at: now)
            try db.refreshTokens.insert(
                .random(), familyID: family, connection: "c", scope: [], audience: "https://api",
                authenticatedAt: now, at: now)
            return family
        }
        let credentials = try await tenant.send(.get, "/device-credentials?type=refresh_token")
        #expect(credentials.body.array?.first?["id"] == .string("dcr_\(family)"))
        #expect(try await tenant.send(.get, "/refresh-tokens/\(family)").body["user_id"] == .string(user))
        let list = try await tenant.send(.get, "/grants?include_totals=true")
        #expect(list.body["total"] == 1)
        let grant = try #require(list.body["grants"]?.array?.first)
        #expect(grant["clientID"] == .string(client) && grant["audience"] == "https://api")
        #expect(try await tenant.send(.delete, "/grants/\(grant["id"]?.string ?? "")").status == 204)
        #expect(try await tenant.shard.read { try $0.tokenFamilies.find(family)?.isRevoked } == true)
        #expect(try await tenant.send(.get, "/grants").body == [])
        #expect(try await tenant.send(.get, "/refresh-tokens/\(family)").status == 404)
        #expect(try await tenant.send(.delete, "/grants").status == 400)
    }

    @Test("blocks are listed and released")
    func blocks() async throws {
        let tenant = try await TestTenant()
        let user = try await tenant.makeUser("ada@example.com")
        let id = user.replacing("|", with: "%7C")
        try await tenant.shard.write { db in
            let subject = ShieldSubject.account(
                connection: "c", name: "ada@example.com", userID: user, address: "192.0.2.9")
            for _ in 0..<ShieldLimits.accountFailures { _ = try db.shields.countFailure(subject, at: tenant.shard.now) }
            for _ in 0..<ShieldLimits.addressFailures {
                _ = try db.shields.countAddressFailure(.address("192.0.2.9"), at: tenant.shard.now)
            }
        }
        let block: JSON = ["blocked_for": [["identifier": "ada@example.com", "ip": "192.0.2.9"]]]
        #expect(try await tenant.send(.get, "/user-blocks/\(id)").body == block)
        #expect(try await tenant.send(.get, "/user-blocks?identifier=ada@example.com").body == block)
        #expect(try await tenant.send(.get, "/anomaly/blocks/ips/192.0.2.9").body == [:])
        #expect(try await tenant.send(.delete, "/user-blocks/\(id)").status == 204)
        #expect(try await tenant.send(.get, "/user-blocks/\(id)").body == ["blocked_for": []])
        #expect(try await tenant.send(.delete, "/anomaly/blocks/ips/192.0.2.9").status == 204)
        #expect(try await tenant.send(.get, "/anomaly/blocks/ips/192.0.2.9").status == 404)
        #expect(try await tenant.send(.get, "/anomaly/blocks/ips/nowhere").errorCode == "invalid_uri")
    }
}

@Suite("Links by which a second factor is added")
struct EnrollmentTicketRouteTests {
    @Test("the link is told once, sent where that is asked for, and kept out of the audit trail")
    func ticket() async throws {
        let tenant = try await TestTenant()
        let user = try await tenant.makeUser("ada@example.com")
        let path = "/guardian/enrollments/ticket"
        let made = try await tenant.send(.post, path, ["user_id": .string(user), "send_mail": true])
        let (id, url) = (made.body["ticket_id"]?.string, made.body["ticket_url"]?.string)
        #expect(made.status == 200, "\(made.body)")
        #expect(url?.hasPrefix("https://acme.localhost:8443/mfa/enrollment?ticket=") == true)
        let secret = try #require(id)
        #expect(try await tenant.lastEvent("sapi").map { JSON.object($0).text().contains(secret) } == false)
        let now = tenant.shard.now
        let mails = try await tenant.shard.read { try $0.outbox.due(at: now, limit: 10).map(\.message) }
        #expect(mails.map(\.recipient) == ["ada@example.com"] && mails.first?.values["url"]?.string == url)
        #expect(try await tenant.send(.post, path, ["user_id": "auth0|nobody"]).errorCode == "inexistent_user")
        #expect(try await tenant.send(.post, path, [:]).errorCode == "invalid_body")
    }
}
