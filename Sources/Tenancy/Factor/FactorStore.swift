import GRDB
import OpenSSL

/// The second factors of one tenant's users. Their secrets are sealed with a key of the tenant and bound to the row,
/// so that nobody who can write the file moves one user's factor to another.
public struct FactorStore {
    let sql: SQL
    private static let columns = "id, user_id, kind, name, sealed_secret, last_step, confirmed_at, created_at"

    public func insert(_ factor: Factor) throws {
        try sql.run(
            "INSERT INTO factors (\(Self.columns)) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            [
                factor.id, factor.userID, factor.kind.rawValue, factor.name, try seal(factor), factor.lastStep,
                factor.isConfirmed ? factor.createdAt.milliseconds : nil, factor.createdAt.milliseconds,
            ])
    }

    /// All factors of a user, oldest first, confirmed or not.
    public func list(of userID: String) throws -> [Factor] {
        try sql.rows("SELECT \(Self.columns) FROM factors WHERE user_id = ? ORDER BY created_at, id", [userID])
            .compactMap(factor)
    }

    public func confirmed(of userID: String) throws -> [Factor] { try list(of: userID).filter(\.isConfirmed) }

    public func find(_ id: String, of userID: String) throws -> Factor? {
        guard id.isKey else { return nil }
        return try sql.row("SELECT \(Self.columns) FROM factors WHERE id = ? AND user_id = ?", [id, userID])
            .flatMap(factor)
    }

    /// Notes that the user has it, and forgets the ones that were begun and never confirmed.
    public func confirm(_ factor: Factor, at now: Timestamp) throws {
        try sql.run(
            "UPDATE factors SET confirmed_at = ? WHERE id = ? AND confirmed_at IS NULL", [now.milliseconds, factor.id])
        try sql.run("DELETE FROM factors WHERE user_id = ? AND confirmed_at IS NULL", [factor.userID])
    }

    public func setLastStep(_ step: Int64, of id: String) throws {
        try sql.run("UPDATE factors SET last_step = ? WHERE id = ?", [step, id])
    }

    /// False where there was none.
    public func delete(_ id: String, of userID: String) throws -> Bool {
        guard id.isKey else { return false }
        return try sql.changes("DELETE FROM factors WHERE id = ? AND user_id = ?", [id, userID]) > 0
    }

    /// Forgets what was begun and never confirmed.
    public func deleteUnconfirmed(of userID: String) throws {
        try sql.run("DELETE FROM factors WHERE user_id = ? AND confirmed_at IS NULL", [userID])
    }

    /// Forgets what was begun a day ago and never confirmed.
    func deleteUnconfirmed(at now: Timestamp, atMost limit: Int) throws -> Int {
        try sql.delete(
            "factors", by: "id", where: "confirmed_at IS NULL AND created_at < ?",
            [now.adding(seconds: -86_400).milliseconds], atMost: limit)
    }

    private func seal(_ factor: Factor) throws -> String? {
        guard !factor.secret.isEmpty else { return nil }
        let key = try SettingsStore(sql: sql).factorKey()
        return Base64URL.encode(
            try AESGCM.seal(
                factor.secret, key: key, associatedData: Self.associatedData(factor.id, factor.userID)))
    }

    private func factor(_ row: Row) throws -> Factor? {
        let (id, userID): (String, String) = (row[0], row[1])
        // A kind that a later version added.
        guard let kind = Factor.Kind(rawValue: row[2]) else { return nil }
        var secret: [UInt8] = []
        let sealedText: String? = row[4]
        if let sealed = sealedText.flatMap(Base64URL.decode) {
            secret = try AESGCM.open(
                sealed, key: try SettingsStore(sql: sql).factorKey(),
                associatedData: Self.associatedData(id, userID))
        }
        let confirmedAt: Int64? = row[6]
        return Factor(
            id: id, userID: userID, kind: kind, name: row[3], secret: secret, lastStep: row[5],
            isConfirmed: confirmedAt != nil, createdAt: Timestamp(milliseconds: row[7]))
    }

    private static func associatedData(_ id: String, _ userID: String) -> [UInt8] {
        Array("factor\n\(id)\n\(userID)".utf8)
    }
}
