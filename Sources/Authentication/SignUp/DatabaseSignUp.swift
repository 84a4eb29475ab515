import StrictJSON
import Tenancy

/// An account that meets the rules of its connection, ready to be stored.
struct DatabaseSignUp: Sendable {
    let user: User
    private let passwordHash: String

    /// Throws ``SignUpRefusal``, or ``BoundedPool/Full`` when too many passwords wait to be hashed.
    init(
        _ form: SignUpForm, into connection: Connection, _ hasher: PasswordHasher, at now: Timestamp
    ) async throws {
        guard connection.allowsSignUp else { throw SignUpRefusal.disabled }
        guard let email = form.email else { throw SignUpRefusal.missing("email") }
        guard EmailAddress.isAcceptable(email) else { throw SignUpRefusal.invalidEmail }
        var attributes = form.profile
        attributes["email"] = .string(email)
        if connection.requiresUsername {
            attributes["username"] = .string(try Self.username(form, connection))
        }
        guard !form.password.isEmpty else { throw SignUpRefusal.missing("password") }
        let id = User.newDatabaseID()
        let profile = User.databaseProfile(id: id, connection: connection.name, attributes: attributes)
        do {
            passwordHash = try await NewPasswords(hasher: hasher).hash(
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
        guard settings.suspiciousAddress.watches(address), settings.suspiciousAddress.blocks else { return }
        let isAdmitted = try await shard.write { db in
            try db.shields.admitSignUp(
                .signUps(from: address), limit: settings.signUps, forgiving: settings.signUpForgiveness, at: now)
        }
        guard isAdmitted else { throw SignUpRefusal.tooManySignUps }
    }

    /// Sends the mail that follows, in the transaction that stores the account.
    func greet(by mail: AccountMail, _ audit: TicketAudit, in db: TenantDatabase) throws {
        guard try mail.greet(user, in: db, at: user.createdAt) else { return }
        try db.logs.append(audit.event(.successEmailVerificationRequest, "Verification email requested", user: user))
    }

    /// Stores the account; throws ``SignUpRefusal`` if somebody has its names already.
    func store(in db: TenantDatabase) throws {
        do {
            try db.users.insert(user, passwordHash: passwordHash)
        } catch UserStoreError.alreadyExists {
            let email = user.email ?? ""
            let isEmail = try db.users.credentials(connection: user.connection, login: email) != nil
            throw isEmail ? SignUpRefusal.userExists : SignUpRefusal.usernameExists
        }
    }

    private static func username(_ form: SignUpForm, _ connection: Connection) throws -> String {
        guard let username = form.username else { throw SignUpRefusal.missing("username") }
        let bounds = connection.options["validation"]?["username"]
        let shortest = max(1, bounds?["min"]?.int ?? 1)
        let length = shortest...max(shortest, bounds?["max"]?.int ?? 15)
        guard length.contains(username.utf8.count), username.utf8.allSatisfy(isUsernameCharacter) else {
            throw SignUpRefusal.invalidUsername(length)
        }
        return username
    }

    /// ASCII without `@`: no username looks like another's, and none like an e-mail address (spec 08 L14).
    private static func isUsernameCharacter(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"):
            true
        default: "_+-.!#$'^`~".utf8.contains(byte)
        }
    }
}
