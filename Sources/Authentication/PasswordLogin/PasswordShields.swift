import Tenancy

/// What stands before the password check: too many logins, too many failures from an address, too many for an account
/// (spec 05 §7). All of it before hashing, so that an attack costs us no hashes.
struct PasswordShields: Sendable {
    private let counters: AttemptCounters
    /// Nil for an address the tenant trusts.
    private let rate: ShieldSubject?
    private let shard: Shard

    /// An attempt that may be made, until ``PasswordShields/leave(_:failed:)``.
    struct Admission: Sendable {
        /// Earlier failures for the account from this address.
        let failures: Int
        fileprivate let account: Bool
        fileprivate let address: Bool
    }

    init(_ attempt: PasswordLogin.Attempt, userID: String?, _ settings: ShieldSettings, in shard: Shard) {
        counters = AttemptCounters(
            .init(
                connection: attempt.connection, name: attempt.canonicalName, userID: userID, address: attempt.address,
                client: attempt.client, mail: attempt.mail), settings)
        rate =
            settings.bruteForce.watches(attempt.address)
            ? .account(
                connection: attempt.connection.name, name: attempt.canonicalName, userID: userID,
                address: attempt.address) : nil
        self.shard = shard
    }

    /// Throws ``PasswordRefusal`` where a shield is up.
    /// - Parameter db: one of ``Shard/readLatest(_:)``: failures committed up to the moment this attempt entered the gate
    ///   have to count.
    func admit(_ db: TenantDatabase, at now: Timestamp) throws -> Admission {
        if let rate, !shard.loginRate.admit(rate, at: now) { throw refusal(for: .tooManyLogins) }
        let gate = shard.attemptGate
        if let address = counters.address { gate.enter(address) }
        if let account = counters.account { gate.enter(account) }
        let counts: AttemptCounters.Failures
        do {
            counts = try counters.failures(in: db, at: now)
        } catch {
            leave(Admission(failures: 0, account: false, address: false))
            throw error
        }
        func admits(_ subject: ShieldSubject?, _ committed: Int, _ limit: Int) -> Bool {
            subject.map { gate.admit($0, committed: committed, limit: limit) } ?? true
        }
        guard admits(counters.address, counts.address, counters.addressLimit) else {
            leave(Admission(failures: 0, account: false, address: false))
            throw refusal(for: .addressBlocked)
        }
        let isAdmitted = admits(counters.account, counts.account, counters.accountLimit)
        let admission = Admission(failures: counts.account, account: isAdmitted, address: true)
        guard isAdmitted else {
            leave(admission)
            throw refusal(for: .accountBlocked)
        }
        return admission
    }

    /// Ends what ``admit(_:at:)`` began; after a failure, with the counts that have been committed.
    func leave(_ admission: Admission, failed counts: AttemptCounters.Failures? = nil) {
        if let account = counters.account {
            shard.attemptGate.leave(account, admitted: admission.account, committed: counts?.account)
        }
        if let address = counters.address {
            shard.attemptGate.leave(address, admitted: admission.address, committed: counts?.address)
        }
    }

    /// The attempt, refused.
    func refusal(for reason: PasswordRefusal.Reason) -> PasswordRefusal { counters.refusal(for: reason) }

    func countFailure(in db: TenantDatabase, at now: Timestamp) throws -> AttemptCounters.Failures {
        try counters.countFailure(in: db, at: now)
    }

    /// The right password: earlier wrong ones are forgiven.
    func forgive(in db: TenantDatabase) throws { try counters.forgive(in: db) }
}
