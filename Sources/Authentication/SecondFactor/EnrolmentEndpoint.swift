import Hummingbird
import OpenSSL
import StrictJSON
import Tenancy
import TenantHTTP

/// The pages on which a user gets the first second factor. Who has one already never comes here: the password alone
/// must not add another (spec 08 L16).
struct EnrolmentEndpoint: Sendable {
    let flow: AuthorizationFlow

    func show(_ request: Request, _ context: TenantContext) async throws -> Response {
        let query = try request.queryParameters()
        let visit = try await Visit(request, context)
        return try await SecondFactorVisit.open(query["state"] ?? "", visit, flow) { opened in
            guard try await opened.factors().isEmpty else { return opened.redirect(to: LoginPaths.secondFactor) }
            let kinds = opened.enrollable
            guard
                let kind = kinds.first(where: { $0.rawValue == query["factor"] }) ?? (kinds.count == 1 ? kinds[0] : nil)
            else { return opened.response(EnrolmentPage(opened, .choice(kinds))) }
            let event = opened.events.secondFactor(
                .startedEnrollment, "Enrolment of a second factor started", opened.user)
            try await visit.shard.write { try $0.logs.append(event) }
            return opened.response(EnrolmentPage(opened, try opened.begin(kind)))
        }
    }

    func submit(_ request: Request, _ context: TenantContext) async throws -> Response {
        let fields = try await request.formParameters()
        let visit = try await Visit(request, context)
        let form = try LoginForm(fields, visit)
        return try await SecondFactorVisit.open(form.transaction, visit, flow) { opened in
            guard try await opened.factors().isEmpty else { return opened.redirect(to: LoginPaths.secondFactor) }
            guard let kind = opened.enrollable.first(where: { $0.rawValue == form.fields["factor"] }) else {
                throw PageError.badRequest("Missing required parameter: factor")
            }
            let code = form.line("code")?.filter { $0 != " " } ?? ""
            switch (kind, form.fields["oob"]) {
            case (.securityKey, _):
                return try await opened.register(SecurityKeyAnswer(form.fields), form.fields["ceremony"])
            case (.otp, _): return try await opened.enroll(form.fields["enrolment"], code)
            case (_, let handle?): return try await opened.confirm(kind, code, handle: handle)
            case (_, nil): return try await opened.send(kind, to: form.line("phone"))
            }
        }
    }
}

extension SecondFactorVisit {
    /// The kinds this user can have.
    fileprivate var enrollable: [Factor.Kind] {
        visit.settings.secondFactor.factors.filter { $0 != .email || user.email != nil }
    }

    fileprivate func begin(_ kind: Factor.Kind) throws -> EnrolmentPage.Step {
        switch kind {
        case .otp: try scan(TimeBasedCode(key: TimeBasedCode.newKey()))
        case .sms: .phone(number: nil)
        case .email: .email(user.email ?? "")
        case .securityKey: try securityKey()
        }
    }

    private func securityKey() throws -> EnrolmentPage.Step {
        let ceremony = WebAuthnCeremony(.create, .secondFactor, for: user.userID, visit)
        let options = ceremony.options(account: user.loginName, tenant: visit.brand.tenantName, known: [])
        return .securityKey(options: options, ceremony: try ceremony.sealed(visit))
    }

    fileprivate func register(_ answer: SecurityKeyAnswer, _ sealed: String?) async throws -> Response {
        let ceremony = try WebAuthnCeremony(opening: sealed, .create, .secondFactor, for: user.userID, visit)
        guard let (credential, count) = ceremony.register(answer) else {
            return response(
                EnrolmentPage(self, try securityKey(), error: "The security key could not be added. Try again."),
                refused: true)
        }
        let factor = Factor(.securityKey, of: user.userID, secret: try credential.stored(), at: visit.now)
        return try await complete(asking: try securityKey()) { db in
            try spend(sealed, db)
            try db.factors.insert(factor)
            try db.factors.setLastStep(Int64(count), of: factor.id)
            try db.factors.confirm(factor, at: visit.now)
            return nil
        }
    }

    /// The key travels with the page, sealed: nothing is stored of enrolments that nobody finishes.
    private func scan(_ codes: TimeBasedCode) throws -> EnrolmentPage.Step {
        let sealed = try SealedState.seal(
            ["key": .string(Base64URL.encode(codes.key)), "user": .string(user.userID)], for: .enrolment, visit)
        return .scan(codes, enrolment: sealed)
    }

    fileprivate func enroll(_ enrolment: String?, _ code: String) async throws -> Response {
        let payload = try SealedState.open(enrolment, for: .enrolment, visit)
        guard payload["user"]?.string == user.userID, let key = payload["key"]?.string.flatMap(Base64URL.decode) else {
            throw PageError.transactionLost
        }
        let codes = TimeBasedCode(key: key)
        guard let step = codes.step(of: code, at: visit.now, after: nil) else {
            return response(EnrolmentPage(self, try scan(codes), error: "The code is wrong."), refused: true)
        }
        let factor = Factor(.otp, of: user.userID, secret: key, at: visit.now)
        return try await complete(asking: try scan(codes)) { db in
            try db.factors.insert(factor)
            try db.factors.setLastStep(step, of: factor.id)
            try db.factors.confirm(factor, at: visit.now)
            return nil
        }
    }

    /// Sends the first code to a telephone or a mailbox.
    fileprivate func send(_ kind: Factor.Kind, to number: String?) async throws -> Response {
        let phone = number.map { $0.filter { !" -()".contains($0) } }
        if kind == .sms, phone.map(PhoneNumber.isAcceptable) != true {
            let shown = number.map { $0.bounded(32) }
            return response(
                EnrolmentPage(
                    self, .phone(number: shown), error: "Enter the number with its country code, like +1 555 0100."),
                refused: true)
        }
        let name = kind == .sms ? phone : user.email
        let factor = Factor(kind, of: user.userID, name: name, at: visit.now)
        let handle = OpaqueSecret.random()
        let isSent = try await visit.shard.write { db in
            try db.factors.deleteUnconfirmed(of: user.userID)
            try db.factors.insert(factor)
            return try send(factor, handle: handle, db)
        }
        guard isSent else {
            return response(
                EnrolmentPage(self, try begin(kind), error: SecondFactorRefusal.tooManyAttempts.message), refused: true)
        }
        return response(EnrolmentPage(self, .code(kind, to: name ?? "", handle: handle.text)))
    }

    fileprivate func confirm(_ kind: Factor.Kind, _ code: String, handle: String) async throws -> Response {
        try await complete(asking: .code(kind, to: "", handle: handle)) { db in
            switch try check.accept(sent: code, handle: OpaqueSecret(text: handle), in: db) {
            case .success: return nil
            case .failure(let refusal):
                try log(refusal, wrong: .failedSecondFactor, limit: .secondFactorRateLimit, db)
                return refusal
            }
        }
    }

    /// Ends the enrolment with a recovery code, unless the user got a factor elsewhere meanwhile.
    /// - Parameter step: what is asked again where the work refuses.
    private func complete(
        asking step: EnrolmentPage.Step, _ work: @escaping @Sendable (TenantDatabase) throws -> SecondFactorRefusal?
    ) async throws -> Response {
        let recovery = RecoveryCode.random()
        let mail = AccountMail(
            issuer: visit.context.issuer, client: events.authorization.client, connection: user.connection)
        let refusal = try await visit.shard.write { db -> SecondFactorRefusal? in
            guard try db.factors.confirmed(of: user.userID).isEmpty else { throw PageError.transactionLost }
            if let refusal = try work(db) { return refusal }
            try db.recoveryCodes.set(recovery, for: user.userID, at: visit.now)
            try db.logs.append(events.secondFactor(.completedEnrollment, "Second factor enrolled", user))
            try mail.sendNotice(.factorEnrolled, to: user, in: db, at: visit.now)
            return nil
        }
        if let refusal { return response(EnrolmentPage(self, step, error: refusal.message), refused: true) }
        return try show(recovery, remembersBrowser: false)
    }
}
