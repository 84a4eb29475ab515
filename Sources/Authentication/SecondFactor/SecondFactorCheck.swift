import Tenancy

/// Why a second factor was not accepted.
enum SecondFactorRefusal: Error, Sendable {
    case wrongCode
    /// Ten wrong ones in an hour: not even the right one helps now (spec 08 L16).
    case tooManyAttempts

    var message: String {
        switch self {
        case .wrongCode: "That did not work: it is wrong or has been used before."
        case .tooManyAttempts: OAuthError.tooManyFactorAttempts.message
        }
    }
}

/// One attempt at a second factor, inside a transaction. Whichever page or grant asks, the rules are these: each code
/// is good once, and a user's wrong ones are counted together. It returns refusals, so that what it wrote is kept.
struct SecondFactorCheck: Sendable {
    typealias Outcome = Result<Factor, SecondFactorRefusal>

    private static let mostFailuresAnHour = 10

    let userID: String
    let now: Timestamp

    /// A code of an authenticator app.
    func accept(timeBased code: String, in db: TenantDatabase) throws -> Outcome {
        try bounded(db) {
            for factor in try candidates(db) where factor.kind == .otp {
                let codes = TimeBasedCode(key: factor.secret)
                guard let step = codes.step(of: code, at: now, after: factor.lastStep) else { continue }
                try db.factors.setLastStep(step, of: factor.id)
                return try confirmed(factor, db)
            }
            return nil
        }
    }

    /// A code that was sent.
    func accept(sent code: String, handle: OpaqueSecret, in db: TenantDatabase) throws -> Outcome {
        try bounded(db) {
            guard
                case .right(let factorID) = try db.outOfBandCodes.redeem(code, handle: handle, of: userID, at: now),
                let factor = try candidates(db).first(where: { $0.id == factorID })
            else { return nil }
            return try confirmed(factor, db)
        }
    }

    /// An approval elsewhere, by the mailbox of a factor; it is used up.
    func accept(approved handle: OpaqueSecret, in db: TenantDatabase) throws -> Outcome {
        try bounded(db) {
            guard let question = try db.approvals.find(handle: handle), case .approved = question.state,
                question.userID == userID, now < question.expiresAt,
                let factor = try candidates(db).first(where: { $0.id == question.factorID })
            else { return nil }
            try db.approvals.markRedeemed(question.id)
            return factor
        }
    }

    /// The signature of a security key.
    func accept(_ answer: SecurityKeyAnswer, to ceremony: WebAuthnCeremony, in db: TenantDatabase) throws -> Outcome {
        try bounded(db) {
            for factor in try candidates(db) {
                guard let credential = SecurityKeyCredential(factor),
                    let count = ceremony.verify(answer, by: credential).map(Int64.init)
                else { continue }
                // A count that does not grow tells of a copied key; keys that do not count say 0 (WebAuthn §6.1.1).
                let last = factor.lastStep ?? 0
                guard count > last || (count == 0 && last == 0) else { return nil }
                try db.factors.setLastStep(count, of: factor.id)
                return factor
            }
            return nil
        }
    }

    /// The recovery code; another takes its place.
    func accept(
        recovery code: RecoveryCode, replacedBy next: RecoveryCode, in db: TenantDatabase
    ) throws -> Result<Void, SecondFactorRefusal> {
        try bounded(db) {
            // Without a factor there is nothing to recover: nobody gets around the enrolment with the code it gives.
            guard try !db.factors.confirmed(of: userID).isEmpty, try db.recoveryCodes.matches(code, of: userID) else {
                return nil
            }
            try db.recoveryCodes.set(next, for: userID, at: now)
            return ()
        }
    }

    /// The factors that may be used: those the user has proved to have; for who has none, those being enrolled.
    private func candidates(_ db: TenantDatabase) throws -> [Factor] {
        let all = try db.factors.list(of: userID)
        let confirmed = all.filter(\.isConfirmed)
        return confirmed.isEmpty ? all : confirmed
    }

    /// The factor as it was before, so that the caller sees whether this was its enrolment.
    private func confirmed(_ factor: Factor, _ db: TenantDatabase) throws -> Factor {
        if !factor.isConfirmed { try db.factors.confirm(factor, at: now) }
        return factor
    }

    private func bounded<Value>(
        _ db: TenantDatabase, _ attempt: () throws -> Value?
    ) throws -> Result<Value, SecondFactorRefusal> {
        guard try db.failedFactorAttempts.count(of: userID, at: now) < Self.mostFailuresAnHour else {
            return .failure(.tooManyAttempts)
        }
        guard let value = try attempt() else {
            try db.failedFactorAttempts.record(of: userID, at: now)
            return .failure(.wrongCode)
        }
        return .success(value)
    }
}
