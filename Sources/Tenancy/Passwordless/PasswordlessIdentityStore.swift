import GRDB
import OpenSSL

/// Which user a mailbox or a telephone logs in, by connection.
public struct PasswordlessIdentityStore {
    let sql: SQL

    public func userID(connection: String, recipient: String) throws -> String? {
        guard connection.isKey, recipient.isKey else { return nil }
        return try sql.row(
            "SELECT user_id FROM passwordless_identities WHERE connection = ? AND recipient = ?",
            [connection, recipient]
        ).map { $0[0] }
    }

    /// The user a mailbox or a telephone logs in. Where none is noted it is the one whose profile has the address.
    public func user(connection: String, recipient: String) throws -> User? {
        let users = UserStore(sql: sql)
        if let id = try userID(connection: connection, recipient: recipient) { return try users.find(id) }
        return try users.find(email: recipient).first {
            $0.connection == connection && $0.passwordlessRecipient == recipient
        }
    }

    /// Adds a user whom their address logs in from now on. Throws ``UserStoreError`` where it logs in somebody else, or
    /// where another user or identity has the id.
    /// - Parameter recipient: the address, which the profile has as well.
    public func insert(_ user: User, recipient: String) throws {
        try checkIsFree(recipient, connection: user.connection)
        guard try !LinkedIdentityStore(sql: sql).exists(user.userID) else { throw UserStoreError.alreadyExists }
        try UserStore(sql: sql).insert(user, passwordHash: nil)
        try insert(connection: user.connection, recipient: recipient, userID: user.userID)
    }

    /// Lets the address that a profile is about to get log its user in, and the one before no longer. Nothing happens
    /// where the address stays, or is none to log in by. Throws ``UserStoreError`` where it logs in somebody else.
    func follow(_ user: User) throws {
        guard let recipient = user.passwordlessRecipient, let stored = try UserStore(sql: sql).find(user.userID),
            stored.passwordlessRecipient != recipient
        else { return }
        try checkIsFree(recipient, connection: user.connection)
        // Other addresses of the user are those of identities that are linked to it, and stay.
        try sql.run(
            "DELETE FROM passwordless_identities WHERE connection = ? AND recipient = ? AND user_id = ?",
            [user.connection, stored.passwordlessRecipient, user.userID])
        try insert(connection: user.connection, recipient: recipient, userID: user.userID)
    }

    private func checkIsFree(_ recipient: String, connection: String) throws {
        guard try user(connection: connection, recipient: recipient) == nil else {
            throw UserStoreError.alreadyExists
        }
    }

    public func insert(connection: String, recipient: String, userID: String) throws {
        try sql.run(
            "INSERT INTO passwordless_identities (connection, recipient, user_id) VALUES (?, ?, ?)",
            [connection, recipient, userID])
    }

    /// What /passwordless/start tells for an id: 24 hexadecimal digits that only the tenant can compute, whether there is
    /// such a user and whatever id that has, so it does not tell who has an account (spec 08 L3).
    public func toldID(connection: Connection, recipient: String) throws -> String {
        Self.id(Self.name(connection, recipient), try SettingsStore(sql: sql).factorKey())
    }

    /// The id a recipient's user gets when made, at the first login or by an administrator: the one that was told.
    public func futureID(connection: Connection, recipient: String) throws -> String {
        let key = try SettingsStore(sql: sql).factorKey()
        let name = Self.name(connection, recipient)
        var id = Self.id(name, key)
        // Taken where an earlier owner of the address keeps the account under another one.
        while try isTaken("\(connection.strategy)|\(id)") { id = Self.id("\(name)\n\(id)", key) }
        return id
    }

    private func isTaken(_ userID: String) throws -> Bool {
        if try UserStore(sql: sql).find(userID) != nil { return true }
        return try LinkedIdentityStore(sql: sql).exists(userID)
    }

    private static func name(_ connection: Connection, _ recipient: String) -> String {
        "user\n\(connection.name)\n\(recipient)"
    }

    private static func id(_ name: String, _ key: [UInt8]) -> String {
        Hex.encode(HMAC.sha256(key: key, Array(name.utf8)).prefix(12))
    }
}
