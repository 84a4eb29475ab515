import Foundation
import GRDB
import GRDBSQLite
import TenantTesting
import Testing

@testable import Tenancy

@Suite("What a shard keeps in memory")
struct ShardMemoryTests {
    /// Bytes of pages that a connection holds.
    private func cacheUsed(_ db: Database) -> Int {
        var used: Int32 = 0
        var highest: Int32 = 0
        sqlite3_db_status(db.sqliteConnection, SQLITE_DBSTATUS_CACHE_USED, &used, &highest, 0)
        return Int(used)
    }

    /// Temporary files that SQLite of this process has open; they have no name any more.
    private func temporaryFiles() throws -> Set<String> {
        let folder = "/proc/self/fd"
        return Set(
            try FileManager.default.contentsOfDirectory(atPath: folder).compactMap {
                try? FileManager.default.destinationOfSymbolicLink(atPath: "\(folder)/\($0)")
            }.filter { $0.contains("etilqs_") })
    }

    /// Changes rows of a page each in a savepoint. Returns the temporary files that were open then and not before.
    private func filesOfSavepoint(changing pages: Int, in shard: Shard) async throws -> Set<String> {
        let before = try temporaryFiles()
        return try await shard.write { db in
            try db.sql.run("SAVEPOINT several")
            try db.sql.run("UPDATE filler SET text = text || 'x' WHERE id <= ?", [pages])
            defer { try? db.sql.run("RELEASE several") }
            return try temporaryFiles().subtracting(before)
        }
    }

    private func fill(_ shard: Shard, rows: Int) async throws {
        try await shard.write { db in
            try db.sql.run("CREATE TABLE filler (id INTEGER PRIMARY KEY, text TEXT)")
            for id in 1...rows {
                try db.sql.run("INSERT INTO filler VALUES (?, ?)", [id, String(repeating: "x", count: 3_000)])
            }
        }
    }

    @Test("what restores a batch of logins stays in memory; what restores a large deletion does not")
    func savepoints() async throws {
        let fixture = try TenantFixture()
        defer { withExtendedLifetime(fixture) {} }
        let shard = try await fixture.shard("acme")
        #expect(SQLiteSettings.areApplied)
        try await fill(shard, rows: 400)
        // Other tests of this process may need a file at the same moment, but not each time.
        var isInFile = true
        for _ in 0..<10 where isInFile { isInFile = try await !filesOfSavepoint(changing: 25, in: shard).isEmpty }
        #expect(!isInFile)
        #expect(try await !filesOfSavepoint(changing: 400, in: shard).isEmpty)
        let changed: Int? = try await shard.read { db in
            try db.sql.row("SELECT count(*) FROM filler WHERE length(text) > 3000")?[0]
        }
        #expect(changed == 400, "and what went into the file is no obstacle")
    }

    @Test("a shard that nobody has used for a while gives its pages back")
    func rest() async throws {
        let fixture = try TenantFixture()
        let shard = try await fixture.shard("acme")
        try await fill(shard, rows: 200)
        func used() async throws -> Int { try await shard.write { self.cacheUsed($0.sql.database) } }

        let prepared = try await shard.pageAppearance().preparedPages
        _ = prepared.page("login", in: "en", of: []) { PreparedPage([], marks: []) }
        let busy = try await used()
        #expect(busy > 600_000)
        try await fixture.shards.restIdle()
        #expect(try await used() == busy && prepared.count == 1, "it was in use until now")
        try await fixture.shards.restIdle()
        #expect(try await used() < 100_000 && prepared.count == 0)
    }
}
