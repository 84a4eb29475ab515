import GRDB

/// An opaque access token: good for /userinfo only (spec 02 §12).
public struct AccessToken: Sendable {
    public let familyID: String
    public let clientID: String
    public let userID: String
    public let scope: [String]
    public let expiresAt: Timestamp
    /// The thumbprint of the key that must be proven beside it (RFC 9449); nil for a bearer token.
    public let proofKey: String?
}

public struct AccessTokenStore {
    let sql: SQL

    public func insert(
        _ secret: OpaqueSecret, familyID: String, scope: [String], expiresAt: Timestamp, proofKey: String? = nil
    ) throws {
        try sql.insert(
            "INSERT INTO access_tokens (token_hash, family_id, scope, expires_at, proof_key) VALUES (?, ?, ?, ?, ?)",
            .text(secret.hash), .text(familyID), .text(scope.joined(separator: " ")),
            .number(expiresAt.milliseconds), .text(proofKey))
    }

    /// The living token behind a secret; nil where it is unknown, expired or its family revoked.
    public func find(_ secret: OpaqueSecret, at now: Timestamp) throws -> AccessToken? {
        try sql.row(
            """
            SELECT family_id, client_id, user_id, scope, expires_at, proof_key FROM access_tokens
            JOIN token_families ON token_families.id = family_id
            WHERE token_hash = ? AND expires_at > ? AND revoked_at IS NULL
            """, [secret.hash, now.milliseconds]
        ).map { row in
            let scope: String = row[3]
            return AccessToken(
                familyID: row[0], clientID: row[1], userID: row[2],
                scope: scope.split(separator: " ").map(String.init), expiresAt: Timestamp(milliseconds: row[4]),
                proofKey: row[5])
        }
    }

    /// Revokes one token.
    public func delete(_ secret: OpaqueSecret) throws {
        try sql.run("DELETE FROM access_tokens WHERE token_hash = ?", [secret.hash])
    }

    func deleteExpired(at now: Timestamp, atMost limit: Int) throws -> Int {
        try sql.delete(
            "access_tokens", by: "token_hash", where: "expires_at < ?",
            [now.milliseconds], atMost: limit)
    }
}
