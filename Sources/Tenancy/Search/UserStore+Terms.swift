import GRDB

extension UserStore {
    /// Adds what can be searched for of a new user.
    func writeTerms(of user: User) throws {
        try insert(UserTerms(user.document).rows, of: user.userID)
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
        try insert(wanted.subtracting(stored), of: user.userID)
    }

    /// Rows of one statement: each statement costs as much as a row.
    private static let rowsAtOnce = 20

    private func insert(_ rows: Set<UserTerms.Row>, of userID: String) throws {
        var rest = Array(rows)[...]
        while !rest.isEmpty {
            let some = rest.prefix(Self.rowsAtOnce)
            rest = rest.dropFirst(some.count)
            let marks = repeatElement("(?, ?, ?)", count: some.count).joined(separator: ", ")
            try sql.run(
                "INSERT INTO user_terms (user_id, field, value) VALUES \(marks)",
                StatementArguments(some.flatMap { [userID, $0.field, $0.value] }))
        }
    }
}
