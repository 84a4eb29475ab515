extension ShardSchema {
    /// Like credentials, tokens have a name of their own beside the user they belong to: identities are linked.
    static let identityTokens = """
        CREATE TABLE identity_tokens (
            identity TEXT NOT NULL PRIMARY KEY,
            user_id TEXT NOT NULL REFERENCES users (user_id) ON DELETE CASCADE,
            connection TEXT NOT NULL,
            sealed_tokens TEXT NOT NULL,
            updated_at BIGINT NOT NULL
        );
        CREATE INDEX identity_tokens_by_user ON identity_tokens (user_id, connection);
        """
}
