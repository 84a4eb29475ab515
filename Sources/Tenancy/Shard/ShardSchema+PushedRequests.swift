extension ShardSchema {
    static let pushedRequests = """
        CREATE TABLE pushed_requests (
            request_hash TEXT NOT NULL PRIMARY KEY,
            client_id TEXT NOT NULL REFERENCES clients (client_id) ON DELETE CASCADE,
            document TEXT NOT NULL,
            expires_at BIGINT NOT NULL
        );
        CREATE INDEX pushed_requests_by_expiry ON pushed_requests (expires_at);
        """
}
