import OpenSSL
import StrictJSON
import Tenancy

/// A code held against the one that was sent. Every endpoint that takes such codes comes through here, inside one
/// transaction, so that a code lets somebody in once.
struct PasswordlessLogin: Sendable {
    enum Refusal: Error, Sendable {
        /// - Parameter userID: for the log alone; nil where the address has no user.
        case wrongCode(userID: String?)
        /// There were too many wrong ones; the right code does not help either.
        case shielded(PasswordRefusal)
        /// Sign-up was switched off after the code was sent.
        case signUpIsDisabled

        /// The refusal of a password that this one is told like.
        var reason: PasswordRefusal.Reason {
            if case .shielded(let refusal) = self { refusal.reason } else { .wrongCredentials }
        }

        /// What is told: a wrong code and an address without one are alike.
        func message(for recipient: PasswordlessRecipient) -> String {
            if case .shielded(let refusal) = self { return refusal.reason.message }
            return recipient.refusal
        }

        /// What a grant of /oauth/token answers.
        func oauthError(for recipient: PasswordlessRecipient) -> OAuthError {
            if case .shielded(let refusal) = self { return refusal.reason.oauthError }
            return .invalidGrant(recipient.refusal)
        }

        /// One event an attempt (spec 04 §4).
        var logType: LogType {
            switch self {
            case .wrongCode(let userID): userID == nil ? .failedLoginUnknownUser : .failedLoginWrongPassword
            case .shielded(let refusal): refusal.logType
            case .signUpIsDisabled: .failedSignup
            }
        }

        /// Whose attempt the event tells of; nil where the address has no user.
        var userID: String? {
            switch self {
            case .wrongCode(let userID): userID
            case .shielded(let refusal): refusal.userID
            case .signUpIsDisabled: nil
            }
        }

        /// What the event says.
        func description(for recipient: PasswordlessRecipient) -> String {
            if case .shielded(let refusal) = self { return refusal.description }
            return recipient.refusal
        }

        /// The event's `details` (spec 04 §3); nil where it has none.
        var details: JSONObject? {
            if case .shielded(let refusal) = self { refusal.details } else { nil }
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
    var client: Client?
    /// The address of the person, not of a back end between.
    let address: String
    /// `https://DOMAIN/` of the request, for the mail about a blocked account.
    let issuer: String
    let shields: ShieldSettings
    let now: Timestamp

    private var connection: Connection { recipient.connection }

    /// Redeems a code in a transaction of its own, with the event of what became of it. Throws ``Refusal``.
    /// - Parameter event: makes the events of a sign-up and of a refusal from type, description and user id; nil where
    ///   the caller tells it.
    func redeem(
        _ code: String, in shard: Shard,
        event: @escaping @Sendable (LogType, String, _ userID: String?) -> LogEvent?
    ) async throws -> Entry {
        let outcome = try await shard.write { db -> Result<Entry, Refusal> in
            let outcome = try logIn(code, db)
            var told: LogEvent?
            switch outcome {
            case .success(let entry):
                if entry.isNew { told = event(.successSignup, "Signed up by a code", entry.user.userID) }
            case .failure(let refusal):
                told = event(refusal.logType, refusal.description(for: recipient), refusal.userID)
                if let details = refusal.details { told?.details = details }
            }
            if let told { try db.logs.append(told) }
            return outcome
        }
        return try outcome.get()
    }

    private func logIn(_ code: String, _ db: TenantDatabase) throws -> Result<Entry, Refusal> {
        if let refusal = try refusal(of: code, usingUp: true, db) { return .failure(refusal) }
        if let user = try user(db) { return .success(Entry(user: try verified(user, db), isNew: false)) }
        guard connection.allowsSignUp else { return .failure(.signUpIsDisabled) }
        return .success(Entry(user: try signUp(db), isNew: true))
    }

    /// Why a code is not taken, counting a wrong one; nil for the right one. The shields stand before the code, as they
    /// do before a password (spec 05 §7): many recipients, or many codes of one, are no more guesses.
    /// - Parameter usingUp: whether a right one is gone afterwards, or waits for the request that follows.
    func refusal(of code: String, usingUp: Bool, _ db: TenantDatabase) throws -> Refusal? {
        let known = try user(db)
        let counters = AttemptCounters(
            .init(
                connection: connection, name: recipient.text, userID: known?.userID, address: address, client: client,
                mail: AccountMail(issuer: issuer, client: client, connection: connection.name)), shields)
        // Everything happens in this transaction, so a burst in parallel needs no gate.
        let failures = try counters.failures(in: db, at: now)
        if let shield = counters.refusal(failures) { return .shielded(shield) }
        let check = try db.passwordlessCodes.check(
            code, connection: connection.name, recipient: recipient.text, clientID: client?.clientID,
            usingUp: usingUp, at: now)
        if case .right = check {
            if usingUp, failures.account > 0 { try counters.forgive(in: db) }
            return nil
        }
        _ = try counters.countFailure(in: db, at: now)
        return .wrongCode(userID: known?.userID)
    }

    private func user(_ db: TenantDatabase) throws -> User? { try recipient.user(in: db) }

    private func signUp(_ db: TenantDatabase) throws -> User {
        let id = try db.passwordlessIdentities.futureID(connection: connection, recipient: recipient.text)
        let user = User.passwordless(id: id, connection: connection, recipient: recipient.text, at: now)
        try db.passwordlessIdentities.insert(user, recipient: recipient.text)
        return user
    }

    /// A code that arrived proves that the address is the user's. It proves nothing about the address of a user whom this
    /// one is only linked to.
    private func verified(_ user: User, _ db: TenantDatabase) throws -> User {
        let flag = connection.recipientFlag
        guard user.document[connection.recipientProperty]?.string == recipient.text,
            user.document[flag]?.bool != true
        else { return user }
        var document = user.document
        document[flag] = true
        let changed = user.replacing(document: document, updatedAt: now)
        try db.users.update(changed)
        return changed
    }
}
