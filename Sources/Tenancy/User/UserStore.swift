import GRDB
import StrictJSON

public enum UserStoreError: Error, Sendable {
    /// Another user of the connection has the e-mail address, the username or the telephone number.
    case alreadyExists
}

/// A stored secret that logs a user in to a database connection.
public struct DatabaseCredentials: Sendable {
    /// The user as whom it logs in.
    public let userID: String
    /// The id the identity has as a user of its own: `userID`, unless it is linked to that user.
    public let identity: String
    public let passwordHash: String
}

/// The users of one tenant.
public struct UserStore {
    let sql: SQL
    static let columns =
        "user_id, connection, document, logins_count, last_login, last_ip, created_at, updated_at, logins_ended_at"

    public func find(_ userID: String) throws -> User? {
        try sql.row("SELECT \(Self.columns) FROM users WHERE user_id = ?", [userID]).map(Self.user)
    }

    /// All users with an e-mail address, of whatever connection.
    public func find(email: String) throws -> [User] {
        guard email.isKey else { return [] }
        return try sql.rows(
            "SELECT \(Self.columns) FROM users WHERE email = ? ORDER BY created_at, user_id",
            [User.canonicalEmail(email)]
        ).map(Self.user)
    }

    /// All users with a username, of whatever connection.
    public func find(username: String) throws -> [User] {
        guard username.isKey else { return [] }
        return try sql.rows(
            "SELECT \(Self.columns) FROM users WHERE username = ? ORDER BY created_at, user_id",
            [User.canonicalUsername(username)]
        ).map(Self.user)
    }

    /// Adds a user; with a password hash it becomes one that can log in with it. Throws ``UserStoreError``.
    /// - Parameter phoneIdentifies: whether the telephone number is one of the login names.
    public func insert(_ user: User, passwordHash: String?, phoneIdentifies: Bool = false) throws {
        try insert(NewUser(user), passwordHash: passwordHash, phoneIdentifies: phoneIdentifies)
    }

    /// The same for a user whose texts were made beforehand.
    /// - Parameter bulkRun: the run of the index, where its values are written afterwards with those of others.
    func insert(_ new: NewUser, passwordHash: String?, phoneIdentifies: Bool, bulkRun: Int? = nil) throws {
        let user = new.user
        try mappingUniqueViolation(to: UserStoreError.alreadyExists) {
            try sql.run(
                """
                INSERT INTO users (user_id, connection, email, username, blocked, document, logins_count,
                    last_login, last_ip, created_at, updated_at)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
                """,
                [
                    user.userID, user.connection, user.email, user.username, user.isBlocked, new.text, user.loginsCount,
                    user.lastLogin?.milliseconds, user.lastIP,
                    user.createdAt.milliseconds, user.updatedAt.milliseconds,
                ])
            if let bulkRun {
                try writeList(new.terms, of: user.userID, run: bulkRun)
            } else {
                try write(new.terms, of: user.userID)
            }
            guard let passwordHash else { return }
            try sql.run(
                """
                INSERT INTO database_credentials
                    (identity, user_id, connection, email, username, phone_number, password_hash)
                VALUES (?, ?, ?, ?, ?, ?, ?)
                """,
                [
                    user.userID, user.userID, user.connection, user.email, user.username,
                    phoneIdentifies ? user.phoneNumber : nil, passwordHash,
                ])
        }
    }

    /// Replaces the profile; what the user's own identity logs in by follows: the login names of database users, the
    /// address of passwordless ones. Throws ``UserStoreError``.
    public func update(_ user: User) throws {
        try mappingUniqueViolation(to: UserStoreError.alreadyExists) {
            try PasswordlessIdentityStore(sql: sql).follow(user)
            try sql.run(
                """
                UPDATE users SET email = ?, username = ?, blocked = ?, document = ?, updated_at = ? WHERE user_id = ?
                """,
                [
                    user.email, user.username, user.isBlocked, JSON.object(user.document).text(),
                    user.updatedAt.milliseconds, user.userID,
                ])
            try rewriteTerms(of: user)
            // The identities linked to the user keep the names they log in with.
            try sql.run(
                """
                UPDATE database_credentials SET email = ?, username = ?,
                    phone_number = CASE WHEN phone_number IS NULL THEN NULL ELSE ? END
                WHERE identity = ?
                """, [user.email, user.username, user.phoneNumber, user.userID])
        }
    }

    /// False where there was none. From outside by ``TenantDatabase/deleteUser(_:issuer:at:)``, which tells the clients.
    func delete(_ userID: String) throws -> Bool {
        try sql.changes("DELETE FROM users WHERE user_id = ?", [userID]) > 0
    }

    /// Deletes some of the users made up to a moment. Returns how many there were.
    public func deleteSome(createdBefore moment: Timestamp, atMost limit: Int = 500) throws -> Int {
        try sql.changes(
            "DELETE FROM users WHERE user_id IN (SELECT user_id FROM users WHERE created_at <= ? LIMIT ?)",
            [moment.milliseconds, limit])
    }

    // MARK: Logging in

    /// The credentials of the user that logs in to a database connection with an e-mail address, a username or,
    /// where it identifies, a telephone number.
    public func credentials(connection: String, login: String) throws -> DatabaseCredentials? {
        guard login.isKey else { return nil }
        let name = User.canonicalEmail(login)
        for column in ["email", "username", "phone_number"] {
            let row = try sql.row(
                """
                SELECT user_id, identity, password_hash FROM database_credentials
                WHERE connection = ? AND \(column) = ?
                """, [connection, name])
            if let row { return DatabaseCredentials(userID: row[0], identity: row[1], passwordHash: row[2]) }
        }
        return nil
    }

    /// - Parameter identity: the user's id for their own password, that of a linked identity for its.
    public func setPasswordHash(_ hash: String, of identity: String) throws {
        try sql.run("UPDATE database_credentials SET password_hash = ? WHERE identity = ?", [hash, identity])
    }

    /// Counts a successful login of a user as this transaction has found them. Nil where there is none any more.
    public func recordLogin(_ user: User, from address: String, at moment: Timestamp) throws -> User? {
        let changed = try sql.changes(
            "UPDATE users SET logins_count = logins_count + 1, last_login = ?, last_ip = ? WHERE user_id = ?",
            [moment.milliseconds, address, user.userID])
        return changed > 0 ? user.loggedIn(from: address, at: moment) : nil
    }

    /// Notes that everything the user had opened has ended.
    func noteEndOfLogins(of userID: String, at now: Timestamp) throws {
        try sql.run("UPDATE users SET logins_ended_at = ? WHERE user_id = ?", [now.milliseconds, userID])
    }

    static func user(_ row: Row) throws -> User {
        let (lastLogin, loginsEndedAt): (Int64?, Int64?) = (row[4], row[8])
        return User(
            userID: row[0], connection: row[1], document: try row.object(2), loginsCount: row[3],
            lastLogin: lastLogin.map(Timestamp.init(milliseconds:)), lastIP: row[5],
            loginsEndedAt: loginsEndedAt.map(Timestamp.init(milliseconds:)),
            createdAt: Timestamp(milliseconds: row[6]), updatedAt: Timestamp(milliseconds: row[7]))
    }
}
