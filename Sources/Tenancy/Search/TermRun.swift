import GRDB

/// A part of the index of users by what they hold.
///
/// Of a million users, each new one's values stand somewhere among all those there are, and every one of them costs a page
/// read, logged and written back. So the index is kept in runs: a bulk import writes into the newest, which is small
/// enough to be in memory, and begins another when that is full; a look-up asks each run. Their number grows with the
/// logarithm of the users, and tenants that never import have one.
enum TermRun {
    /// Users of one run at least.
    static let smallest = 16_384
    /// How many runs there are before they become longer.
    static let manyRuns = 64

    /// Narrows rows of `user_terms` to what an index of them can find.
    static let all = "run IN (SELECT id FROM user_term_runs)"
    /// The run new users go to. What is new of others goes to theirs.
    static let newest = "(SELECT max(id) FROM user_term_runs)"
}

/// The runs of one tenant.
struct TermRunStore {
    let sql: SQL

    func newest() throws -> Int { try sql.count("SELECT max(id) FROM user_term_runs") }

    /// Counts users that were written to the newest run in bulk; when it is full a new one begins.
    func add(users count: Int) throws {
        try sql.run("UPDATE user_term_runs SET users = users + ? WHERE id = \(TermRun.newest)", [count])
        let row = try sql.row(
            "SELECT id, users, (SELECT sum(users) FROM user_term_runs) FROM user_term_runs ORDER BY id DESC LIMIT 1")
        guard let row, let (id, users, all) = Optional((row[0] as Int, row[1] as Int, row[2] as Int)),
            users >= max(TermRun.smallest, all / TermRun.manyRuns)
        else { return }
        try begin(id + 1)
    }

    /// Before the first bulk into a tenant that has grown without: what it has stays a run of its own.
    func closeGrown() throws {
        let newest = try newest()
        let grown = try sql.count(
            "SELECT count(*) FROM (SELECT 1 FROM users LIMIT \(TermRun.smallest + 1))")
        guard newest == 0, grown > TermRun.smallest else { return }
        try begin(1)
    }

    private func begin(_ id: Int) throws {
        try sql.run("INSERT INTO user_term_runs (id, users) VALUES (?, 0)", [id])
    }
}
