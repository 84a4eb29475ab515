import GRDB
import OpenSSL

/// The passkeys of one tenant's users.
public struct PasskeyStore {
    let sql: SQL
    private static let columns = "credential_id, user_id, relying_party, public_key, sign_count, created_at"

    /// False where the credential is known already, whoever has it.
    public func insert(_ passkey: Passkey) throws -> Bool {
        try sql.changes(
            "INSERT INTO passkeys (\(Self.columns)) VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
            [
                Base64URL.encode(passkey.credentialID), passkey.userID, passkey.relyingParty,
                try passkey.publicKey.pem(), Int64(passkey.signCount), passkey.createdAt.milliseconds,
            ]) > 0
    }

    public func find(_ credentialID: [UInt8]) throws -> Passkey? {
        try sql.row(
            "SELECT \(Self.columns) FROM passkeys WHERE credential_id = ?", [Base64URL.encode(credentialID)]
        ).map(Self.passkey)
    }

    /// Those of a user, oldest first.
    public func list(of userID: String) throws -> [Passkey] {
        try sql.rows(
            "SELECT \(Self.columns) FROM passkeys WHERE user_id = ? ORDER BY created_at, credential_id", [userID]
        ).map(Self.passkey)
    }

    /// Those a user has at a host.
    public func list(of userID: String, relyingParty: String) throws -> [Passkey] {
        try list(of: userID).filter { $0.relyingParty == relyingParty }
    }

    public func recordUse(_ credentialID: [UInt8], signCount: UInt32) throws {
        try sql.run(
            "UPDATE passkeys SET sign_count = ? WHERE credential_id = ?",
            [Int64(signCount), Base64URL.encode(credentialID)])
    }

    /// Returns how many there were.
    @discardableResult
    public func deleteAll(of userID: String) throws -> Int {
        try sql.changes("DELETE FROM passkeys WHERE user_id = ?", [userID])
    }

    private static func passkey(_ row: Row) throws -> Passkey {
        let count: Int64 = row[4]
        return Passkey(
            credentialID: Base64URL.decode(row[0] as String) ?? [], userID: row[1], relyingParty: row[2],
            publicKey: try PublicKey(pem: row[3]), signCount: UInt32(clamping: count),
            createdAt: Timestamp(milliseconds: row[5]))
    }
}
