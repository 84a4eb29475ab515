import HTTPTypes
import OpenSSL
import StrictJSON
import Tenancy
import Testing

@testable import Authentication

@Suite("The second factor at the token endpoint")
struct SecondFactorGrantTests {
    private func started() async throws -> (
        tenant: TokenFixture, client: Client, app: TokenFixture.App, recovery: String, token: String
    ) {
        let tenant = try await TokenFixture.asking()
        let client = try await tenant.passwordClient()
        let (_, app, recovery) = try await tenant.enrolled()
        return (tenant, client, app, recovery, try await tenant.mfaToken(client))
    }

    @Test("a code of the app ends the login, and the id_token says how")
    func otp() async throws {
        let (tenant, client, app, _, token) = try await started()
        let answer = try await tenant.otp(app.code(), token, client)
        #expect(answer.status == 200)
        let claims = try JSONWebToken(parsing: try #require(answer["id_token"])).claims
        #expect(claims["amr"] == ["mfa"])
        #expect(claims["acr"]?.string == "http://schemas.openid.net/pape/policies/2007/06/multi-factor")
        #expect(try await tenant.events() == ["fepft", "seotpft"])
        // The token is used up.
        #expect(try await tenant.otp(app.code(1), token, client)["error"] == "invalid_grant")
    }

    @Test("L16 a code is good once, even within its window")
    func replay() async throws {
        let (tenant, client, app, _, token) = try await started()
        #expect(try await tenant.otp(app.code(), token, client).status == 200)
        let second = try await tenant.mfaToken(client)
        let replayed = try await tenant.otp(app.code(), second, client)
        #expect(replayed.status == 403 && replayed["error_description"] == "Invalid otp_code.")
        #expect(try await tenant.otp(app.code(-1), second, client).status == 403)
        #expect(try await tenant.otp(app.code(1), second, client).status == 200)
        let events = ["feotpft", "feotpft", "fepft", "fepft", "seotpft", "seotpft"]
        #expect(try await tenant.history(of: "jane@example.com") == events)
        #expect(try await tenant.events(of: client).allSatisfy { $0["user_name"] == "jane@example.com" })
    }

    @Test("L16 of twenty parallel requests with one code one wins")
    func parallel() async throws {
        let (tenant, client, app, _, token) = try await started()
        let code = app.code()
        let wins = try await withThrowingTaskGroup(of: Int.self) { group in
            for _ in 0..<20 { group.addTask { try await tenant.otp(code, token, client).status } }
            return try await group.reduce(0) { $0 + ($1 == 200 ? 1 : 0) }
        }
        #expect(wins == 1)
    }

    @Test("L16 ten wrong codes in an hour stop the right one too")
    func bounded() async throws {
        let (tenant, client, app, recovery, token) = try await started()
        for _ in 0..<10 { #expect(try await tenant.otp("000000", token, client).status == 403) }
        let refused = try await tenant.otp(app.code(), token, client)
        #expect(refused.status == 429 && refused["error"] == "too_many_attempts")
        #expect(try await tenant.events().contains("gd_otp_rate_limit_exceed"))
        // A new login is no way around, nor is the recovery code.
        let again = try await tenant.mfaToken(client)
        #expect(try await tenant.otp(app.code(), again, client).status == 429)
        #expect(try await recover(tenant, client, again, recovery).status == 429)
        tenant.service.time.advance(seconds: 3601)
        #expect(try await tenant.otp(app.code(), try await tenant.mfaToken(client), client).status == 200)
    }

    @Test("L16 the token of one user takes no code of another, and is bound to its client")
    func foreign() async throws {
        let (tenant, client, _, _, token) = try await started()
        let (_, other, _) = try await tenant.enrolled("john@example.com")
        #expect(try await tenant.otp(other.code(), token, client).status == 403)
        let stranger = try await tenant.passwordClient()
        let answer = try await tenant.otp(other.code(), token, stranger)
        #expect(answer["error_description"] == "Malformed mfa_token")
    }

    @Test("an mfa_token lives ten minutes")
    func expiry() async throws {
        let (tenant, client, app, _, token) = try await started()
        tenant.service.time.advance(seconds: 601)
        let answer = try await tenant.otp(app.code(), token, client)
        #expect(answer.status == 401 && answer["error"] == "expired_token")
        #expect(try await tenant.otp(app.code(), "made-up", client)["error"] == "invalid_grant")
    }

    private func recover(
        _ tenant: TokenFixture, _ client: Client, _ token: String, _ code: String
    ) async throws -> Answer {
        try await tenant.token([
            "grant_type": "http://auth0.com/oauth/grant-type/mfa-recovery-code", "client_id": client.clientID,
            "mfa_token": token, "recovery_code": code,
        ])
    }

    @Test("L12 a new password or a block ends a login that waits for its second factor")
    func endedLogins() async throws {
        let tenant = try await TokenFixture.asking()
        let client = try await tenant.passwordClient()
        let (user, app, _) = try await tenant.enrolled()
        let token = try await tenant.mfaToken(client)
        try await tenant.endLogins(of: user)
        #expect(try await tenant.otp(app.code(), token, client).status == 403)
        #expect(try await tenant.otp(app.code(), try await tenant.mfaToken(client), client).status == 200)
    }

    @Test("L16 a recovery code is good once and gives the next")
    func recovery() async throws {
        let (tenant, client, _, recovery, token) = try await started()
        #expect(try await recover(tenant, client, token, "WRONG").status == 403)
        let answer = try await recover(tenant, client, token, recovery)
        let next = try #require(answer["recovery_code"])
        #expect(answer.status == 200 && next != recovery && next.utf8.count == 24)
        let second = try await tenant.mfaToken(client)
        #expect(try await recover(tenant, client, second, recovery).status == 403)
        #expect(try await recover(tenant, client, second, next).status == 200)
        #expect(try await tenant.events().filter { $0 == "sercft" }.count == 2)
    }

    @Test("a first factor is enrolled with the token of the login, by its first code")
    func associate() async throws {
        let tenant = try await TokenFixture.asking()
        let client = try await tenant.passwordClient()
        try await tenant.member()
        let token = try await tenant.mfaToken(client)
        let challenge = try await tenant.mfa(
            .post, "/mfa/challenge", ["client_id": .string(client.clientID), "mfa_token": .string(token)])
        #expect(challenge["error"] == "association_required")
        let made = try await tenant.mfa(.post, "/mfa/associate", bearer: token, ["authenticator_types": ["otp"]])
        #expect(made.status == 200 && made["authenticator_type"] == "otp")
        #expect(made["barcode_uri"]?.hasPrefix("otpauth://totp/acme:jane%40example.com?secret=") == true)
        let recovery = try #require(made.json["recovery_codes"]?.array?.first?.string)
        // Nothing is proved yet, so the recovery code opens nothing.
        #expect(try await recover(tenant, client, token, recovery).status == 403)
        let listed = try await tenant.mfa(.get, "/mfa/authenticators", bearer: token)
        #expect(listed.json.array?.contains { $0["active"]?.bool == false } == true)
        let user = try await tenant.shard.read { try $0.users.find(email: "jane@example.com")[0] }
        let key = try await tenant.shard.read { try $0.factors.list(of: user.userID)[0].secret }
        #expect(made["secret"] == Base32.encode(key))
        let app = TokenFixture.App(key: key, tenant: tenant)
        #expect(try await tenant.otp(app.code(), token, client).status == 200)
        #expect(try await tenant.events().contains("gd_enrollment_complete"))
        // L16: from now on the password alone adds no factor and removes none.
        let next = try await tenant.mfaToken(client)
        let second = try await tenant.mfa(.post, "/mfa/associate", bearer: next, ["authenticator_types": ["otp"]])
        #expect(second.status == 403 && second["error_description"] == "User is already enrolled.")
        let id = try #require(
            try await tenant.mfa(.get, "/mfa/authenticators", bearer: next).json.array?.last?["id"]?.string)
        let removal = try await tenant.mfa(
            .delete, "/mfa/authenticators/" + id.replacing("|", with: "%7C"), bearer: next)
        #expect(removal.status == 403 && removal["error"] == "insufficient_scope")
    }

    @Test("a code by SMS: sent, typed, used up")
    func sms() async throws {
        let tenant = try await TokenFixture.asking()
        let client = try await tenant.passwordClient()
        try await tenant.member()
        let token = try await tenant.mfaToken(client)
        let wrong = try await tenant.mfa(
            .post, "/mfa/associate", bearer: token,
            ["authenticator_types": ["oob"], "oob_channels": ["sms"], "phone_number": "555\r\nBcc: x"])
        #expect(wrong.status == 400)
        let made = try await tenant.mfa(
            .post, "/mfa/associate", bearer: token,
            ["authenticator_types": ["oob"], "oob_channels": ["sms"], "phone_number": "+15550100"])
        #expect(made["binding_method"] == "prompt")
        func redeem(_ handle: String?, _ code: String, _ token: String) async throws -> Answer {
            try await tenant.token([
                "grant_type": "http://auth0.com/oauth/grant-type/mfa-oob", "client_id": client.clientID,
                "mfa_token": token, "oob_code": handle ?? "", "binding_code": code,
            ])
        }
        var code = try #require(try await tenant.sent(to: "+15550100")["code"]?.string)
        #expect(try await redeem(made["oob_code"], code == "000000" ? "1" : "000000", token).status == 403)
        #expect(try await redeem(made["oob_code"], "", token)["error"] == "invalid_request")
        #expect(try await redeem(made["oob_code"], code, token).status == 200)
        let next = try await tenant.mfaToken(client)
        #expect(try await redeem(made["oob_code"], code, next).status == 403)
        let challenge = try await tenant.mfa(
            .post, "/mfa/challenge",
            ["client_id": .string(client.clientID), "mfa_token": .string(next), "challenge_type": "oob otp"])
        #expect(challenge["challenge_type"] == "oob")
        code = try #require(try await tenant.sent(to: "+15550100")["code"]?.string)
        #expect(try await redeem(challenge["oob_code"], code, next).status == 200)
        #expect(try await tenant.events().filter { $0 == "gd_send_sms" }.count == 2)
        let unsupported = try await tenant.mfa(
            .post, "/mfa/challenge",
            [
                "client_id": .string(client.clientID), "mfa_token": .string(try await tenant.mfaToken(client)),
                "challenge_type": "otp",
            ])
        #expect(unsupported["error"] == "unsupported_challenge_type")
    }

    @Test("the token of the MFA API needs the factor it may remove")
    func ownFactors() async throws {
        // Nobody is asked, but for this API those who have a factor are.
        let tenant = try await TokenFixture.asking(ofAll: false)
        let client = try await tenant.passwordClient()
        let (user, app, _) = try await tenant.enrolled()
        let asked = try await tenant.token([
            "grant_type": "http://auth0.com/oauth/grant-type/password-realm", "client_id": client.clientID,
            "username": "jane@example.com", "password": TokenFixture.password,
            "realm": Connection.defaultDatabaseName, "audience": "https://acme.auth0.com/mfa/",
            "scope": "enroll read:authenticators remove:authenticators",
        ])
        #expect(asked["error"] == "mfa_required")
        let given = try await tenant.otp(app.code(), try #require(asked["mfa_token"]), client)
        let access = try #require(given["access_token"])
        let second = try await tenant.mfa(.post, "/mfa/associate", bearer: access, ["authenticator_types": ["otp"]])
        #expect(second.status == 200 && second.json["recovery_codes"] == nil)
        let factor = try await tenant.shard.read { try $0.factors.confirmed(of: user.userID)[0] }
        let path = "/mfa/authenticators/" + factor.id.replacing("|", with: "%7C")
        #expect(try await tenant.mfa(.delete, path, bearer: access).status == 204)
        #expect(try await tenant.mfa(.delete, path, bearer: access).status == 404)
        #expect(try await tenant.events().contains("gd_unenroll"))
        #expect(try await tenant.shard.read { try $0.factors.confirmed(of: user.userID) }.isEmpty)
    }

    @Test("who is not asked gets tokens by the password alone")
    func notAsked() async throws {
        for tenant in [try await TokenFixture.asking(ofAll: false), try await TokenFixture.asking([])] {
            let client = try await tenant.passwordClient()
            try await tenant.member()
            let answer = try await tenant.token([
                "grant_type": "http://auth0.com/oauth/grant-type/password-realm", "client_id": client.clientID,
                "username": "jane@example.com", "password": TokenFixture.password,
                "realm": Connection.defaultDatabaseName, "scope": "openid",
            ])
            #expect(answer.status == 200)
            let claims = try JSONWebToken(parsing: try #require(answer["id_token"])).claims
            #expect(claims["amr"] == nil && claims["acr"] == nil)
        }
    }

    @Test("a blocked user is told so, and gets no token to go on with")
    func blocked() async throws {
        let tenant = try await TokenFixture.asking()
        let client = try await tenant.passwordClient()
        try await tenant.member("jane@example.com", ["blocked": true])
        let answer = try await tenant.token([
            "grant_type": "http://auth0.com/oauth/grant-type/password-realm", "client_id": client.clientID,
            "username": "jane@example.com", "password": TokenFixture.password,
            "realm": Connection.defaultDatabaseName,
        ])
        #expect(answer["error"] == "unauthorized" && answer["mfa_token"] == nil)
    }
}
