import Tenancy
import TenantHTTP

extension SecondFactorOOBGrant {
    /// An approval elsewhere ends a login: polled with the `oob_code` alone, for nothing is typed.
    func exchange(_ exchange: TokenExchange, approvedBy handle: OpaqueSecret) async throws -> TokenResponse {
        if let error = try await poll(exchange, handle) { throw AuditedRefusal(error: error) }
        return try await exchange.endLogin(
            success: .successOOBExchange, failure: Self.failure, "Password and approval elsewhere for access token",
            refusal: .invalidGrant("Invalid oob_code.")
        ) { check, db in
            try check.accept(approved: handle, in: db).map { $0 }
        }
    }

    /// Why the login has to wait, which is not logged, or cannot go on, which is; nil where the answer is yes. The answer
    /// is read again by the transaction that uses it up: here it is only asked whether there is one.
    private func poll(_ exchange: TokenExchange, _ handle: OpaqueSecret) async throws -> OAuthError? {
        guard let text = exchange.request.secondFactor.token else { throw OAuthError.missingParameter("mfa_token") }
        let now = exchange.context.now
        return try await exchange.shard.write { db in
            let login = try exchange.pendingLogin(OpaqueSecret(text: text), db)
            // Whatever was sent under the handle otherwise waits for a code.
            guard let question = try db.approvals.find(handle: handle), question.factorID != nil,
                question.userID == login.userID, question.clientID == login.clientID
            else { throw OAuthError.missingParameter("binding_code") }
            let refusal: OAuthError
            switch question.state {
            case .denied: refusal = .approvalDenied("MFA Authorization rejected.")
            case .redeemed: refusal = .invalidGrant("Invalid oob_code.")
            case _ where now >= question.expiresAt: refusal = .approvalExpired
            case .pending: return try db.wait(for: question, at: now)
            case .approved: return nil
            }
            let told = LogDetails(audience: exchange.request.audience, userID: login.userID)
            try db.logs.append(exchange.audit.failure(Self.failure, refusal, details: told))
            return refusal
        }
    }
}
