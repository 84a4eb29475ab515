import GRDB

/// Transactions that were good once and are used up: a consent given may not be given again by repeating its form.
public struct SpentTransactionStore {
    let sql: SQL

    /// Uses a transaction up; false if it was before.
    /// - Parameter end: when it would have expired anyway.
    public func spend(_ transaction: OpaqueSecret, until end: Timestamp) throws -> Bool {
        try sql.changes(
            "INSERT INTO spent_transactions (transaction_hash, expires_at) VALUES (?, ?) ON CONFLICT DO NOTHING",
            [transaction.hash, end.milliseconds]) > 0
    }

    public func deleteExpired(at now: Timestamp) throws {
        try sql.run("DELETE FROM spent_transactions WHERE expires_at < ?", [now.milliseconds])
    }
}
