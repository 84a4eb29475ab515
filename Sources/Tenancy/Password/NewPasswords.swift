import StrictJSON

/// The one way a password is chosen, at sign-up, at a reset and by an administrator alike: the connection's rules, the
/// operator's lists, the person's history, and then the hash.
public struct NewPasswords: Sendable {
    /// What a password is chosen for; a tenant may treat leaked ones differently.
    public enum Stage: Sendable {
        case signUp, change
    }

    public let hasher: PasswordHasher
    private let stage: Stage
    private let shard: Shard

    public init(hasher: PasswordHasher, stage: Stage, shard: Shard) {
        self.hasher = hasher
        self.stage = stage
        self.shard = shard
    }

    /// Checks and hashes a password. Throws ``PasswordWeakness``, or ``BoundedPool/Full``.
    /// - Parameters:
    ///   - profile: the person's attributes, for the rule on personal information.
    ///   - earlier: hashes of the passwords that may not come back (``UserStore/earlierPasswords(of:limit:)``).
    public func hash(
        _ password: String, for connection: Connection, profile: JSONObject, earlier: [String] = []
    ) async throws -> String {
        let rules = PasswordRules(connection)
        try rules.check(password, profile: profile, lists: hasher.lists)
        try await refuseLeaked(password)
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

    private func refuseLeaked(_ password: String) async throws {
        let shields = try await shard.settings().shields
        let shield = stage == .signUp ? shields.breachedAtSignUp : shields.breachedAtChange
        guard shield.isWatched, try await hasher.isBreached(password) else { return }
        let now = shard.now
        if shield.notifiesAdministrators {
            try await shard.write { try $0.tellAdministrators(.leakedPassword(shields.breachNotices), at: now) }
        }
        if shield.blocks { throw PasswordWeakness.common }
    }
}
