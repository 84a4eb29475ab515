import Hummingbird
import Tenancy
import TenantHTTP

/// The page that asks for the second factor, and its form.
struct SecondFactorEndpoint: Sendable {
    let flow: AuthorizationFlow

    func show(_ request: Request, _ context: TenantContext) async throws -> Response {
        let query = try request.queryParameters()
        let visit = try await Visit(request, context)
        return try await SecondFactorVisit.open(query["state"] ?? "", visit, flow) { opened in
            let factors = try await opened.factors()
            guard !factors.isEmpty else { return opened.redirect(to: LoginPaths.enrolment) }
            let page = ChallengePage(opened, factors, chosen: query["factor"])
            let event = opened.events.secondFactor(.startedSecondFactor, "Second factor started", opened.user)
            try await visit.shard.write { try $0.logs.append(event) }
            return opened.response(try page.prepared(opened))
        }
    }

    func submit(_ request: Request, _ context: TenantContext) async throws -> Response {
        let fields = try await request.formParameters()
        let visit = try await Visit(request, context)
        let form = try LoginForm(fields, visit)
        return try await SecondFactorVisit.open(form.transaction, visit, flow) { opened in
            let factors = try await opened.factors()
            guard !factors.isEmpty else { return opened.redirect(to: LoginPaths.enrolment) }
            var page = ChallengePage(opened, factors, chosen: form.fields["factor"])
            page.remembersBrowser = form.fields["remember"] != nil
            let code = form.line("code")?.filter { $0 != " " } ?? ""
            switch page.method {
            case .recoveryCode: return try await opened.recover(RecoveryCode(typed: code), page)
            case .factor(let factor) where form.fields["action"] == "send": return try await opened.send(factor, page)
            case .factor(let factor) where factor.kind == .securityKey:
                return try await opened.verify(SecurityKeyAnswer(form.fields), form.fields["ceremony"], page)
            case .factor(let factor):
                page.handle = form.fields["oob"]
                return try await opened.verify(code, factor, page)
            }
        }
    }
}

extension SecondFactorVisit {
    /// The factors the user has.
    func factors() async throws -> [Factor] {
        let userID = user.userID
        return try await visit.shard.read { try $0.factors.confirmed(of: userID) }
    }

    fileprivate func send(_ factor: Factor, _ page: ChallengePage) async throws -> Response {
        var page = page
        let handle = OpaqueSecret.random()
        let isSent = try await visit.shard.write { try send(factor, handle: handle, $0) }
        guard isSent else { return response(page.refused(.tooManyAttempts), refused: true) }
        page.handle = handle.text
        return response(page)
    }

    /// Sends a code to a factor and logs it. False where there were too many.
    func send(_ factor: Factor, handle: OpaqueSecret, _ db: TenantDatabase) throws -> Bool {
        let isSent = try db.sendCode(
            to: factor, handle: handle, clientID: authorization.client.clientID, connection: connection.name,
            at: visit.now)
        if !isSent {
            try log(.tooManyAttempts, wrong: .failedSecondFactor, limit: .secondFactorRateLimit, db)
        } else if factor.kind == .sms {
            try db.logs.append(events.secondFactor(.sentSecondFactorSMS, "SMS sent", user))
        }
        return isSent
    }

    fileprivate func verify(_ code: String, _ factor: Factor, _ page: ChallengePage) async throws -> Response {
        let outcome = try await visit.shard.write { db in
            let outcome =
                switch (factor.kind, page.handle) {
                case (.otp, _): try check.accept(timeBased: code, in: db)
                case (_, let handle):
                    try check.accept(sent: code, handle: OpaqueSecret(text: handle ?? ""), in: db)
                }
            return try logged(outcome, db)
        }
        switch outcome {
        case .success: return try await finish(remembersBrowser: page.remembersBrowser)
        case .failure(let refusal): return response(page.refused(refusal), refused: true)
        }
    }

    fileprivate func verify(
        _ answer: SecurityKeyAnswer, _ sealed: String?, _ page: ChallengePage
    ) async throws -> Response {
        let ceremony = try WebAuthnCeremony(opening: sealed, .get, .secondFactor, for: user.userID, visit)
        let outcome = try await visit.shard.write { db in
            try spend(sealed, db)
            return try logged(try check.accept(answer, to: ceremony, in: db), db)
        }
        switch outcome {
        case .success: return try await finish(remembersBrowser: page.remembersBrowser)
        case .failure(let refusal): return response(try page.refused(refusal).prepared(self), refused: true)
        }
    }

    /// Uses a challenge up, whatever the answer to it is.
    func spend(_ ceremony: String?, _ db: TenantDatabase) throws {
        let isFirst = try db.spentTransactions.spend(
            OpaqueSecret(text: ceremony ?? ""), until: visit.now.adding(seconds: SealedState.lifetime))
        guard isFirst else { throw PageError.transactionLost }
    }

    /// Writes what became of an attempt.
    private func logged(_ outcome: SecondFactorCheck.Outcome, _ db: TenantDatabase) throws -> SecondFactorCheck.Outcome
    {
        switch outcome {
        case .success:
            try db.logs.append(events.secondFactor(.successSecondFactor, "Second factor succeeded", user))
        case .failure(let refusal):
            try log(refusal, wrong: .failedSecondFactor, limit: .secondFactorRateLimit, db)
        }
        return outcome
    }

    fileprivate func recover(_ code: RecoveryCode, _ page: ChallengePage) async throws -> Response {
        let next = RecoveryCode.random()
        let refusal = try await visit.shard.write { db -> SecondFactorRefusal? in
            switch try check.accept(recovery: code, replacedBy: next, in: db) {
            case .success:
                try db.logs.append(events.secondFactor(.successRecoveryCode, "Recovery code used", user))
                return nil
            case .failure(let refusal):
                try log(refusal, wrong: .failedRecoveryCode, limit: .recoveryCodeRateLimit, db)
                return refusal
            }
        }
        if let refusal { return response(page.refused(refusal), refused: true) }
        // Whoever needed the recovery code may have lost the very device this browser runs on.
        return try show(next, remembersBrowser: false)
    }
}

/// Goes on from the page that shows a recovery code.
struct RecoveryCodeEndpoint: Sendable {
    let flow: AuthorizationFlow

    func submit(_ request: Request, _ context: TenantContext) async throws -> Response {
        let fields = try await request.formParameters()
        let visit = try await Visit(request, context)
        let form = try LoginForm(fields, visit)
        return try await SecondFactorVisit.open(form.transaction, visit, flow) { opened in
            guard opened.transaction.isPassed else { throw PageError.transactionLost }
            return try await opened.finish(remembersBrowser: opened.transaction.remembersBrowser)
        }
    }
}
