extension ShardSchema {
    /// What the sweep looks for among what was begun and left, and among what has outlived its use.
    static let leftovers = """
        CREATE INDEX factors_by_start ON factors (created_at) WHERE confirmed_at IS NULL;
        CREATE INDEX blacklisted_tokens_by_age ON blacklisted_tokens (created_at);
        """
}
