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

    public func insert(connection: String, recipient: String, userID: String) throws {
        try sql.run(
            "INSERT INTO passwordless_identities (connection, recipient, user_id) VALUES (?, ?, ?)",
            [connection, recipient, userID])
    }

    /// The id a recipient's user gets at the first login: 24 hexadecimal digits that only the tenant can compute. So
    /// /passwordless/start can name it before there is such a user, and its answer does not tell whether there is
    /// (spec 08 L3).
    public func futureID(connection: String, recipient: String) throws -> String {
        let key = try SettingsStore(sql: sql).factorKey()
        return Hex.encode(HMAC.sha256(key: key, Array("user\n\(connection)\n\(recipient)".utf8)).prefix(12))
    }
}
