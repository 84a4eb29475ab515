import Tenancy

/// What an attempt to log in is counted for: its account as seen from its address, and its address (spec 05 §7).
/// Passwords and one-time codes count alike.
struct AttemptCounters: Sendable {
    /// Nil where tenant or connection do not protect accounts from this address.
    let account: ShieldSubject?
    /// Nil where the tenant does not count this address.
    let address: ShieldSubject?
    let shields: ShieldSettings

    /// The counts at a moment.
    struct Failures: Sendable {
        var account = 0
        var address = 0
    }

    init(connection: Connection, name: String, userID: String?, address: String, shields: ShieldSettings) {
        let (bruteForce, suspicious) = (shields.bruteForce, shields.suspiciousAddress)
        let isProtected = connection.options["brute_force_protection"]?.bool ?? true
        account =
            isProtected && bruteForce.watches(address) && bruteForce.blocks
            ? .account(connection: connection.name, name: name, userID: userID, address: address) : nil
        self.address = suspicious.watches(address) && suspicious.blocks ? .address(address) : nil
        self.shields = shields
    }

    func failures(in db: TenantDatabase, at now: Timestamp) throws -> Failures {
        Failures(
            account: try account.map { try db.shields.failures($0, at: now) } ?? 0,
            address: try address.map {
                try db.shields.addressLevel($0, forgiving: shields.addressForgiveness, at: now)
            } ?? 0)
    }

    /// The shield that is up, if one is.
    func refusal(_ failures: Failures) -> PasswordRefusal? {
        if address != nil, failures.address >= shields.addressFailures { return .addressBlocked }
        return account != nil && failures.account >= shields.accountFailures ? .accountBlocked : nil
    }

    func countFailure(in db: TenantDatabase, at now: Timestamp) throws -> Failures {
        Failures(
            account: try account.map { try db.shields.countFailure($0, limit: shields.accountFailures, at: now) } ?? 0,
            address: try address.map {
                try db.shields.countAddressFailure($0, forgiving: shields.addressForgiveness, at: now)
            } ?? 0)
    }

    /// Whether this failure has blocked the account, so that its owner is told, once.
    func tellsOwner(_ failures: Failures) -> Bool {
        account != nil && shields.bruteForce.notifiesUser && failures.account == shields.accountFailures
    }

    /// What was right: earlier failures are forgiven.
    func forgive(in db: TenantDatabase) throws {
        if let account { try db.shields.release(account) }
    }
}
