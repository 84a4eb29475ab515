extension ShardSchema {
    static let tokens = """
        ALTER TABLE signing_keys ADD COLUMN algorithm TEXT NOT NULL DEFAULT 'RS256';
        ALTER TABLE refresh_tokens ADD COLUMN used_at BIGINT;
        ALTER TABLE access_tokens ADD COLUMN proof_key TEXT;
        """
}
