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
    }

    let hasher: PasswordHasher

    /// The id of the user who proved themselves. Throws ``PasswordRefusal``, or ``BoundedPool/Full`` when too many
    /// passwords wait. Whether the user is blocked is for the transaction that lets them in to find out.
    func userID(of attempt: Attempt, in shard: Shard) async throws -> String {
        let credentials = try await shard.read { db in
            try db.users.credentials(connection: attempt.connection.name, login: attempt.name)
        }
        // The same work whether or not there is such a user (spec 08 L4).
        let isRight = try await hasher.verify(attempt.password, against: credentials?.passwordHash)
        guard isRight, let credentials else {
            throw PasswordRefusal.wrongCredentials(userIsKnown: credentials != nil)
        }
        return credentials.userID
    }
}

/// Why a name and a password let nobody in. What the person is told does not say whether the name is known
/// (spec 08 L3); the log does.
enum PasswordRefusal: Error, Sendable {
    case wrongCredentials(userIsKnown: Bool)

    var message: String {
        switch self {
        case .wrongCredentials: "Wrong email or password."
        }
    }

    /// One event an attempt (spec 04 §4).
    var logType: LogType {
        switch self {
        case .wrongCredentials(let userIsKnown): userIsKnown ? .failedLoginWrongPassword : .failedLoginUnknownUser
        }
    }

    /// What a grant of /oauth/token answers.
    var oauthError: OAuthError {
        switch self {
        case .wrongCredentials: .invalidGrant(message)
        }
    }
}
