extension ShardSchema {
    static let logStreams = """
        CREATE INDEX logs_by_type ON logs (type, log_id);
        CREATE INDEX logs_by_client ON logs (client_id, log_id) WHERE client_id IS NOT NULL;
        CREATE TABLE log_streams (
            id TEXT NOT NULL PRIMARY KEY,
            name TEXT NOT NULL,
            type TEXT NOT NULL,
            status TEXT NOT NULL,
            document TEXT NOT NULL,
            cursor TEXT NOT NULL,
            attempts INTEGER NOT NULL,
            due_at BIGINT NOT NULL,
            created_at BIGINT NOT NULL
        );
        """
}
