import StrictJSON
import Tenancy

/// What an attempt to log in is counted for: its account, as seen from its address or from everywhere, and its address
/// (spec 05 §7). Passwords and one-time codes count alike. What is only watched is counted as what is blocked.
struct AttemptCounters: Sendable {
    /// Nil where tenant or connection do not protect accounts from this address.
    let account: ShieldSubject?
    /// Nil where the tenant does not count this address.
    let address: ShieldSubject?
    let shields: ShieldSettings
    private let attempt: Attempt

    /// Who says to be whom, and from where.
    struct Attempt: Sendable {
        let connection: Connection
        /// As it is counted.
        let name: String
        /// Nil where nobody is known by the name.
        let userID: String?
        let address: String
        var client: Client?
        /// The mails about it; without them nobody is sent any.
        var mail: AccountMail?
    }

    /// The counts at a moment.
    struct Failures: Sendable {
        var account = 0
        var address = 0
    }

    init(_ attempt: Attempt, _ shields: ShieldSettings) {
        let isProtected = attempt.connection.options["brute_force_protection"]?.bool ?? true
        account =
            isProtected && shields.bruteForce.watches(attempt.address)
            ? .account(
                connection: attempt.connection.name, name: attempt.name, userID: attempt.userID,
                address: shields.countsPerIdentifier ? nil : attempt.address) : nil
        address = shields.suspiciousAddress.watches(attempt.address) ? .address(attempt.address) : nil
        self.shields = shields
        self.attempt = attempt
    }

    /// How many failures there may be before attempts are refused.
    var accountLimit: Int { shields.bruteForce.blocks ? shields.accountFailures : .max }
    var addressLimit: Int { shields.suspiciousAddress.blocks ? shields.addressFailures : .max }

    func failures(in db: TenantDatabase, at now: Timestamp) throws -> Failures {
        Failures(
            account: try account.map { try db.shields.failures($0, at: now) } ?? 0,
            address: try address.map {
                try db.shields.addressLevel($0, forgiving: shields.addressForgiveness, at: now)
            } ?? 0)
    }

    /// The shield that is up, if one is.
    func refusal(_ failures: Failures) -> PasswordRefusal? {
        if address != nil, failures.address >= addressLimit { return refusal(for: .addressBlocked) }
        return account != nil && failures.account >= accountLimit ? refusal(for: .accountBlocked) : nil
    }

    /// The attempt, refused.
    func refusal(for reason: PasswordRefusal.Reason) -> PasswordRefusal {
        PasswordRefusal(
            reason: reason, account: loggedName, userID: attempt.userID, address: attempt.address)
    }

    /// Counts a failure; where it is one too many, the owner, the administrators and the log are told, once.
    func countFailure(in db: TenantDatabase, at now: Timestamp) throws -> Failures {
        let failures = Failures(
            account: try account.map { try db.shields.countFailure($0, limit: shields.accountFailures, at: now) } ?? 0,
            address: try address.map {
                try db.shields.countAddressFailure($0, forgiving: shields.addressForgiveness, at: now)
            } ?? 0)
        if account != nil, failures.account == shields.accountFailures { try tellOfAccount(db, now) }
        if address != nil, failures.address == shields.addressFailures { try tellOfAddress(db, now) }
        return failures
    }

    /// What was right: earlier failures are forgiven.
    func forgive(in db: TenantDatabase) throws {
        if let account { try db.shields.release(account) }
    }

    private func tellOfAccount(_ db: TenantDatabase, _ now: Timestamp) throws {
        let place = shields.countsPerIdentifier ? "" : " from \(attempt.address)"
        try db.logs.append(event(.blockedAccount, "Too many failed logins of \(loggedName)\(place)", now))
        guard shields.bruteForce.notifiesUser, let mail = attempt.mail,
            let user = try attempt.userID.flatMap(db.users.find)
        else { return }
        try mail.sendBlocked(to: user, address: attempt.address, in: db, at: now)
    }

    private func tellOfAddress(_ db: TenantDatabase, _ now: Timestamp) throws {
        try db.logs.append(event(.blockedAddress, "Too many failed logins from \(attempt.address)", now))
        guard shields.suspiciousAddress.notifiesAdministrators else { return }
        try db.tellAdministrators(.suspiciousAddress(attempt.address), at: now)
    }

    /// Beside the event of the attempt itself (spec 04 §4).
    private func event(_ type: LogType, _ description: String, _ now: Timestamp) -> LogEvent {
        var event = LogEvent(type, at: now)
        event.description = description
        event.connection = attempt.connection.identity
        event.clientID = attempt.client?.clientID
        event.clientName = attempt.client?.name
        event.ip = attempt.address
        event.userID = attempt.userID
        event.userName = loggedName
        event.details = ["ip": .string(attempt.address), "user": .string(loggedName)]
        return event
    }

    /// What was typed is anybody's text: kept short.
    private var loggedName: String { String(attempt.name.prefix(256)) }
}
