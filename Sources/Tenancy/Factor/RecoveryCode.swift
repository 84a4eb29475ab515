import GRDB
import OpenSSL

/// The code that lets a user in who has lost the second factor. Shown once, good once, replaced when used.
public struct RecoveryCode: Sendable {
    /// As it is shown.
    public let text: String

    /// 24 letters and digits (spec 05 §7): 120 random bits, in an alphabet that is hard to misread.
    public static func random() -> RecoveryCode { RecoveryCode(text: Base32.encode(SecureRandom.bytes(15))) }

    /// A code as somebody typed it from paper: small letters, spaces and hyphens do not matter.
    public init(typed text: String) {
        self.init(text: String(text.uppercased().filter { $0 != " " && $0 != "-" }.prefix(64)))
    }

    private init(text: String) { self.text = text }

    var hash: String { OpaqueSecret(text: text).hash }
}

public struct RecoveryCodeStore {
    let sql: SQL

    /// Gives a user a new code; the one before is worth nothing from here on.
    public func set(_ code: RecoveryCode, for userID: String, at now: Timestamp) throws {
        try sql.run(
            """
            INSERT INTO recovery_codes (user_id, code_hash, created_at) VALUES (?, ?, ?)
            ON CONFLICT (user_id) DO UPDATE SET code_hash = excluded.code_hash, created_at = excluded.created_at
            """, [userID, code.hash, now.milliseconds])
    }

    public func exists(for userID: String) throws -> Bool {
        try sql.count("SELECT count(*) FROM recovery_codes WHERE user_id = ?", [userID]) > 0
    }

    public func matches(_ code: RecoveryCode, of userID: String) throws -> Bool {
        guard let row = try sql.row("SELECT code_hash FROM recovery_codes WHERE user_id = ?", [userID]) else {
            return false
        }
        let hash: String = row[0]
        return constantTimeEqual(hash, code.hash)
    }

    public func delete(of userID: String) throws {
        try sql.run("DELETE FROM recovery_codes WHERE user_id = ?", [userID])
    }
}
