import StrictJSON
import Tenancy
import TenantHTTP

/// A user's own name and password (RFC 6749 §4.3), held against the tenant's default directory.
///
/// RFC 9700 §2.4 says not to use it; the contract has it, for clients that list the grant.
struct PasswordGrant: TokenGrant {
    static let type = "password"
    static let failure = LogType.failedPasswordExchange

    let login: PasswordLogin

    func exchange(_ exchange: TokenExchange) async throws -> TokenResponse {
        try exchange.refuseOrganizations()
        guard let directory = try await exchange.shard.settings().defaultDirectory else {
            throw OAuthError.noDefaultDirectory
        }
        return try await exchange.logIn(by: login, realm: directory)
    }
}

/// ``PasswordGrant`` with the connection named by the request (spec 02 §5).
struct PasswordRealmGrant: TokenGrant {
    static let type = "http://auth0.com/oauth/grant-type/password-realm"
    static let failure = LogType.failedPasswordExchange

    let login: PasswordLogin

    func exchange(_ exchange: TokenExchange) async throws -> TokenResponse {
        try exchange.refuseOrganizations()
        guard let realm = exchange.request.realm else { throw OAuthError.missingParameter("realm") }
        return try await exchange.logIn(by: login, realm: realm)
    }
}

extension TokenExchange {
    fileprivate func logIn(by login: PasswordLogin, realm: String) async throws -> TokenResponse {
        guard let name = request.username else { throw OAuthError.missingParameter("username") }
        guard let password = request.password else { throw OAuthError.missingParameter("password") }
        // The realm is a connection's name; one that is not for this client is as good as none.
        guard let connection = try await shard.connection(named: realm), connection.isDatabase,
            connection.isEnabled(for: client.clientID)
        else { throw OAuthError.invalidRequest("Unknown realm \(realm.prefix(128)).") }
        let attempt = PasswordLogin.Attempt(
            connection: connection, name: name, password: password,
            address: audit.forwardedAddress ?? context.clientAddress, issuer: context.issuer, client: client)
        do {
            let userID = try await login.userID(of: attempt, in: shard)
            try await askForSecondFactor(of: userID, connection)
            return try await issue(
                to: ProvenUser(userID: userID, connection: connection, mark: .password),
                success: .successPasswordExchange, failure: PasswordGrant.failure, "Password for access token")
        } catch let refusal as PasswordRefusal {
            let event = audit.refusal(refusal, name: name, connection: connection)
            try await shard.write { try $0.logs.append(event) }
            throw AuditedRefusal(error: refusal.reason.oauthError)
        }
    }
}

extension TokenAudit {
    /// A name and a password that let nobody in; the name as it was typed, the password never.
    func refusal(_ refusal: PasswordRefusal, name: String, connection: Connection) -> LogEvent {
        var event = success(
            refusal.logType, refusal.description,
            details: LogDetails(
                userID: refusal.userID, connection: connection.identity, details: refusal.details))
        event.userName = name.bounded(320)
        return event
    }
}
