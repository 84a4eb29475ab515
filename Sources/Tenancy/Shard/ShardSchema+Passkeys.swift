extension ShardSchema {
    static let passkeys = """
        CREATE TABLE passkeys (
            credential_id TEXT NOT NULL PRIMARY KEY,
            user_id TEXT NOT NULL REFERENCES users (user_id) ON DELETE CASCADE,
            relying_party TEXT NOT NULL,
            public_key TEXT NOT NULL,
            sign_count BIGINT NOT NULL,
            created_at BIGINT NOT NULL
        );
        CREATE INDEX passkeys_by_user ON passkeys (user_id);
        ALTER TABLE sessions ADD COLUMN used_passkey INTEGER NOT NULL DEFAULT 0;
        """
}
