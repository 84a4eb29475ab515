extension ShardSchema {
    static let tokens = """
        ALTER TABLE signing_keys ADD COLUMN algorithm TEXT NOT NULL DEFAULT 'RS256';
        ALTER TABLE refresh_tokens ADD COLUMN used_at BIGINT;
        ALTER TABLE access_tokens ADD COLUMN proof_key TEXT;
        CREATE INDEX access_tokens_by_family ON access_tokens (family_id);
        CREATE INDEX authorization_codes_by_family ON authorization_codes (family_id);
        CREATE INDEX token_families_by_age ON token_families (created_at);
        CREATE INDEX refresh_tokens_by_supersession ON refresh_tokens (superseded_at) WHERE superseded_at IS NOT NULL;
        """
}
