import GRDB
import StrictJSON

/// A refresh token of a family. Those of public clients rotate: each use supersedes the token by a new one, and a
/// superseded token that comes back revokes the family (RFC 9700 §4.14.2).
public struct RefreshToken: Sendable {
    public let familyID: String
    public let clientID: String
    public let userID: String
    public let connection: String
    public let scope: [String]
    public let audience: String?
    public let authenticatedAt: Timestamp
    public let isSuperseded: Bool
    public let familyIsRevoked: Bool
    public let createdAt: Timestamp
}

public struct RefreshTokenStore {
    let sql: SQL

    /// - Parameter grant: what the token renews.
    public func insert(
        _ secret: OpaqueSecret, familyID: String, connection: String, scope: [String], audience: String?,
        authenticatedAt: Timestamp, at now: Timestamp
    ) throws {
        let document: JSON = [
            "connection": .string(connection), "scope": .array(scope.map(JSON.string)),
            "audience": audience.map(JSON.string) ?? .null,
            "authenticated_at": .int(Int(authenticatedAt.milliseconds)),
        ]
        try sql.run(
            "INSERT INTO refresh_tokens (token_hash, family_id, document, created_at) VALUES (?, ?, ?, ?)",
            [secret.hash, familyID, document.text(), now.milliseconds])
    }

    public func find(_ secret: OpaqueSecret) throws -> RefreshToken? {
        try sql.row(
            """
            SELECT family_id, client_id, user_id, document, superseded_at IS NOT NULL, revoked_at IS NOT NULL,
                refresh_tokens.created_at
            FROM refresh_tokens JOIN token_families ON token_families.id = family_id WHERE token_hash = ?
            """, [secret.hash]
        ).map { row in
            let document = try row.object(3)
            return RefreshToken(
                familyID: row[0], clientID: row[1], userID: row[2],
                connection: document["connection"]?.string ?? "",
                scope: document["scope"]?.array?.compactMap(\.string) ?? [],
                audience: document["audience"]?.string,
                authenticatedAt: Timestamp(milliseconds: Int64(document["authenticated_at"]?.int ?? 0)),
                isSuperseded: row[4], familyIsRevoked: row[5], createdAt: Timestamp(milliseconds: row[6]))
        }
    }

    /// Marks a rotated token; it stays known so that its reuse is recognised.
    public func supersede(_ secret: OpaqueSecret, at now: Timestamp) throws {
        try sql.run(
            "UPDATE refresh_tokens SET superseded_at = ? WHERE token_hash = ?", [now.milliseconds, secret.hash])
    }
}
