extension ShardSchema {
    static let logoutNotices = """
        CREATE TABLE logout_notices (
            id TEXT NOT NULL PRIMARY KEY,
            client_id TEXT NOT NULL REFERENCES clients (client_id) ON DELETE CASCADE,
            url TEXT NOT NULL,
            issuer TEXT NOT NULL,
            user_id TEXT NOT NULL,
            session_id TEXT NOT NULL,
            attempts INTEGER NOT NULL,
            due_at BIGINT NOT NULL
        );
        CREATE INDEX logout_notices_by_due ON logout_notices (due_at);
        """

    /// Receivers are served each by itself; by the second index a client goes without a look at everybody's notices.
    static let logoutReceivers = """
        CREATE INDEX logout_notices_by_url ON logout_notices (url, due_at);
        CREATE INDEX logout_notices_by_client ON logout_notices (client_id);
        """
}
