import GRDB
import OpenSSL
import StrictJSON

/// The tokens of identity providers, one set an identity. They are sealed with a key of the tenant and bound to the
/// row, so that nobody who can write the file gives one user the account of another.
public struct IdentityTokenStore {
    let sql: SQL

    /// Takes the place of what the identity had.
    public func put(_ tokens: IdentityTokens, at now: Timestamp) throws {
        let identity = tokens.identity
        let sealed = try AESGCM.seal(
            JSON.object(tokens.document).bytes(), key: try SettingsStore(sql: sql).factorKey(),
            associatedData: Self.associatedData(identity, tokens.connection))
        try sql.run(
            """
            INSERT INTO identity_tokens (user_id, provider, identity_id, connection, sealed_tokens, updated_at)
            VALUES (?, ?, ?, ?, ?, ?)
            ON CONFLICT (user_id, provider, identity_id) DO UPDATE SET connection = excluded.connection,
                sealed_tokens = excluded.sealed_tokens, updated_at = excluded.updated_at
            """,
            [
                identity.userID, identity.provider, identity.identityID, tokens.connection, Base64URL.encode(sealed),
                now.milliseconds,
            ])
    }

    /// What a user has through a connection, the newest first.
    public func list(of userID: String, connection: String) throws -> [IdentityTokens] {
        guard userID.isKey, connection.isKey else { return [] }
        return try sql.rows(
            """
            SELECT provider, identity_id, sealed_tokens FROM identity_tokens
            WHERE user_id = ? AND connection = ? ORDER BY updated_at DESC, identity_id
            """, [userID, connection]
        ).compactMap { row in
            let identity = IdentityTokens.Identity(userID: userID, provider: row[0], identityID: row[1])
            return try tokens(identity, connection: connection, sealed: row[2])
        }
    }

    /// False where there were none.
    public func delete(_ identity: IdentityTokens.Identity) throws -> Bool {
        try sql.changes(
            "DELETE FROM identity_tokens WHERE user_id = ? AND provider = ? AND identity_id = ?",
            [identity.userID, identity.provider, identity.identityID]) > 0
    }

    private func tokens(
        _ identity: IdentityTokens.Identity, connection: String, sealed text: String
    ) throws -> IdentityTokens? {
        guard let sealed = Base64URL.decode(text) else { return nil }
        let bytes = try AESGCM.open(
            sealed, key: try SettingsStore(sql: sql).factorKey(),
            associatedData: Self.associatedData(identity, connection))
        return try JSON.parse(bytes).object.flatMap {
            IdentityTokens(identity: identity, connection: connection, document: $0)
        }
    }

    private static func associatedData(_ identity: IdentityTokens.Identity, _ connection: String) -> [UInt8] {
        // As JSON, so that no part can pretend to be another.
        let parts = ["identity tokens", identity.userID, identity.provider, identity.identityID, connection]
        return JSON.array(parts.map(JSON.string)).bytes()
    }
}
