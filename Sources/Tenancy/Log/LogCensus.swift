import Synchronization

/// How many events a tenant's log has, remembered in its open shard: listings with totals ask for it again and again, and
/// counting millions takes a tenth of a second.
///
/// Events come at the end and go, when they expire, at the beginning. As long as the first one is still there, only what
/// is behind the last one counted has to be added.
final class LogCensus: Sendable {
    private struct Tally {
        let first: String
        let last: String
        let count: Int
    }

    private let tally = Mutex<Tally?>(nil)

    func count(_ sql: SQL) throws -> Int {
        guard let first: String = try sql.row("SELECT min(log_id) FROM logs")?[0],
            let last: String = try sql.row("SELECT max(log_id) FROM logs")?[0]
        else { return 0 }
        let known = tally.withLock { $0 }
        let count: Int
        if let known, known.first == first, known.last <= last {
            count = try known.count + sql.count("SELECT count(*) FROM logs WHERE log_id > ?", [known.last])
        } else {
            count = try sql.count("SELECT count(*) FROM logs")
        }
        tally.withLock { $0 = Tally(first: first, last: last, count: count) }
        return count
    }

    func drop() { tally.withLock { $0 = nil } }
}

extension Shard {
    /// How many events a listing finds, in the snapshot of a reading transaction.
    public func count(_ filter: LogFilter, in db: TenantDatabase) throws -> Int {
        filter.isEverything ? try logCensus.count(db.sql) : try db.logs.count(filter)
    }
}

extension LogFilter {
    fileprivate var isEverything: Bool { userID == nil && clientID == nil && type == nil && search == nil }
}
