import HTTPTypes
import StrictJSON
import Testing

@testable import Authentication
@testable import Tenancy

extension TokenFixture {
    static let secondFactorGrants: JSON = [
        "password", "http://auth0.com/oauth/grant-type/password-realm", "authorization_code", "refresh_token",
        "http://auth0.com/oauth/grant-type/mfa-otp", "http://auth0.com/oauth/grant-type/mfa-oob",
        "http://auth0.com/oauth/grant-type/mfa-recovery-code",
        "http://auth0.com/oauth/grant-type/passwordless/otp",
    ]

    /// A tenant that asks everybody for a second factor.
    static func asking(
        _ factors: [Factor.Kind] = Factor.Kind.allCases, ofAll: Bool = true
    ) async throws -> TokenFixture {
        let tenant = try await TokenFixture()
        try await tenant.shard.write {
            try $0.settings.save(SecondFactorSettings(factors: factors, asksForAllApplications: ofAll))
        }
        return tenant
    }

    func passwordClient() async throws -> Client { try await spa(["grant_types": Self.secondFactorGrants]) }

    /// A user with an authenticator app and a recovery code.
    func enrolled(_ email: String = "jane@example.com") async throws -> (user: User, app: App, recovery: String) {
        let user = try await member(email)
        let app = App(key: TimeBasedCode.newKey(), tenant: self)
        let recovery = RecoveryCode.random()
        let now = shard.now
        try await shard.write { db in
            let factor = Factor(.otp, of: user.userID, secret: app.key, at: now)
            try db.factors.insert(factor)
            try db.factors.confirm(factor, at: now)
            try db.recoveryCodes.set(recovery, for: user.userID, at: now)
        }
        return (user, app, recovery.text)
    }

    /// The `mfa_token` a password gives.
    func mfaToken(_ client: Client, _ email: String = "jane@example.com") async throws -> String {
        let answer = try await token([
            "grant_type": "http://auth0.com/oauth/grant-type/password-realm", "client_id": client.clientID,
            "username": email, "password": Self.password, "realm": Connection.defaultDatabaseName,
            "scope": "openid profile",
        ])
        #expect(answer.status == 403 && answer["error"] == "mfa_required")
        return try #require(answer["mfa_token"])
    }

    func otp(_ code: String, _ mfaToken: String, _ client: Client) async throws -> Answer {
        try await token([
            "grant_type": "http://auth0.com/oauth/grant-type/mfa-otp", "client_id": client.clientID,
            "mfa_token": mfaToken, "otp": code,
        ])
    }

    func mfa(
        _ method: HTTPRequest.Method, _ path: String, bearer: String? = nil, _ body: JSON? = nil
    ) async throws -> Answer {
        var headers: HTTPFields = [:]
        if let bearer { headers[.authorization] = "Bearer \(bearer)" }
        if body != nil { headers[.contentType] = "application/json" }
        return try await send(method, path, headers: headers, body: body?.text() ?? "")
    }

    /// The newest message that waits to be sent to somebody.
    func sent(to recipient: String) async throws -> JSONObject {
        try #require(try await shard.read { try $0.outbox.newest(to: recipient) })
    }

    /// An authenticator app on the test's clock.
    struct App: Sendable {
        let key: [UInt8]
        let tenant: TokenFixture

        func code(_ steps: Int64 = 0) -> String {
            TimeBasedCode(key: key).code(step: TimeBasedCode.step(at: tenant.shard.now) + steps)
        }
    }
}

extension OutboxStore {
    /// The values of the message that waits last for a recipient.
    func newest(to recipient: String) throws -> JSONObject? {
        try sql.row(
            "SELECT \"values\" FROM outbox WHERE recipient = ? ORDER BY created_at DESC, rowid DESC LIMIT 1",
            [recipient]
        ).map { try $0.object(0) }
    }
}
