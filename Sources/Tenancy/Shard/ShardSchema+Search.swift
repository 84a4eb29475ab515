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
        try withRoom(db) {
            try db.execute(sql: termRuns)
            let insertion = try db.makeStatement(
                sql: "INSERT INTO user_terms (user_id, field, value, run) VALUES (?, ?, ?, 0)")
            try fill(db) { user, row in try insertion.execute(arguments: [user.userID, row.field, row.value]) }
            try db.execute(sql: "CREATE INDEX user_terms_by_value ON user_terms (field, run, value, user_id)")
        }
    }

    /// What a user has in the index stands in one row of the user's own, beside the rows that lead to the user. A table of
    /// `(user_id, field, value)` cost each user a dozen rows more, and a look for the user from each of them.
    ///
    /// The rows of the index end with that row. Nothing refers from them to users: what ends with a user ends by the
    /// trigger (in PostgreSQL one that calls a function).
    private static let termLists = """
        CREATE TABLE user_term_lists (
            user_id TEXT NOT NULL PRIMARY KEY REFERENCES users (user_id) ON DELETE CASCADE,
            run BIGINT NOT NULL,
            terms TEXT NOT NULL
        ) WITHOUT ROWID;
        CREATE TABLE user_terms (
            field TEXT NOT NULL,
            run BIGINT NOT NULL,
            value TEXT NOT NULL,
            user_id TEXT NOT NULL,
            PRIMARY KEY (field, run, value, user_id)
        ) WITHOUT ROWID;
        CREATE TRIGGER user_terms_end AFTER DELETE ON user_term_lists
        BEGIN
            DELETE FROM user_terms WHERE (field, run, value, user_id) IN (
                SELECT f.key, OLD.run, t.value, OLD.user_id FROM json_each(OLD.terms) f, json_each(f.value) t
            );
        END;
        """

    /// Both tables are written in their own order, as before; whoever has rows in several runs has them in the last.
    static func listTerms(_ db: Database) throws {
        try withRoom(db) {
            try db.execute(sql: "ALTER TABLE user_terms RENAME TO user_term_rows")
            try db.execute(sql: termLists)
            try db.execute(
                sql: """
                    INSERT INTO user_term_lists (user_id, run, terms)
                    SELECT user_id, max(run), json_group_object(field, json(held)) FROM (
                        SELECT user_id, field, max(run) AS run, json_group_array(value) AS held
                        FROM user_term_rows GROUP BY user_id, field
                    ) GROUP BY user_id ORDER BY user_id;
                    INSERT INTO user_terms (field, run, value, user_id)
                    SELECT t.field, l.run, t.value, t.user_id
                    FROM user_term_rows t JOIN user_term_lists l ON l.user_id = t.user_id ORDER BY 1, 2, 3, 4;
                    DROP TABLE user_term_rows;
                    """)
        }
    }

    private static func withRoom(_ db: Database, _ body: () throws -> Void) throws {
        try db.execute(sql: "PRAGMA cache_size = -65536")
        defer { try? ShardFiles.prepareWriter(db) }
        try body()
    }

    private static func fill(_ db: Database, _ write: (User, UserTerms.Row) throws -> Void) throws {
        let users = try Row.fetchCursor(db, sql: "SELECT \(UserStore.columns) FROM users ORDER BY user_id")
        while let row = try users.next() {
            let user = try UserStore.user(row)
            for term in UserTerms(user.document).rows.sorted() { try write(user, term) }
        }
    }
}
