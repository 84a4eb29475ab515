import GRDB
import OpenSSL
import StrictJSON

/// The tokens of identity providers, one set an identity. They are sealed with a key of the tenant and bound to the
/// identity, so that nobody who can write the file makes one account's tokens another's.
public struct IdentityTokenStore {
    let sql: SQL

    /// Takes the place of what the identity had.
    /// - Parameter userID: the user the identity is, or is linked to.
    public func put(_ tokens: IdentityTokens, of userID: String, at now: Timestamp) throws {
        let identity = "\(tokens.provider)|\(tokens.identityID)"
        let sealed = try AESGCM.seal(
            JSON.object(tokens.document).bytes(), key: try SettingsStore(sql: sql).factorKey(),
            associatedData: Self.associatedData(identity))
        try sql.run(
            """
            INSERT INTO identity_tokens (identity, user_id, connection, sealed_tokens, updated_at)
            VALUES (?, ?, ?, ?, ?)
            ON CONFLICT (identity) DO UPDATE SET user_id = excluded.user_id, connection = excluded.connection,
                sealed_tokens = excluded.sealed_tokens, updated_at = excluded.updated_at
            """, [identity, userID, tokens.connection, Base64URL.encode(sealed), now.milliseconds])
    }

    /// What a user has through a connection, the newest first.
    public func list(of userID: String, connection: String) throws -> [IdentityTokens] {
        guard userID.isKey, connection.isKey else { return [] }
        return try sql.rows(
            """
            SELECT identity, sealed_tokens FROM identity_tokens
            WHERE user_id = ? AND connection = ? ORDER BY updated_at DESC, identity
            """, [userID, connection]
        ).compactMap { try tokens($0[0], sealed: $0[1]) }
    }

    private func tokens(_ identity: String, sealed text: String) throws -> IdentityTokens? {
        guard let sealed = Base64URL.decode(text) else { return nil }
        let bytes = try AESGCM.open(
            sealed, key: try SettingsStore(sql: sql).factorKey(), associatedData: Self.associatedData(identity))
        return try JSON.parse(bytes).object.flatMap(IdentityTokens.init)
    }

    private static func associatedData(_ identity: String) -> [UInt8] { Array("identity tokens\n\(identity)".utf8) }
}
