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
        let store = UserStore(sql: SQL(database: db, effects: WriteEffects()))
        let users = try Row.fetchCursor(db, sql: "SELECT \(UserStore.columns) FROM users")
        while let row = try users.next() { try store.writeTerms(of: UserStore.user(row)) }
    }
}
