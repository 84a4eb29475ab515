import GRDB
import OpenSSL

/// Everything issued from one authorization: its code, its access tokens, its chain of refresh tokens. Revoking
/// the family kills them all (RFC 9700 §2.1.1 a replayed code, §4.14.2 a replayed refresh token).
public struct TokenFamily: Sendable {
    public let id: String
    public let clientID: String
    public let userID: String
    public let isRevoked: Bool
    public let createdAt: Timestamp

    /// 32 hexadecimal digits, of which the first twelve are the moment it is given.
    static func newID(at moment: Timestamp) -> String { Hex.encode(moment.identifier(randomBytes: 10)) }
}

public struct TokenFamilyStore {
    let sql: SQL

    /// Starts a family; returns its id.
    public func insert(clientID: String, userID: String, at now: Timestamp) throws -> String {
        let id = TokenFamily.newID(at: now)
        try sql.insert(
            "INSERT INTO token_families (id, client_id, user_id, created_at) VALUES (?, ?, ?, ?)",
            .text(id), .text(clientID), .text(userID), .number(now.milliseconds))
        return id
    }

    public func find(_ id: String) throws -> TokenFamily? {
        try sql.row(
            "SELECT id, client_id, user_id, revoked_at IS NOT NULL, created_at FROM token_families WHERE id = ?", [id]
        ).map {
            TokenFamily(
                id: $0[0], clientID: $0[1], userID: $0[2], isRevoked: $0[3],
                createdAt: Timestamp(milliseconds: $0[4]))
        }
    }

    /// Revokes a family: its opaque tokens and refresh tokens are gone, its JWTs no longer pass here.
    public func revoke(_ id: String, at now: Timestamp) throws {
        try sql.run(
            "UPDATE token_families SET revoked_at = ? WHERE id = ? AND revoked_at IS NULL", [now.milliseconds, id])
        try sql.run("DELETE FROM access_tokens WHERE family_id = ?", [id])
    }

    /// The longest an access token may live (spec 03 §3), and a day.
    private static let longestAccess: Int64 = 2_592_000 + 86_400

    /// Forgets families of which nothing can be alive any more: every access token has ended, those inside JWTs too, and
    /// there is no refresh token to renew them.
    func deleteEnded(at now: Timestamp, atMost limit: Int) throws -> Int {
        try sql.delete(
            "token_families", by: "id",
            where: """
                created_at < ? AND NOT EXISTS (SELECT 1 FROM refresh_tokens WHERE family_id = token_families.id)
                """,
            [now.adding(seconds: -Self.longestAccess).milliseconds], atMost: limit)
    }

    /// Revokes what a user has granted to a client, or to all (nil).
    public func revokeAll(of userID: String, clientID: String?, at now: Timestamp) throws {
        try sql.run(
            """
            UPDATE token_families SET revoked_at = ?
            WHERE user_id = ? AND (? IS NULL OR client_id = ?) AND revoked_at IS NULL
            """, [now.milliseconds, userID, clientID, clientID])
        try sql.run(
            "DELETE FROM access_tokens WHERE family_id IN (SELECT id FROM token_families WHERE user_id = ?"
                + " AND (? IS NULL OR client_id = ?))", [userID, clientID, clientID])
    }
}
