/// How much is too much (spec 05 §7).
public enum ShieldLimits {
    /// Wrong passwords for one account from one address.
    public static let accountFailures = 10
    /// A block of an account from an address ends by itself after a month.
    static let accountBlock: Int64 = 30 * 86_400
    /// Wrong passwords that are no block yet are forgotten a day after the last.
    static let accountMemory: Int64 = 86_400
    /// Wrong passwords from one address in a day; one is forgiven every 864 s.
    public static let addressFailures = 100
    public static let addressForgiveness: Int64 = 864_000
    /// Sign-ups from one address in a minute.
    public static let signUps = 50
    public static let signUpForgiveness: Int64 = 1_200
    static let mails = 5
    static let mailPause: Int64 = 600_000
}

/// The counters of the shields. Only what goes wrong is written here, and it is swept when it is too old to matter.
public struct ShieldStore {
    let sql: SQL

    /// Wrong passwords counted for an account from an address.
    public func failures(_ account: ShieldSubject, at now: Timestamp) throws -> Int {
        try sql.count(
            "SELECT failures FROM shield_counters WHERE subject = ? AND expires_at > ?",
            [account.key, now.milliseconds])
    }

    /// Counts a wrong password; returns how many there are now.
    /// - Parameter limit: how many are a block.
    public func countFailure(
        _ account: ShieldSubject, limit: Int = ShieldLimits.accountFailures, at now: Timestamp
    ) throws -> Int {
        let failures = try self.failures(account, at: now) + 1
        let life =
            failures >= limit ? ShieldLimits.accountBlock : ShieldLimits.accountMemory
        try put(account, failures: failures, emptyAt: now, expiresAt: now.adding(seconds: life))
        return failures
    }

    /// How full the bucket of an address is: wrong passwords less those forgiven since.
    public func level(_ subject: ShieldSubject, forgiving pause: Int64, at now: Timestamp) throws -> Int {
        guard let row = try sql.row("SELECT empty_at FROM shield_counters WHERE subject = ?", [subject.key]) else {
            return 0
        }
        let emptyAt: Int64 = row[0]
        return Int(max(0, emptyAt - now.milliseconds + pause - 1) / pause)
    }

    public func addressLevel(
        _ address: ShieldSubject, forgiving pause: Int64 = ShieldLimits.addressForgiveness, at now: Timestamp
    ) throws -> Int {
        try level(address, forgiving: pause, at: now)
    }

    /// Counts a wrong password for its address; returns the level after it.
    public func countAddressFailure(
        _ address: ShieldSubject, forgiving pause: Int64 = ShieldLimits.addressForgiveness, at now: Timestamp
    ) throws -> Int {
        try fill(address, forgiving: pause, at: now)
    }

    /// Counts a sign-up; false where there were too many from its address.
    public func admitSignUp(
        _ subject: ShieldSubject, limit: Int = ShieldLimits.signUps,
        forgiving pause: Int64 = ShieldLimits.signUpForgiveness, at now: Timestamp
    ) throws -> Bool {
        let level = try level(subject, forgiving: pause, at: now)
        guard level < limit else { return false }
        _ = try fill(subject, forgiving: pause, at: now)
        return true
    }

    /// Whether a mail may go out now; if so, none of its kind will for `seconds`.
    public func admitNotice(_ subject: ShieldSubject, every seconds: Int64, at now: Timestamp) throws -> Bool {
        guard try failures(subject, at: now) == 0 else { return false }
        try put(subject, failures: 1, emptyAt: now, expiresAt: now.adding(seconds: seconds))
        return true
    }

    /// Whether a person may be sent another mail of a kind anybody can ask for: five at once, then one in ten minutes.
    public func admitMail(_ subject: ShieldSubject, at now: Timestamp) throws -> Bool {
        guard try level(subject, forgiving: ShieldLimits.mailPause, at: now) < ShieldLimits.mails else { return false }
        _ = try fill(subject, forgiving: ShieldLimits.mailPause, at: now)
        return true
    }

    private func fill(_ subject: ShieldSubject, forgiving pause: Int64, at now: Timestamp) throws -> Int {
        let row = try sql.row("SELECT empty_at FROM shield_counters WHERE subject = ?", [subject.key])
        let known: Int64 = row?[0] ?? 0
        let emptyAt = Timestamp(milliseconds: max(known, now.milliseconds) + pause)
        try put(subject, failures: 0, emptyAt: emptyAt, expiresAt: emptyAt)
        return try level(subject, forgiving: pause, at: now)
    }

    private func put(_ subject: ShieldSubject, failures: Int, emptyAt: Timestamp, expiresAt: Timestamp) throws {
        try sql.run(
            """
            INSERT INTO shield_counters (subject, user_id, address, failures, empty_at, expires_at)
            VALUES (?, ?, ?, ?, ?, ?)
            ON CONFLICT (subject) DO UPDATE SET failures = excluded.failures, empty_at = excluded.empty_at,
                expires_at = excluded.expires_at
            """,
            [
                subject.key, subject.userID, subject.address, failures, emptyAt.milliseconds,
                expiresAt.milliseconds,
            ])
    }

    // MARK: Release

    public func release(_ subject: ShieldSubject) throws {
        try sql.run("DELETE FROM shield_counters WHERE subject = ?", [subject.key])
    }

    /// Ends all blocks of a user, wherever they come from: by the link in the mail, a new password or an administrator.
    public func releaseAccount(_ userID: String) throws {
        try sql.run("DELETE FROM shield_counters WHERE user_id = ? AND subject LIKE 'account:%'", [userID])
    }

    /// Ends the block of an address; false where there was none.
    public func releaseAddress(_ address: String) throws -> Bool {
        try sql.changes("DELETE FROM shield_counters WHERE subject = ?", [ShieldSubject.address(address).key]) > 0
    }

    // MARK: What administrators see

    /// The addresses from which a user is blocked; nil among them where it is from everywhere.
    public func blockedAddresses(of userID: String, at now: Timestamp) throws -> [String?] {
        let settings = try settings()
        guard settings.bruteForce.isEnabled, settings.bruteForce.blocks else { return [] }
        return try sql.rows(
            """
            SELECT address FROM shield_counters
            WHERE user_id = ? AND failures >= ? AND subject LIKE 'account:%' AND expires_at > ? ORDER BY address
            """, [userID, settings.accountFailures, now.milliseconds]
        ).map { $0[0] as String? }.filter { ($0 == nil) == settings.countsPerIdentifier }
    }

    public func isAccountBlocked(_ userID: String, at now: Timestamp) throws -> Bool {
        try !blockedAddresses(of: userID, at: now).isEmpty
    }

    public func isAddressBlocked(_ address: String, at now: Timestamp) throws -> Bool {
        let settings = try settings()
        guard settings.suspiciousAddress.watches(address), settings.suspiciousAddress.blocks else { return false }
        return try addressLevel(.address(address), forgiving: settings.addressForgiveness, at: now)
            >= settings.addressFailures
    }

    private func settings() throws -> ShieldSettings {
        try ShieldSettings { try PreferenceStore(sql: sql).find($0.preference) }
    }

    func deleteExpired(at now: Timestamp, atMost limit: Int) throws -> Int {
        try sql.delete(
            "shield_counters", by: "subject", where: "expires_at < ?",
            [now.milliseconds], atMost: limit)
    }
}
