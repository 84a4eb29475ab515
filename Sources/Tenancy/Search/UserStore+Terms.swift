import GRDB
import StrictJSON

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
            "INSERT INTO user_terms (field, value, user_id, run) VALUES (?, ?, ?, ?)",
            rows.lazy.map { ($0.field, $0.value, $1) }, run)
    }

    /// Brings the index up to date with a changed user; what has not changed is left alone.
    func rewriteTerms(of user: User) throws {
        let wanted = UserTermList(user.document)
        let list = try sql.row("SELECT run, terms FROM user_term_lists WHERE user_id = ?", [user.userID])
        guard let list else { return try write(wanted, of: user.userID) }
        let run: Int = list[0]
        let stored = Set(UserTermList.rows(of: try list.object(1)))
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
