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
