import GRDB
import GRDBSQLite
import StrictJSON
import TenantTesting
import Testing

@testable import Tenancy

@Suite("Prepared statements")
struct StatementTests {
    /// The statements that a connection holds, whoever keeps them.
    static func held(_ db: TenantDatabase) -> Int {
        guard let connection = db.sql.database.sqliteConnection else { return 0 }
        var count = 0
        var statement = sqlite3_next_stmt(connection, nil)
        while statement != nil {
            count += 1
            statement = sqlite3_next_stmt(connection, statement)
        }
        return count
    }

    @Test("a row bound by hand holds what it was given, and nothing of the row before it")
    func boundByHand() async throws {
        let fixture = try TenantFixture()
        defer { withExtendedLifetime(fixture) {} }
        let shard = try await fixture.shard("acme")
        let insertion = "INSERT INTO logs (log_id, date, type, user_id, client_id, document) VALUES (?, ?, ?, ?, ?, ?)"
        func row(_ id: String, _ user: String?, _ client: String?) -> @Sendable (TenantDatabase) throws -> Void {
            { db in
                try db.sql.insert(
                    insertion, .text(id), .number(.max), .text("s"), .text(user), .text(client), .text("{}"))
            }
        }
        try await shard.write(row("1", "user\0with a NUL", ""))
        try await shard.write(row("2", nil, nil))
        await #expect(throws: DatabaseError.self) { try await shard.write(row("2", "twice", "twice")) }
        try await shard.write(row("3", "é", nil))
        let stored = try await shard.read { db in
            try db.sql.rows(
                """
                SELECT log_id, CAST(date AS TEXT), hex(user_id), typeof(user_id), client_id FROM logs ORDER BY log_id
                """
            ).map { row in (0..<5).map { row[$0] as String? ?? "NULL" } }
        }
        let largest = String(Int64.max)
        #expect(
            stored == [
                ["1", largest, "7573657200776974682061204E554C", "text", ""], ["2", largest, "", "null", "NULL"],
                ["3", largest, "C3A9", "text", "NULL"],
            ])
    }

    /// Searches whose SQL differs from one another.
    private static let searches = (1...60).map { number in
        (1...number).map { "name:a\($0)" }.joined(separator: " OR ")
    }

    @Test("searches of users, whatever their text, leave none behind")
    func users() async throws {
        let fixture = try TenantFixture()
        defer { withExtendedLifetime(fixture) {} }
        let shard = try await fixture.shard("acme")
        let grown = try await shard.read { db in
            func search(_ text: String) throws {
                let listing = UserListing(search: try UserSearch(parsing: text, engine: .v3))
                _ = try db.users.page(listing, offset: 0, limit: 10)
                _ = try db.users.count(listing)
            }
            // What every search needs may be kept.
            try search("name:a")
            let before = Self.held(db)
            for text in Self.searches { try search(text) }
            return Self.held(db) - before
        }
        #expect(grown <= 4, "60 searches have left \(grown) statements behind")
    }

    @Test("nor do searches of the log")
    func logs() async throws {
        let fixture = try TenantFixture()
        defer { withExtendedLifetime(fixture) {} }
        let shard = try await fixture.shard("acme")
        let grown = try await shard.read { db in
            let before = Self.held(db)
            for text in Self.searches {
                let filter = LogFilter(search: try LogSearch(parsing: text.replacing("name:", with: "client_name:")))
                _ = try db.logs.page(filter, offset: 0, limit: 10)
                _ = try db.logs.count(filter)
            }
            return Self.held(db) - before
        }
        #expect(grown == 0, "60 searches have left \(grown) statements behind")
    }

    @Test("statements that are asked again are kept")
    func kept() async throws {
        let fixture = try TenantFixture()
        defer { withExtendedLifetime(fixture) {} }
        let shard = try await fixture.shard("acme")
        let counts = try await shard.read { db in
            let before = Self.held(db)
            _ = try db.users.find("auth0|x")
            let after = Self.held(db)
            _ = try db.users.find("auth0|y")
            return (after - before, Self.held(db) - after)
        }
        // So that the measure above sees what is kept.
        #expect(counts.0 >= 1 && counts.1 == 0)
    }
}
