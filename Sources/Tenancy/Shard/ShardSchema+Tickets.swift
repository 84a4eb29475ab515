extension ShardSchema {
    static let tickets = """
        CREATE TABLE tickets (
            ticket_hash TEXT NOT NULL PRIMARY KEY,
            purpose TEXT NOT NULL,
            user_id TEXT NOT NULL REFERENCES users (user_id) ON DELETE CASCADE,
            document TEXT NOT NULL,
            expires_at BIGINT NOT NULL
        );
        CREATE INDEX tickets_by_user ON tickets (user_id, purpose);
        CREATE INDEX tickets_by_expiry ON tickets (expires_at);
        """
}
