import GRDB
import StrictJSON

/// The jobs of one tenant.
public struct JobStore {
    let sql: SQL
    private static let columns = "id, type, status, document, progress, created_at"
    /// How long a finished job can be asked for, in seconds.
    private static let keptFor: Int64 = 24 * 3_600
    /// More errors of one job than these bytes hold are counted, not kept: they are read whole.
    public static let mostErrorBytes = 2 << 20

    public func find(_ id: String) throws -> Job? {
        try sql.row("SELECT \(Self.columns) FROM jobs WHERE id = ?", [id]).map(Self.job)
    }

    public func insert(_ job: Job) throws {
        try sql.run(
            """
            INSERT INTO jobs (id, type, status, document, progress, created_at, updated_at)
            VALUES (?, ?, ?, ?, ?, ?, ?)
            """,
            [
                job.id, job.kind.rawValue, job.status.rawValue, JSON.object(job.document).text(),
                JSON.object(job.progress).text(), job.createdAt.milliseconds, job.createdAt.milliseconds,
            ])
    }

    public func update(_ job: Job, at now: Timestamp) throws {
        try sql.run(
            "UPDATE jobs SET status = ?, document = ?, progress = ?, updated_at = ? WHERE id = ?",
            [
                job.status.rawValue, JSON.object(job.document).text(), JSON.object(job.progress).text(),
                now.milliseconds, job.id,
            ])
    }

    /// The unfinished job that has waited longest.
    public func nextWaiting() throws -> Job? {
        try sql.row(
            "SELECT \(Self.columns) FROM jobs WHERE status IN ('pending', 'processing') ORDER BY created_at, id LIMIT 1"
        ).map(Self.job)
    }

    /// How many jobs of a kind wait or run.
    public func countWaiting(_ kind: Job.Kind) throws -> Int {
        try sql.count(
            "SELECT count(*) FROM jobs WHERE type = ? AND status IN ('pending', 'processing')", [kind.rawValue])
    }

    /// The ids of all jobs that wait or run.
    public func unfinished() throws -> Set<String> {
        Set(try sql.rows("SELECT id FROM jobs WHERE status IN ('pending', 'processing')").map { $0[0] })
    }

    // MARK: Errors

    /// Keeps what was wrong with one row, as the text of a JSON object. Who adds errors keeps count of
    /// ``mostErrorBytes``.
    public func add(error: String, at position: Int, of id: String) throws {
        try sql.run(
            "INSERT INTO job_errors (job_id, position, document) VALUES (?, ?, ?) ON CONFLICT DO NOTHING",
            [id, position, error])
    }

    public func errors(of id: String, offset: Int, limit: Int) throws -> [JSON] {
        try sql.rows(
            "SELECT document FROM job_errors WHERE job_id = ? ORDER BY position LIMIT ? OFFSET ?", [id, limit, offset]
        ).map { .object(try $0.object(0)) }
    }

    /// At most so many; returns how many.
    func deleteOld(at now: Timestamp, atMost limit: Int) throws -> Int {
        try sql.delete(
            "jobs", by: "id", where: "status IN ('completed', 'failed') AND updated_at < ?",
            [now.adding(seconds: -Self.keptFor).milliseconds], atMost: limit)
    }

    private static func job(_ row: Row) throws -> Job {
        Job(
            id: row[0], kind: Job.Kind(rawValue: row[1]) ?? .usersImport,
            status: Job.Status(rawValue: row[2]) ?? .failed, document: try row.object(3),
            progress: try row.object(4), createdAt: Timestamp(milliseconds: row[5]))
    }
}
