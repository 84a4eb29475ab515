import Tenancy

/// A name and a password held against a database connection. Every endpoint that takes passwords comes through here
/// (hosted page, token grants, cross-origin and legacy endpoints), so that what protects one protects them all.
struct PasswordLogin: Sendable {
    /// Who says what, and from where.
    struct Attempt: Sendable {
        let connection: Connection
        /// E-mail address or username as it was typed.
        let name: String
        let password: String
        /// The address of the person, not of a back end between.
        let address: String
        /// What mails about the attempt link to: `https://DOMAIN/` of the request. Without it none are sent.
        var issuer: String?
        var client: Client?

        /// The name without what a hurried hand adds: variants of a name are one account (spec 08 L5).
        var canonicalName: String {
            var text = Substring(name)
            while text.first == " " { text.removeFirst() }
            while text.last == " " { text.removeLast() }
            return User.canonicalEmail(String(text))
        }
    }

    let hasher: PasswordHasher

    /// The id of the user who proved themselves. Throws ``PasswordRefusal``, or ``BoundedPool/Full`` when too many
    /// passwords wait. Whether the user is blocked is for the transaction that lets them in to find out.
    func userID(of attempt: Attempt, in shard: Shard) async throws -> String {
        let settings = try await shard.settings().shields
        let (credentials, shields, admission) = try await admit(attempt, settings, to: shard)
        let isRight: Bool
        do {
            // The same work whether or not there is such a user (spec 08 L4).
            isRight = try await hasher.serving(shard.tenantID).verify(
                attempt.password, against: credentials?.passwordHash)
        } catch {
            shields.leave(admission)
            throw error
        }
        guard isRight, let credentials else {
            try await countFailure(shields, admission, in: shard)
            throw shields.refusal(for: .wrongCredentials)
        }
        shields.leave(admission)
        try await refuseLeaked(attempt, credentials, settings, shields, in: shard)
        try await settle(attempt, credentials, shields, admission, in: shard)
        return credentials.userID
    }

    /// Finds out who it is, and whether the attempt may be made; both on one turn of a thread, because changing threads
    /// costs more than either.
    private func admit(
        _ attempt: Attempt, _ settings: ShieldSettings, to shard: Shard
    ) async throws -> (DatabaseCredentials?, PasswordShields, PasswordShields.Admission) {
        try await shard.readLatest { db in
            let credentials = try db.users.credentials(
                connection: attempt.connection.name, login: attempt.canonicalName)
            let shields = PasswordShields(attempt, userID: credentials?.userID, settings, in: shard)
            return (credentials, shields, try shields.admit(db, at: shard.now))
        }
    }

    private func countFailure(
        _ shields: PasswordShields, _ admission: PasswordShields.Admission, in shard: Shard
    ) async throws {
        let now = shard.now
        var counts: AttemptCounters.Failures?
        // Whatever becomes of the count, the attempt is over.
        defer { shields.leave(admission, failed: counts) }
        counts = try await shard.write { try shields.countFailure(in: $0, at: now) }
    }

    /// Only who knows the password learns that others do.
    private func refuseLeaked(
        _ attempt: Attempt, _ credentials: DatabaseCredentials, _ settings: ShieldSettings,
        _ shields: PasswordShields, in shard: Shard
    ) async throws {
        let shield = settings.breachedPassword
        guard shield.isEnabled, try await hasher.serving(shard.tenantID).isBreached(attempt.password) else { return }
        let now = shard.now
        try await shard.write { db in
            let user = try db.users.find(credentials.userID)
            // Where the login goes on, its event says nothing of the leak.
            if !shield.blocks { try db.logs.append(leak(attempt, user, at: now)) }
            if shield.notifiesAdministrators {
                try db.tellAdministrators(.leakedPassword(settings.breachNotices), at: now)
            }
            if shield.notifiesUser, let mail = attempt.mail, let user {
                try mail.sendLeaked(to: user, in: db, at: now)
            }
        }
        if shield.blocks { throw shields.refusal(for: .passwordLeaked) }
    }

    private func leak(_ attempt: Attempt, _ user: User?, at now: Timestamp) -> LogEvent {
        var event = LogEvent(.breachedPassword, at: now)
        event.description = "The password is a leaked one"
        event.connection = attempt.connection.identity
        event.clientID = attempt.client?.clientID
        event.clientName = attempt.client?.name
        event.ip = attempt.address
        event.userID = user?.userID
        event.userName = user?.email ?? attempt.canonicalName
        return event
    }

    /// Forgives earlier failures, and replaces a hash of another make by one of ours.
    private func settle(
        _ attempt: Attempt, _ credentials: DatabaseCredentials, _ shields: PasswordShields,
        _ admission: PasswordShields.Admission, in shard: Shard
    ) async throws {
        // A password too long for bcrypt stays as it was imported.
        let upgrade =
            hasher.wantsUpgrade(credentials.passwordHash)
            ? try? await hasher.serving(shard.tenantID).hash(attempt.password) : nil
        guard admission.failures > 0 || upgrade != nil else { return }
        try await shard.write { db in
            if admission.failures > 0 { try shields.forgive(in: db) }
            guard let upgrade,
                // It may have been changed meanwhile.
                try db.users.credentials(connection: attempt.connection.name, login: attempt.canonicalName)?
                    .passwordHash == credentials.passwordHash
            else { return }
            try db.users.setPasswordHash(upgrade, of: credentials.identity)
        }
    }
}

extension PasswordLogin.Attempt {
    var mail: AccountMail? {
        issuer.map { AccountMail(issuer: $0, client: client, connection: connection.name) }
    }
}
