import StrictJSON

/// The one way a password is chosen, at sign-up, at a reset and by an administrator alike: the connection's rules, the
/// operator's lists, the person's history, and then the hash.
public struct NewPasswords: Sendable {
    public let hasher: PasswordHasher

    public init(hasher: PasswordHasher) { self.hasher = hasher }

    /// Checks and hashes a password. Throws ``PasswordWeakness``, or ``BoundedPool/Full``.
    /// - Parameters:
    ///   - profile: the person's attributes, for the rule on personal information.
    ///   - earlier: hashes of the passwords that may not come back (``UserStore/earlierPasswords(of:limit:)``).
    public func hash(
        _ password: String, for connection: Connection, profile: JSONObject, earlier: [String] = []
    ) async throws -> String {
        let rules = PasswordRules(connection)
        try rules.check(password, profile: profile, lists: hasher.lists)
        if try await hasher.isBreached(password) { throw PasswordWeakness.common }
        // One after the other: a person's history never fills the queue of all.
        for hash in earlier.prefix(rules.historySize) {
            if try await hasher.verify(password, against: hash) { throw PasswordWeakness.usedBefore }
        }
        do {
            return try await hasher.hash(password)
        } catch let error as PasswordHashError {
            throw PasswordWeakness.unusable(error)
        }
    }
}
