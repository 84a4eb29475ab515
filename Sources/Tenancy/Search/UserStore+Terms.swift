import GRDB

/// The index of users in two tables: `user_terms` leads from values to users, and `user_term_lists` tells of a user which
/// values these are and in which run (``TermRun``) they stand.
extension UserStore {
    /// Adds what can be searched for of a new user.
    func write(_ terms: UserTermList, of userID: String) throws {
        let run = try TermRunStore(sql: sql).newest()
        try writeList(terms, of: userID, run: run)
        try writeValues(terms.rows.lazy.map { ($0, userID) }, run: run)
    }

    func writeList(_ terms: UserTermList, of userID: String, run: Int) throws {
        try sql.run(
            "INSERT INTO user_term_lists (user_id, run, terms) VALUES (?, ?, ?)", [userID, run, terms.text])
    }

    /// Row by row: a statement of many rows keeps every page it changes for the case that the last one fails.
    func writeValues(_ rows: some Sequence<(UserTerms.Row, String)>, run: Int) throws {
        try sql.runEach(
            "INSERT INTO user_terms (field, value, user_id, run) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING",
            rows.lazy.map { ($0.field, $0.value, $1) }, run)
    }

    /// The run a user's values stand in; nil for whom it has no list.
    private func run(of userID: String) throws -> Int? {
        try sql.row("SELECT run FROM user_term_lists WHERE user_id = ?", [userID])?[0]
    }

    /// Brings the index up to date with a changed user; what has not changed is left alone.
    func rewriteTerms(of user: User) throws {
        let wanted = UserTermList(user.document)
        guard let run = try run(of: user.userID) else { return try write(wanted, of: user.userID) }
        let stored = Set(
            try sql.rows(
                """
                SELECT f.key, t.value FROM user_term_lists l, json_each(l.terms) f, json_each(f.value) t
                WHERE l.user_id = ?
                """, [user.userID]
            ).map { UserTerms.Row(field: $0[0], value: $0[1]) })
        let gone = stored.subtracting(wanted.rows)
        let new = wanted.rows.filter { !stored.contains($0) }
        guard !gone.isEmpty || !new.isEmpty else { return }
        for row in gone {
            try sql.run(
                "DELETE FROM user_terms WHERE field = ? AND run = ? AND value = ? AND user_id = ?",
                [row.field, run, row.value, user.userID])
        }
        try writeValues(new.lazy.map { ($0, user.userID) }, run: run)
        try sql.run("UPDATE user_term_lists SET terms = ? WHERE user_id = ?", [wanted.text, user.userID])
    }
}
