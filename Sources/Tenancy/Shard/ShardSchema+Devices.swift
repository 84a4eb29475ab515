extension ShardSchema {
    static let devices = """
        CREATE TABLE device_authorizations (
            id TEXT NOT NULL PRIMARY KEY,
            device_code_hash TEXT NOT NULL UNIQUE,
            user_code_digest TEXT NOT NULL UNIQUE,
            client_id TEXT NOT NULL REFERENCES clients (client_id) ON DELETE CASCADE,
            scope TEXT,
            audience TEXT,
            state TEXT NOT NULL,
            browser TEXT,
            approval TEXT,
            poll_interval BIGINT NOT NULL,
            polled_at BIGINT,
            expires_at BIGINT NOT NULL
        );
        CREATE INDEX device_authorizations_by_expiry ON device_authorizations (expires_at);
        CREATE TABLE user_code_failures (
            address TEXT NOT NULL,
            failed_at BIGINT NOT NULL
        );
        CREATE INDEX user_code_failures_by_address ON user_code_failures (address, failed_at);
        """
}
