extension ShardSchema {
    static let approvals = """
        CREATE TABLE approval_requests (
            id TEXT NOT NULL PRIMARY KEY,
            handle_hash TEXT NOT NULL UNIQUE,
            ticket_hash TEXT NOT NULL UNIQUE,
            factor_id TEXT,
            scope TEXT,
            audience TEXT,
            user_id TEXT NOT NULL REFERENCES users (user_id) ON DELETE CASCADE,
            client_id TEXT NOT NULL REFERENCES clients (client_id) ON DELETE CASCADE,
            message TEXT NOT NULL,
            state TEXT NOT NULL,
            approval TEXT,
            poll_interval BIGINT NOT NULL,
            polled_at BIGINT,
            created_at BIGINT NOT NULL,
            expires_at BIGINT NOT NULL
        );
        CREATE INDEX approval_requests_by_user ON approval_requests (user_id, created_at);
        CREATE INDEX approval_requests_by_factor ON approval_requests (factor_id) WHERE factor_id IS NOT NULL;
        CREATE INDEX approval_requests_by_age ON approval_requests (created_at);
        """
}
