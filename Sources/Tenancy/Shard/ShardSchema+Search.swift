import GRDB

extension ShardSchema {
    private static let userTerms = """
        CREATE TABLE user_terms (
            user_id TEXT NOT NULL REFERENCES users (user_id) ON DELETE CASCADE,
            field TEXT NOT NULL,
            value TEXT NOT NULL
        );
        CREATE INDEX user_terms_by_user ON user_terms (user_id, field);
        CREATE INDEX user_terms_by_value ON user_terms (field, value, user_id);
        """

    /// The index of users, with those who are there already.
    static func indexUsers(_ db: Database) throws {
        try db.execute(sql: userTerms)
        try fill(db) { user, row in
            try db.execute(
                sql: "INSERT INTO user_terms (user_id, field, value) VALUES (?, ?, ?)",
                arguments: [user.userID, row.field, row.value])
        }
    }

    /// The same index in runs (see ``TermRun``). The rows of a user lie together, in the table itself: PostgreSQL leaves
    /// out `WITHOUT ROWID`, which says no more than that.
    private static let termRuns = """
        DROP TABLE user_terms;
        CREATE TABLE user_term_runs (
            id BIGINT NOT NULL PRIMARY KEY,
            users BIGINT NOT NULL
        );
        INSERT INTO user_term_runs (id, users) VALUES (0, 0);
        CREATE TABLE user_terms (
            user_id TEXT NOT NULL REFERENCES users (user_id) ON DELETE CASCADE,
            field TEXT NOT NULL,
            value TEXT NOT NULL,
            run BIGINT NOT NULL,
            PRIMARY KEY (user_id, field, value)
        ) WITHOUT ROWID;
        """

    /// Rows come in the order of the table and the index is built of all at once, with room for both: a shard of many users
    /// would otherwise read and write pages all over the file, and its tenant wait for hours.
    static func indexUsersInRuns(_ db: Database) throws {
        try db.execute(sql: "PRAGMA cache_size = -65536")
        defer { try? ShardFiles.prepareWriter(db) }
        try db.execute(sql: termRuns)
        let insertion = try db.makeStatement(
            sql: "INSERT INTO user_terms (user_id, field, value, run) VALUES (?, ?, ?, 0)")
        try fill(db) { user, row in try insertion.execute(arguments: [user.userID, row.field, row.value]) }
        try db.execute(sql: "CREATE INDEX user_terms_by_value ON user_terms (field, run, value, user_id)")
    }

    private static func fill(_ db: Database, _ write: (User, UserTerms.Row) throws -> Void) throws {
        let users = try Row.fetchCursor(db, sql: "SELECT \(UserStore.columns) FROM users ORDER BY user_id")
        while let row = try users.next() {
            let user = try UserStore.user(row)
            for term in UserTerms(user.document).rows.sorted() { try write(user, term) }
        }
    }
}
