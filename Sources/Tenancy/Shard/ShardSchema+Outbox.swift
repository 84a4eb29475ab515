extension ShardSchema {
    static let outbox = """
        CREATE TABLE outbox (
            id TEXT NOT NULL PRIMARY KEY,
            channel TEXT NOT NULL,
            recipient TEXT NOT NULL,
            kind TEXT NOT NULL,
            "values" TEXT NOT NULL,
            user_id TEXT,
            client_id TEXT,
            connection TEXT,
            attempts INTEGER NOT NULL,
            due_at BIGINT NOT NULL,
            created_at BIGINT NOT NULL
        );
        CREATE INDEX outbox_by_due ON outbox (due_at);
        """
}
