extension ShardSchema {
    /// What the sweep looks for, so that it reads no more than it deletes.
    static let sweep = """
        CREATE INDEX spent_transactions_by_expiry ON spent_transactions (expires_at);
        CREATE INDEX sessions_by_age ON sessions (created_at);
        CREATE INDEX sessions_by_use ON sessions (used_at);
        CREATE INDEX refresh_tokens_by_end ON refresh_tokens (superseded_at) WHERE superseded_at IS NOT NULL;
        CREATE INDEX token_families_by_end ON token_families (revoked_at) WHERE revoked_at IS NOT NULL;
        """
}
