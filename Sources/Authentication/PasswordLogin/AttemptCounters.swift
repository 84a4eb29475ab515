import Tenancy

/// What an attempt to log in is counted for: its account as seen from its address, and its address (spec 05 §7).
/// Passwords and one-time codes count alike.
struct AttemptCounters: Sendable {
    /// Nil where tenant or connection do not protect accounts.
    let account: ShieldSubject?
    /// Nil where the tenant does not count addresses, or trusts this one.
    let address: ShieldSubject?

    /// The counts at a moment.
    struct Failures: Sendable {
        var account = 0
        var address = 0

        /// Whether this one has blocked the account, so that its owner is told, once.
        var hasBlockedAccount: Bool { account == ShieldLimits.accountFailures }

        /// The shield that is up, if one is.
        var refusal: PasswordRefusal? {
            if address >= ShieldLimits.addressFailures { return .addressBlocked }
            return account >= ShieldLimits.accountFailures ? .accountBlocked : nil
        }
    }

    init(connection: Connection, name: String, userID: String?, address: String, shields: ShieldSettings) {
        let isTrusted = shields.trusts(address)
        let isProtected = shields.guardsAccounts && connection.options["brute_force_protection"]?.bool ?? true
        account =
            isProtected && !isTrusted
            ? .account(connection: connection.name, name: name, userID: userID, address: address) : nil
        self.address = shields.guardsAddresses && !isTrusted ? .address(address) : nil
    }

    func failures(in db: TenantDatabase, at now: Timestamp) throws -> Failures {
        Failures(
            account: try account.map { try db.shields.failures($0, at: now) } ?? 0,
            address: try address.map { try db.shields.addressLevel($0, at: now) } ?? 0)
    }

    func countFailure(in db: TenantDatabase, at now: Timestamp) throws -> Failures {
        Failures(
            account: try account.map { try db.shields.countFailure($0, at: now) } ?? 0,
            address: try address.map { try db.shields.countAddressFailure($0, at: now) } ?? 0)
    }

    /// What was right: earlier failures are forgiven.
    func forgive(in db: TenantDatabase) throws {
        if let account { try db.shields.release(account) }
    }
}
