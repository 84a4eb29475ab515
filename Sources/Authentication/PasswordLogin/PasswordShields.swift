import Tenancy

/// What stands before the password check: too many logins, too many failures from an address, too many for an account
/// (spec 05 §7). All of it before hashing, so that an attack costs us no hashes.
struct PasswordShields: Sendable {
    private let account: ShieldSubject?
    /// Nil where the tenant does not watch the address.
    private let address: ShieldSubject?
    private let settings: ShieldSettings
    private let rate: ShieldSubject
    private let shard: Shard

    /// An attempt that may be made, until ``PasswordShields/leave(_:failed:)``.
    struct Admission: Sendable {
        /// Earlier failures for the account from this address.
        let failures: Int
        fileprivate let account: Bool
        fileprivate let address: Bool
    }

    /// The counts after a failure.
    struct Failures: Sendable {
        var account = 0
        var address = 0

    }

    init(_ attempt: PasswordLogin.Attempt, userID: String?, _ settings: ShieldSettings, in shard: Shard) {
        let subject = ShieldSubject.account(
            connection: attempt.connection.name, name: attempt.canonicalName, userID: userID, address: attempt.address)
        let isProtected = attempt.connection.options["brute_force_protection"]?.bool ?? true
        let (bruteForce, suspicious) = (settings.bruteForce, settings.suspiciousAddress)
        account = isProtected && bruteForce.watches(attempt.address) && bruteForce.blocks ? subject : nil
        address =
            suspicious.watches(attempt.address) && suspicious.blocks ? ShieldSubject.address(attempt.address) : nil
        self.settings = settings
        rate = subject
        self.shard = shard
    }

    /// Throws ``PasswordRefusal`` where a shield is up.
    func admit(at now: Timestamp) async throws -> Admission {
        guard shard.loginRate.admit(rate, at: now) else { throw PasswordRefusal.tooManyLogins }
        let gate = shard.attemptGate
        if let address { gate.enter(address) }
        if let account { gate.enter(account) }
        let counts: Failures
        do {
            counts = try await shard.read { [account, address, settings] db in
                Failures(
                    account: try account.map { try db.shields.failures($0, at: now) } ?? 0,
                    address: try address.map {
                        try db.shields.addressLevel($0, forgiving: settings.addressForgiveness, at: now)
                    } ?? 0)
            }
        } catch {
            leave(Admission(failures: 0, account: false, address: false))
            throw error
        }
        let isAddressAdmitted =
            address.map { gate.admit($0, committed: counts.address, limit: settings.addressFailures) } ?? true
        guard isAddressAdmitted else {
            leave(Admission(failures: 0, account: false, address: false))
            throw PasswordRefusal.addressBlocked
        }
        let isAdmitted =
            account.map { gate.admit($0, committed: counts.account, limit: settings.accountFailures) } ?? true
        let admission = Admission(failures: counts.account, account: isAdmitted, address: true)
        guard isAdmitted else {
            leave(admission)
            throw PasswordRefusal.accountBlocked
        }
        return admission
    }

    /// Ends what ``admit(at:)`` began; after a failure, with the counts that have been committed.
    func leave(_ admission: Admission, failed counts: Failures? = nil) {
        if let account {
            shard.attemptGate.leave(account, admitted: admission.account, committed: counts?.account)
        }
        if let address {
            shard.attemptGate.leave(address, admitted: admission.address, committed: counts?.address)
        }
    }

    func countFailure(in db: TenantDatabase, at now: Timestamp) throws -> Failures {
        Failures(
            account: try account.map {
                try db.shields.countFailure($0, limit: settings.accountFailures, at: now)
            } ?? 0,
            address: try address.map {
                try db.shields.countAddressFailure($0, forgiving: settings.addressForgiveness, at: now)
            } ?? 0)
    }

    /// Whether this failure has blocked the account, so that its owner is told, once.
    func tellsOwner(_ counts: Failures) -> Bool {
        account != nil && settings.bruteForce.notifiesUser && counts.account == settings.accountFailures
    }

    /// The right password: earlier wrong ones are forgiven.
    func forgive(in db: TenantDatabase) throws {
        if let account { try db.shields.release(account) }
    }
}
