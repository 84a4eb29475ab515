extension ShardSchema {
    static let passwordsAndShields = """
        CREATE TABLE password_history (
            user_id TEXT NOT NULL REFERENCES users (user_id) ON DELETE CASCADE,
            password_hash TEXT NOT NULL,
            replaced_at BIGINT NOT NULL
        );
        CREATE INDEX password_history_by_user ON password_history (user_id, replaced_at);
        CREATE TABLE shield_counters (
            subject TEXT NOT NULL PRIMARY KEY,
            user_id TEXT REFERENCES users (user_id) ON DELETE CASCADE,
            address TEXT,
            failures INTEGER NOT NULL,
            empty_at BIGINT NOT NULL,
            expires_at BIGINT NOT NULL
        );
        CREATE INDEX shield_counters_by_user ON shield_counters (user_id);
        CREATE INDEX shield_counters_by_expiry ON shield_counters (expires_at);
        """
}
