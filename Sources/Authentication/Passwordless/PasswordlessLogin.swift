import OpenSSL
import StrictJSON
import Tenancy

/// A code held against the one that was sent. Every endpoint that takes such codes comes through here, inside one
/// transaction, so that a code lets somebody in once.
struct PasswordlessLogin: Sendable {
    enum Refusal: Error, Sendable {
        /// - Parameter userIsKnown: for the log alone.
        case wrongCode(userIsKnown: Bool)
        /// Sign-up was switched off after the code was sent.
        case signUpIsDisabled

        /// One event an attempt (spec 04 §4).
        var logType: LogType {
            switch self {
            case .wrongCode(let isKnown): isKnown ? .failedLoginWrongPassword : .failedLoginUnknownUser
            case .signUpIsDisabled: .failedSignup
            }
        }
    }

    /// Who got in.
    struct Entry: Sendable {
        let user: User
        /// Whether the account was made now.
        let isNew: Bool
    }

    let recipient: PasswordlessRecipient
    /// Who redeems the code; nil where nobody is given anything for it yet.
    var clientID: String?
    let now: Timestamp

    private var connection: Connection { recipient.connection }

    func logIn(_ code: String, _ db: TenantDatabase) throws -> Result<Entry, Refusal> {
        guard try isRight(code, usingUp: true, db) else {
            return .failure(.wrongCode(userIsKnown: try user(db) != nil))
        }
        if let user = try user(db) { return .success(Entry(user: try verified(user, db), isNew: false)) }
        guard connection.allowsSignUp else { return .failure(.signUpIsDisabled) }
        return .success(Entry(user: try signUp(db), isNew: true))
    }

    /// Whether a code is right, counting a wrong one.
    func isRight(_ code: String, usingUp: Bool, _ db: TenantDatabase) throws -> Bool {
        let check = try db.passwordlessCodes.check(
            code, connection: connection.name, recipient: recipient.text, clientID: clientID, usingUp: usingUp,
            at: now)
        if case .right = check { return true }
        return false
    }

    /// The user the recipient belongs to, made here or by an administrator.
    func user(_ db: TenantDatabase) throws -> User? {
        if let id = try db.passwordlessIdentities.userID(connection: connection.name, recipient: recipient.text) {
            return try db.users.find(id)
        }
        guard connection.strategy == "email" else { return nil }
        return try db.users.find(email: recipient.text).first { $0.connection == connection.name }
    }

    private func signUp(_ db: TenantDatabase) throws -> User {
        let future = try db.passwordlessIdentities.futureID(connection: connection.name, recipient: recipient.text)
        // Taken where an earlier owner of the address keeps the account under another one.
        let isTaken = try db.users.find("\(connection.strategy)|\(future)") != nil
        let user = User.passwordless(
            id: isTaken ? User.newDatabaseID() : future, connection: connection, recipient: recipient.text, at: now)
        try db.users.insert(user, passwordHash: nil)
        try db.passwordlessIdentities.insert(
            connection: connection.name, recipient: recipient.text, userID: user.userID)
        return user
    }

    /// A code that arrived proves that the address is the user's.
    private func verified(_ user: User, _ db: TenantDatabase) throws -> User {
        let flag = connection.strategy == "email" ? "email_verified" : "phone_verified"
        guard user.document[flag]?.bool != true else { return user }
        var document = user.document
        document[flag] = true
        let changed = user.replacing(document: document, updatedAt: now)
        try db.users.update(changed)
        return changed
    }
}
