import GRDB

extension UserStore {
    /// Adds what can be searched for of a new user.
    /// - Parameter run: the run of the index it goes to; nil for the newest.
    func write(_ terms: [UserTerms.Row], of userID: String, run: Int?) throws {
        let run = try run ?? TermRunStore(sql: sql).newest()
        // Row by row: a statement of many rows keeps every page it changes for the case that the last one fails.
        try sql.runEach(
            "INSERT INTO user_terms (user_id, field, value, run) VALUES (?, ?, ?, ?)",
            terms.lazy.map { (userID, $0.field, $0.value) }, run)
    }

    /// Brings the index up to date with a changed user; what has not changed is left alone.
    func rewriteTerms(of user: User) throws {
        let wanted = UserTerms(user.document).rows
        let stored = Set(
            try sql.rows("SELECT field, value FROM user_terms WHERE user_id = ?", [user.userID])
                .map { UserTerms.Row(field: $0[0], value: $0[1]) })
        for row in stored.subtracting(wanted) {
            try sql.run(
                "DELETE FROM user_terms WHERE user_id = ? AND field = ? AND value = ?",
                [user.userID, row.field, row.value])
        }
        let new = wanted.subtracting(stored)
        if !new.isEmpty { try write(new.sorted(), of: user.userID, run: nil) }
    }
}
