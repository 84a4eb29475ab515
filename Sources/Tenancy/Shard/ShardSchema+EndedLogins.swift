extension ShardSchema {
    static let endedLogins = "ALTER TABLE users ADD COLUMN logins_ended_at BIGINT;"
}
