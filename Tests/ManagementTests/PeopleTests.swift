import HTTPTypes
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
