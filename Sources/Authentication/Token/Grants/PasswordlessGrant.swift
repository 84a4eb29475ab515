import Tenancy
import TenantHTTP

/// A code that was sent to a mailbox or a telephone (spec 02 §5, §7).
struct PasswordlessGrant: TokenGrant {
    static let type = "http://auth0.com/oauth/grant-type/passwordless/otp"
    static let failure = LogType.failedPasswordExchange

    func exchange(_ exchange: TokenExchange) async throws -> TokenResponse {
        try exchange.refuseOrganizations()
        guard let code = exchange.request.otp else { throw OAuthError.missingParameter("otp") }
        let recipient = try await Self.recipient(exchange)
        let audit = exchange.audit
        let login = PasswordlessLogin(
            recipient: recipient, client: exchange.client,
            address: audit.forwardedAddress ?? exchange.context.clientAddress, issuer: exchange.context.issuer,
            shields: try await exchange.shard.settings().shields, now: exchange.context.now)
        let entry: PasswordlessLogin.Entry
        do {
            entry = try await login.redeem(code, in: exchange.shard) { type, description, userID in
                var event = audit.success(
                    type, description,
                    details: LogDetails(userID: userID, connection: recipient.connection.identity))
                event.userName = recipient.text
                return event
            }
        } catch let refusal as PasswordlessLogin.Refusal {
            throw AuditedRefusal(error: refusal.oauthError(for: recipient))
        }
        try await exchange.askForSecondFactor(of: entry.user.userID, recipient.connection)
        return try await exchange.issue(
            to: ProvenUser(userID: entry.user.userID, connection: recipient.connection, mark: nil),
            success: .successPasswordExchange, failure: Self.failure, "Passwordless code for access token")
    }

    private static func recipient(_ exchange: TokenExchange) async throws -> PasswordlessRecipient {
        guard let name = exchange.request.username else { throw OAuthError.missingParameter("username") }
        guard let realm = exchange.request.realm else { throw OAuthError.missingParameter("realm") }
        guard let connection = try await exchange.shard.connection(named: realm), connection.isPasswordless,
            connection.isEnabled(for: exchange.client.clientID)
        else { throw OAuthError.invalidRequest("Unknown realm \(realm.prefix(128)).") }
        guard let recipient = PasswordlessRecipient(name, of: connection) else {
            throw OAuthError.invalidRequest("Invalid username")
        }
        return recipient
    }
}
