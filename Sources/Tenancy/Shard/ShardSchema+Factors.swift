extension ShardSchema {
    static let factors = """
        CREATE TABLE factors (
            id TEXT NOT NULL PRIMARY KEY,
            user_id TEXT NOT NULL REFERENCES users (user_id) ON DELETE CASCADE,
            kind TEXT NOT NULL,
            name TEXT,
            sealed_secret TEXT,
            last_step BIGINT,
            confirmed_at BIGINT,
            created_at BIGINT NOT NULL
        );
        CREATE INDEX factors_by_user ON factors (user_id);
        CREATE TABLE recovery_codes (
            user_id TEXT NOT NULL PRIMARY KEY REFERENCES users (user_id) ON DELETE CASCADE,
            code_hash TEXT NOT NULL,
            created_at BIGINT NOT NULL
        );
        CREATE TABLE failed_factor_attempts (
            id TEXT NOT NULL PRIMARY KEY,
            user_id TEXT NOT NULL REFERENCES users (user_id) ON DELETE CASCADE,
            failed_at BIGINT NOT NULL
        );
        CREATE INDEX failed_factor_attempts_by_user ON failed_factor_attempts (user_id, failed_at);
        CREATE TABLE pending_logins (
            token_hash TEXT NOT NULL PRIMARY KEY,
            user_id TEXT NOT NULL REFERENCES users (user_id) ON DELETE CASCADE,
            client_id TEXT NOT NULL REFERENCES clients (client_id) ON DELETE CASCADE,
            document TEXT NOT NULL,
            expires_at BIGINT NOT NULL
        );
        CREATE TABLE out_of_band_codes (
            handle_hash TEXT NOT NULL PRIMARY KEY,
            factor_id TEXT NOT NULL REFERENCES factors (id) ON DELETE CASCADE,
            user_id TEXT NOT NULL,
            code_hash TEXT NOT NULL,
            attempts INTEGER NOT NULL,
            created_at BIGINT NOT NULL,
            expires_at BIGINT NOT NULL
        );
        CREATE INDEX out_of_band_codes_by_user ON out_of_band_codes (user_id, created_at);
        CREATE TABLE remembered_browsers (
            cookie_hash TEXT NOT NULL PRIMARY KEY,
            user_id TEXT NOT NULL REFERENCES users (user_id) ON DELETE CASCADE,
            expires_at BIGINT NOT NULL
        );
        CREATE INDEX remembered_browsers_by_user ON remembered_browsers (user_id);
        ALTER TABLE sessions ADD COLUMN second_factor_at BIGINT;
        """
}
