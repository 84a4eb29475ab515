import GRDB

/// How long a tenant keeps its audit trail (spec 04 §4).
public enum LogRetention {
    /// What the vendor's largest plan kept.
    public static let standardDays = 30
    public static let days = 1...3_650
    /// How many events one transaction deletes: others wait no longer for it than for any other write.
    static let slice = 1_000
}

extension SettingsStore {
    private static let retention = "log_retention_days"

    public func logRetentionDays() throws -> Int {
        let stored: String? = try sql.row("SELECT value FROM settings WHERE name = ?", [Self.retention])?[0]
        return stored.flatMap { Int($0) } ?? LogRetention.standardDays
    }

    public func setLogRetention(days: Int) throws { try put(Self.retention, String(days)) }
}

extension LogStore {
    /// Deletes some of the events that are past their time, the oldest first. Returns whether there may be more.
    func deleteExpired(at now: Timestamp) throws -> Bool {
        let days = try SettingsStore(sql: sql).logRetentionDays()
        let limit = LogID.first(at: now.adding(seconds: -Int64(days) * 86_400).milliseconds)
        let deleted = try sql.changes(
            "DELETE FROM logs WHERE log_id IN (SELECT log_id FROM logs WHERE log_id < ? ORDER BY log_id LIMIT ?)",
            [limit, LogRetention.slice])
        return deleted == LogRetention.slice
    }
}
