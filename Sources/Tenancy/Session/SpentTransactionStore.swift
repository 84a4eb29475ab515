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

    func deleteExpired(at now: Timestamp, atMost limit: Int) throws -> Int {
        try sql.delete(
            "spent_transactions", by: "transaction_hash", where: "expires_at < ?",
            [now.milliseconds], atMost: limit)
    }
}
