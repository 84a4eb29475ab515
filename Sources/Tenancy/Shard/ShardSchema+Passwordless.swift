extension ShardSchema {
    static let passwordless = """
        CREATE TABLE passwordless_codes (
            connection TEXT NOT NULL,
            recipient TEXT NOT NULL,
            code_hash TEXT NOT NULL,
            client_id TEXT NOT NULL,
            attempts INTEGER NOT NULL,
            starts INTEGER NOT NULL,
            window_ends_at BIGINT NOT NULL,
            expires_at BIGINT NOT NULL,
            PRIMARY KEY (connection, recipient)
        );
        CREATE TABLE passwordless_identities (
            connection TEXT NOT NULL,
            recipient TEXT NOT NULL,
            user_id TEXT NOT NULL REFERENCES users (user_id) ON DELETE CASCADE,
            PRIMARY KEY (connection, recipient)
        );
        CREATE INDEX passwordless_identities_by_user ON passwordless_identities (user_id);
        """
}
