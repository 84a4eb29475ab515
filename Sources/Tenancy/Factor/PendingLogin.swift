import GRDB
import StrictJSON

/// A login at the token endpoint whose password was right and whose second factor is missing: what an `mfa_token`
/// stands for (spec 02 §5).
public struct PendingLogin: Sendable {
    public let userID: String
    public let clientID: String
    /// The connection the user came through.
    public let connection: String
    /// What the password request asked for; the request with the second factor does not repeat it.
    public let audience: String?
    public let scope: [String]?
    public let expiresAt: Timestamp

    /// Seconds an `mfa_token` lives.
    public static let lifetime: Int64 = 600

    public init(
        userID: String, clientID: String, connection: String, audience: String?, scope: [String]?,
        expiresAt: Timestamp
    ) {
        self.userID = userID
        self.clientID = clientID
        self.connection = connection
        self.audience = audience
        self.scope = scope
        self.expiresAt = expiresAt
    }
}

public struct PendingLoginStore {
    let sql: SQL

    public func insert(_ login: PendingLogin, secret: OpaqueSecret) throws {
        let document: JSON = [
            "connection": .string(login.connection), "audience": login.audience.map(JSON.string) ?? .null,
            "scope": login.scope.map { .array($0.map(JSON.string)) } ?? .null,
        ]
        try sql.run(
            "INSERT INTO pending_logins (token_hash, user_id, client_id, document, expires_at) VALUES (?, ?, ?, ?, ?)",
            [secret.hash, login.userID, login.clientID, document.text(), login.expiresAt.milliseconds])
    }

    /// The login of a token, expired or not.
    public func find(_ secret: OpaqueSecret) throws -> PendingLogin? {
        try sql.row(
            "SELECT user_id, client_id, document, expires_at FROM pending_logins WHERE token_hash = ?", [secret.hash]
        ).map { row in
            let document = try row.object(2)
            return PendingLogin(
                userID: row[0], clientID: row[1], connection: document["connection"]?.string ?? "",
                audience: document["audience"]?.string, scope: document["scope"]?.array?.compactMap(\.string),
                expiresAt: Timestamp(milliseconds: row[3]))
        }
    }

    /// Uses a token up.
    public func delete(_ secret: OpaqueSecret) throws {
        try sql.run("DELETE FROM pending_logins WHERE token_hash = ?", [secret.hash])
    }

    /// Forgets those that expired an hour ago; until then they are still told from forged ones.
    func deleteAll(of userID: String) throws {
        try sql.run("DELETE FROM pending_logins WHERE user_id = ?", [userID])
    }

    func deleteExpired(at now: Timestamp, atMost limit: Int) throws -> Int {
        try sql.delete(
            "pending_logins", by: "token_hash", where: "expires_at < ?",
            [now.adding(seconds: -3600).milliseconds], atMost: limit)
    }
}
