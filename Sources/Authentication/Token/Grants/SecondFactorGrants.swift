import Tenancy
import TenantHTTP

/// A code of an authenticator app ends a login (spec 02 §5).
struct SecondFactorOTPGrant: TokenGrant {
    static let type = "http://auth0.com/oauth/grant-type/mfa-otp"
    static let failure = LogType.failedOTPExchange

    func exchange(_ exchange: TokenExchange) async throws -> TokenResponse {
        guard let code = exchange.request.otp else { throw OAuthError.missingParameter("otp") }
        return try await exchange.endLogin(
            success: .successOTPExchange, failure: Self.failure, "Password and one-time code for access token",
            refusal: .invalidGrant("Invalid otp_code.")
        ) { check, db in
            try check.accept(timeBased: code, in: db).map { $0 }
        }
    }
}

/// A code that was sent ends a login. Where the user types it, a request without it is incomplete; where they approve
/// elsewhere, it is a poll.
struct SecondFactorOOBGrant: TokenGrant {
    static let type = "http://auth0.com/oauth/grant-type/mfa-oob"
    static let failure = LogType.failedOOBExchange

    func exchange(_ exchange: TokenExchange) async throws -> TokenResponse {
        let parameters = exchange.request.secondFactor
        guard let handle = parameters.oobCode else { throw OAuthError.missingParameter("oob_code") }
        guard let code = parameters.bindingCode else {
            return try await self.exchange(exchange, approvedBy: OpaqueSecret(text: handle))
        }
        return try await exchange.endLogin(
            success: .successOOBExchange, failure: Self.failure, "Password and out-of-band code for access token",
            refusal: .invalidGrant("Invalid binding_code.")
        ) { check, db in
            try check.accept(sent: code, handle: OpaqueSecret(text: handle), in: db).map { $0 }
        }
    }
}

/// The recovery code ends a login; the answer holds the one that takes its place.
struct SecondFactorRecoveryGrant: TokenGrant {
    static let type = "http://auth0.com/oauth/grant-type/mfa-recovery-code"
    static let failure = LogType.failedRecoveryCodeExchange

    func exchange(_ exchange: TokenExchange) async throws -> TokenResponse {
        guard let text = exchange.request.secondFactor.recoveryCode else {
            throw OAuthError.missingParameter("recovery_code")
        }
        let next = RecoveryCode.random()
        var response = try await exchange.endLogin(
            success: .successRecoveryCodeExchange, failure: Self.failure,
            "Password and recovery code for access token", refusal: .invalidGrant("Invalid recovery code."),
            limit: .recoveryCodeRateLimit
        ) { check, db in
            try check.accept(recovery: RecoveryCode(typed: text), replacedBy: next, in: db).map { nil }
        }
        response.recoveryCode = next.text
        return response
    }
}

extension TokenExchange {
    /// Holds a second factor against the login an `mfa_token` stands for and gives its tokens. All in one transaction,
    /// so that of parallel requests one wins.
    /// - Parameter attempt: returns the factor, nil for the recovery code.
    func endLogin(
        success: LogType, failure: LogType, _ description: String, refusal: OAuthError,
        limit: LogType = .secondFactorRateLimit,
        by attempt:
            @escaping @Sendable (SecondFactorCheck, TenantDatabase) throws -> Result<
                Factor?, SecondFactorRefusal
            >
    ) async throws -> TokenResponse {
        guard let text = request.secondFactor.token else { throw OAuthError.missingParameter("mfa_token") }
        let secret = OpaqueSecret(text: text)
        let login = try await shard.read { [self] in try pendingLogin(secret, $0) }
        guard let connection = try await shard.connection(named: login.connection) else {
            throw OAuthError.invalidGrant("Malformed mfa_token")
        }
        let proven = ProvenUser(
            userID: login.userID, connection: connection, mark: .password,
            asked: AskedTokens(audience: login.audience, scope: login.scope), strength: .secondFactor)
        return try await issue(to: proven, success: success, failure: failure, description) { [self] db, told in
            let login = try pendingLogin(secret, db)
            told.user = try db.users.find(login.userID)
            let ofFactor = LogDetails(user: told.user, connection: connection.identity)
            switch try attempt(SecondFactorCheck(userID: login.userID, now: context.now), db) {
            case .success(let factor):
                try db.pendingLogins.delete(secret)
                if let factor, !factor.isConfirmed {
                    try db.logs.append(audit.success(.completedEnrollment, "Second factor enrolled", details: ofFactor))
                    if let user = told.user {
                        try AccountMail(issuer: context.issuer, client: client, connection: connection.name)
                            .sendNotice(.factorEnrolled, to: user, in: db, at: context.now)
                    }
                }
            case .failure(.tooManyAttempts):
                try db.logs.append(audit.failure(limit, .tooManyFactorAttempts, details: ofFactor))
                throw OAuthError.tooManyFactorAttempts
            case .failure(.wrongCode): throw refusal
            }
        }
    }

    /// The login of a token: of this client, and not too old.
    func pendingLogin(_ secret: OpaqueSecret, _ db: TenantDatabase) throws -> PendingLogin {
        try db.pendingLogins.living(secret, clientID: client.clientID, at: context.now)
    }
}

extension PendingLoginStore {
    /// Throws ``OAuthError``. Unknown, used and another client's look alike (spec 08 L16).
    func living(_ secret: OpaqueSecret, clientID: String?, at now: Timestamp) throws -> PendingLogin {
        guard let login = try find(secret), clientID == nil || clientID == login.clientID else {
            throw OAuthError.invalidGrant("Malformed mfa_token")
        }
        guard login.expiresAt > now else { throw OAuthError.expiredToken("mfa_token is expired") }
        return login
    }
}
