import Hummingbird
import StrictJSON
import Tenancy
import TenantHTTP

/// The password was right and is not enough. The client goes on with the token, which is worth nothing else.
struct SecondFactorRequired: Error, HTTPResponseError {
    static let message = "Multifactor authentication required"

    let token: String

    var status: HTTPResponse.Status { .forbidden }

    func response(from request: Request, context: some RequestContext) throws -> Response {
        .json(
            [
                "error": "mfa_required", "error_description": .string(Self.message), "mfa_token": .string(token),
            ], status: status, contentType: "application/json")
    }
}

extension TokenExchange {
    /// Stops a login whose first proof is not enough. Throws ``SecondFactorRequired``.
    func askForSecondFactor(of userID: String, _ connection: Connection) async throws {
        let policy = SecondFactorPolicy(
            settings: try await shard.settings().secondFactor, clientID: client.clientID)
        let wantsFactorAPI = request.audience == context.factorAudience
        guard policy.isWanted || wantsFactorAPI else { return }
        let secret = OpaqueSecret.random()
        let login = PendingLogin(
            userID: userID, clientID: client.clientID, connection: connection.name, audience: request.audience,
            scope: request.scope, expiresAt: context.now.adding(seconds: PendingLogin.lifetime))
        let audit = audit
        let isStopped = try await shard.write { db in
            // Who is blocked is told that, and nothing of factors.
            guard let user = try db.users.find(userID), !user.isBlocked else { return false }
            if !policy.isWanted, try db.factors.confirmed(of: userID).isEmpty { return false }
            try db.pendingLogins.insert(login, secret: secret)
            var event = audit.success(
                PasswordGrant.failure, SecondFactorRequired.message,
                details: LogDetails(user: user, connection: connection.identity))
            event.audience = login.audience
            try db.logs.append(event)
            return true
        }
        if isStopped { throw SecondFactorRequired(token: secret.text) }
    }
}
