/// The passwords a user has had.
extension UserStore {
    /// The hashes of the current password and those before it, the newest first.
    public func earlierPasswords(of userID: String, limit: Int) throws -> [String] {
        guard limit > 0 else { return [] }
        let current = try sql.rows("SELECT password_hash FROM database_credentials WHERE identity = ?", [userID])
        let earlier = try sql.rows(
            "SELECT password_hash FROM password_history WHERE user_id = ? ORDER BY replaced_at DESC LIMIT ?",
            [userID, limit - 1])
        return (current + earlier).map { $0[0] }
    }

    /// Replaces a password by one its owner, or an administrator, has chosen: a part of
    /// ``TenantDatabase/replacePassword(of:by:remembering:issuer:at:)``.
    /// - Parameter size: how many earlier ones to remember.
    func changePassword(to hash: String, of userID: String, remembering size: Int, at now: Timestamp) throws {
        if size > 0 {
            try sql.run(
                """
                INSERT INTO password_history (user_id, password_hash, replaced_at)
                SELECT user_id, password_hash, ? FROM database_credentials WHERE identity = ?
                """, [now.milliseconds, userID])
        }
        try sql.run(
            """
            DELETE FROM password_history WHERE user_id = ? AND replaced_at NOT IN
                (SELECT replaced_at FROM password_history WHERE user_id = ? ORDER BY replaced_at DESC LIMIT ?)
            """, [userID, userID, size])
        try setPasswordHash(hash, of: userID)
    }
}
