import StrictJSON
import Tenancy

/// An account that meets the rules of its connection, ready to be stored.
struct DatabaseSignUp: Sendable {
    let user: User
    private let passwordHash: String
    private let phoneIdentifies: Bool

    /// Throws ``SignUpRefusal``, or ``BoundedPool/Full`` when too many passwords wait to be hashed.
    init(
        _ form: SignUpForm, into connection: Connection, _ hasher: PasswordHasher, in shard: Shard, at now: Timestamp
    ) async throws {
        guard connection.allowsSignUp else { throw SignUpRefusal.disabled }
        let identifiers = try SignUpIdentifiers(form, connection)
        var attributes = form.profile
        for (identifier, value) in identifiers.values { attributes[identifier.rawValue] = .string(value) }
        phoneIdentifies = connection.identifiers.contains(.phoneNumber)
        guard !form.password.isEmpty else { throw SignUpRefusal.missing("password") }
        let id = User.newDatabaseID(at: now)
        let profile = User.databaseProfile(id: id, connection: connection.name, attributes: attributes)
        do {
            passwordHash = try await NewPasswords(hasher: hasher, stage: .signUp, shard: shard).hash(
                form.password, for: connection, profile: profile)
        } catch let weakness as PasswordWeakness {
            throw SignUpRefusal.unfitPassword(weakness)
        }
        user = User(
            userID: "auth0|\(id)", connection: connection.name, document: profile, createdAt: now, updatedAt: now)
    }

    /// Before anything is hashed: how many sign-ups come from an address. Throws ``SignUpRefusal``.
    static func admit(from address: String, in shard: Shard) async throws {
        let now = shard.now
        let settings = try await shard.settings().shields
        let shield = settings.suspiciousAddress
        guard shield.watches(address) else { return }
        let isAdmitted = try await shard.write { db in
            let isAdmitted = try db.shields.admitSignUp(
                .signUps(from: address), limit: settings.signUps, forgiving: settings.signUpForgiveness, at: now)
            if !isAdmitted, shield.notifiesAdministrators {
                try db.tellAdministrators(.suspiciousAddress(address), at: now)
            }
            return isAdmitted
        }
        if !isAdmitted, shield.blocks { throw SignUpRefusal.tooManySignUps }
    }

    /// Sends the mail that follows, in the transaction that stores the account.
    func greet(by mail: AccountMail, _ audit: TicketAudit, in db: TenantDatabase) throws {
        guard try mail.greet(user, in: db, at: user.createdAt) else { return }
        try db.logs.append(audit.event(.successEmailVerificationRequest, "Verification email requested", user: user))
    }

    /// Stores the account; throws ``SignUpRefusal`` if somebody has its names already.
    func store(in db: TenantDatabase) throws {
        // A number may be somebody's username from the time before numbers identified anybody (spec 08 L14).
        if phoneIdentifies, try isTaken(user.phoneNumber, in: db) { throw SignUpRefusal.userExists }
        do {
            try db.users.insert(user, passwordHash: passwordHash, phoneIdentifies: phoneIdentifies)
        } catch UserStoreError.alreadyExists {
            throw try isTaken(user.email, in: db) ? SignUpRefusal.userExists : .usernameExists
        }
    }

    private func isTaken(_ name: String?, in db: TenantDatabase) throws -> Bool {
        guard let name else { return false }
        return try db.users.credentials(connection: user.connection, login: name) != nil
    }
}
