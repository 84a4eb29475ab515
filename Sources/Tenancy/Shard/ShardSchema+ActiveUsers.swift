extension ShardSchema {
    /// Facts that outlive the log: they name no user row, so that deleting users does not change what was.
    static let activeUsers = """
        CREATE TABLE active_users (
            month TEXT NOT NULL,
            client_id TEXT NOT NULL,
            user_id TEXT NOT NULL,
            kind TEXT NOT NULL,
            last_day TEXT NOT NULL,
            PRIMARY KEY (month, client_id, user_id)
        );
        CREATE TABLE daily_counts (
            day TEXT NOT NULL PRIMARY KEY,
            logins BIGINT NOT NULL,
            signups BIGINT NOT NULL,
            leaked_passwords BIGINT NOT NULL
        );
        """
}
