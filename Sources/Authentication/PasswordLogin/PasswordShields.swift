import Tenancy

/// What stands before the password check: too many logins, too many failures from an address, too many for an account
/// (spec 05 §7). All of it before hashing, so that an attack costs us no hashes.
struct PasswordShields: Sendable {
    private let account: ShieldSubject?
    private let address: ShieldSubject
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

        /// Whether this one has blocked the account, so that its owner is told, once.
        var hasBlockedAccount: Bool { account == ShieldLimits.accountFailures }
    }

    init(_ attempt: PasswordLogin.Attempt, userID: String?, in shard: Shard) {
        let subject = ShieldSubject.account(
            connection: attempt.connection.name, name: attempt.canonicalName, userID: userID, address: attempt.address)
        let isProtected = attempt.connection.options["brute_force_protection"]?.bool ?? true
        account = isProtected ? subject : nil
        address = ShieldSubject.address(attempt.address)
        rate = subject
        self.shard = shard
    }

    /// Throws ``PasswordRefusal`` where a shield is up.
    func admit(at now: Timestamp) async throws -> Admission {
        guard shard.loginRate.admit(rate, at: now) else { throw PasswordRefusal.tooManyLogins }
        let gate = shard.attemptGate
        gate.enter(address)
        if let account { gate.enter(account) }
        let counts: Failures
        do {
            counts = try await shard.read { [account, address] db in
                Failures(
                    account: try account.map { try db.shields.failures($0, at: now) } ?? 0,
                    address: try db.shields.addressLevel(address, at: now))
            }
        } catch {
            leave(Admission(failures: 0, account: false, address: false))
            throw error
        }
        guard gate.admit(address, committed: counts.address, limit: ShieldLimits.addressFailures) else {
            leave(Admission(failures: 0, account: false, address: false))
            throw PasswordRefusal.addressBlocked
        }
        let isAdmitted =
            account.map { gate.admit($0, committed: counts.account, limit: ShieldLimits.accountFailures) } ?? true
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
        shard.attemptGate.leave(address, admitted: admission.address, committed: counts?.address)
    }

    func countFailure(in db: TenantDatabase, at now: Timestamp) throws -> Failures {
        Failures(
            account: try account.map { try db.shields.countFailure($0, at: now) } ?? 0,
            address: try db.shields.countAddressFailure(address, at: now))
    }

    /// The right password: earlier wrong ones are forgiven.
    func forgive(in db: TenantDatabase) throws {
        if let account { try db.shields.release(account) }
    }
}
