extension ShardSchema {
    static let jobs = """
        CREATE TABLE jobs (
            id TEXT NOT NULL PRIMARY KEY,
            type TEXT NOT NULL,
            status TEXT NOT NULL,
            document TEXT NOT NULL,
            progress TEXT NOT NULL,
            created_at BIGINT NOT NULL,
            updated_at BIGINT NOT NULL
        );
        CREATE INDEX jobs_by_status ON jobs (status, created_at);
        CREATE TABLE job_errors (
            job_id TEXT NOT NULL REFERENCES jobs (id) ON DELETE CASCADE,
            position BIGINT NOT NULL,
            document TEXT NOT NULL,
            PRIMARY KEY (job_id, position)
        );
        """
}
