extension ShardSchema {
    static let identityTokens = """
        CREATE TABLE identity_tokens (
            user_id TEXT NOT NULL REFERENCES users (user_id) ON DELETE CASCADE,
            provider TEXT NOT NULL,
            identity_id TEXT NOT NULL,
            connection TEXT NOT NULL,
            sealed_tokens TEXT NOT NULL,
            updated_at BIGINT NOT NULL,
            PRIMARY KEY (user_id, provider, identity_id)
        );
        """
}
