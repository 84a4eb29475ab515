extension ShardSchema {
    /// Since when a receiver has accepted nothing; NULL where the last call went well.
    static let failingStreams = "ALTER TABLE log_streams ADD COLUMN failing_since BIGINT;"
}
