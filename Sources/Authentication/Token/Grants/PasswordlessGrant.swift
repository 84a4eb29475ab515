import Tenancy
import TenantHTTP

/// A code that was sent to a mailbox or a telephone (spec 02 §5, §7).
struct PasswordlessGrant: TokenGrant {
    static let type = "http://auth0.com/oauth/grant-type/passwordless/otp"
    static let failure = LogType.failedPasswordExchange

    func exchange(_ exchange: TokenExchange) async throws -> TokenResponse {
        guard let code = exchange.request.otp else { throw OAuthError.missingParameter("otp") }
        let recipient = try await Self.recipient(exchange)
        let audit = exchange.audit
        let login = PasswordlessLogin(
            recipient: recipient, client: exchange.client,
            address: audit.forwardedAddress ?? exchange.context.clientAddress, issuer: exchange.context.issuer,
            now: exchange.context.now)
        let outcome = try await exchange.shard.write { db in
            let outcome = try login.logIn(code, db)
            switch outcome {
            case .success(let entry) where entry.isNew:
                let details = LogDetails(user: entry.user, connection: recipient.connection)
                try db.logs.append(audit.success(.successSignup, "Signed up by a code", details: details))
            case .success: break
            case .failure(let refusal):
                var event = audit.success(
                    refusal.logType, refusal.message(for: recipient),
                    details: LogDetails(connection: recipient.connection))
                event.userName = recipient.text
                try db.logs.append(event)
            }
            return outcome
        }
        let entry: PasswordlessLogin.Entry
        switch outcome {
        case .success(let found): entry = found
        case .failure(let refusal): throw AuditedRefusal(error: refusal.oauthError(for: recipient))
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
