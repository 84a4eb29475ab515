import TenantTesting
import Testing

@testable import Tenancy

/// Nothing grows for ever: of each table of a shard it is said what ends it or bounds it, and what is said to be swept
/// is swept.
@Suite("What ends the rows of each table")
struct TableGrowthTests {
    private enum Bound {
        /// As many as administrators make.
        case configuration
        /// A few for every user (client, family, job), and they go with them.
        case perOwner
        /// Ended by time (``TenantDatabase/sweep(at:atMost:)``).
        case swept
        /// Ended by the tenant's log retention.
        case retention
        /// Ended by delivery, or given up by age (spec 05 §6).
        case delivery
        /// One row a day.
        case daily
    }

    private static let bounds: [String: Bound] = [
        "clients": .configuration, "connections": .configuration, "connection_clients": .configuration,
        "resource_servers": .configuration, "client_grants": .configuration, "signing_keys": .configuration,
        "settings": .configuration, "documents": .configuration, "rule_configs": .configuration,
        "log_streams": .configuration, "role_users": .configuration, "permissions": .configuration,
        "organization_members": .configuration, "organization_connections": .configuration,
        "client_registrations": .perOwner,
        // Their growth is the tenant's own: who signs up is throttled (spec 05 §7).
        "users": .configuration,
        "database_credentials": .perOwner, "user_term_lists": .perOwner, "user_terms": .perOwner,
        "linked_identities": .perOwner,
        "identity_tokens": .perOwner,
        // One for very many terms (``TermRun``).
        "user_term_runs": .perOwner,
        "passwordless_identities": .perOwner, "passkeys": .perOwner,
        "recovery_codes": .perOwner, "password_history": .perOwner, "consents": .perOwner, "impersonations": .perOwner,
        "job_errors": .perOwner,
        "sessions": .swept, "token_families": .swept, "authorization_codes": .swept, "access_tokens": .swept,
        "refresh_tokens": .swept, "spent_transactions": .swept, "device_authorizations": .swept,
        "user_code_failures": .swept, "pushed_requests": .swept, "tickets": .swept, "shield_counters": .swept,
        "failed_factor_attempts": .swept, "pending_logins": .swept, "out_of_band_codes": .swept,
        "remembered_browsers": .swept, "passwordless_codes": .swept, "login_tickets": .swept,
        "approval_requests": .swept, "jobs": .swept, "blacklisted_tokens": .swept, "active_users": .swept,
        // Those that were begun and never confirmed; the others are their user's.
        "factors": .swept,
        "logs": .retention, "outbox": .delivery, "logout_notices": .delivery, "daily_counts": .daily,
        "grdb_migrations": .configuration,
    ]

    private func tables(_ shard: Shard) async throws -> [String] {
        try await shard.read { db in
            try db.sql.rows(
                "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY name"
            ).map { $0[0] }
        }
    }

    @Test("a table without a decision is none of this house")
    func decisions() async throws {
        let fixture = try TenantFixture()
        defer { withExtendedLifetime(fixture) {} }
        let shard = try await fixture.shard("acme")
        let there = try await tables(shard)
        #expect(Set(there) == Set(Self.bounds.keys), "decide for each new table what ends its rows")
    }

    @Test("what is said to be swept is empty once its time is over")
    func sweep() async throws {
        let fixture = try TenantFixture()
        let shard = try await fixture.shard("acme")
        let swept = Self.bounds.filter { if case .swept = $0.value { true } else { false } }.map(\.key).sorted()
        let user = TenantFixture.user("jane@example.com", at: shard.now)
        let past = Timestamp(seconds: 1_000)
        let each = 3
        try await shard.write { db in
            try db.users.insert(user, passwordHash: nil)
            let client = try db.clients.all()[0].clientID
            let family = try db.tokenFamilies.insert(clientID: client, userID: user.userID, at: past)
            // A factor its user has keeps what hangs on it from going before its time.
            try db.sql.run(
                "INSERT INTO factors (id, user_id, kind, confirmed_at, created_at) VALUES ('kept', ?, 'otp', 1, 1)",
                [user.userID])
            let owners = [
                "users": user.userID, "clients": client, "token_families": family, "factors": "kept",
            ]
            for table in swept {
                for number in 0..<each { try insert(number, into: table, owners: owners, db) }
            }
        }
        for table in swept {
            let count = try await count(table, shard)
            #expect(count >= each, "\(table)")
        }
        fixture.time.advance(seconds: 40 * 365 * 86_400)
        let later = shard.now
        // The shard does the same by itself; whoever comes first.
        while try await shard.write({ try $0.sweep(at: later, atMost: 10) }) {}
        for table in swept {
            let left = try await count(table, shard)
            #expect(left == (table == "factors" ? 1 : 0), "\(table) is not swept")
        }
    }

    private func count(_ table: String, _ shard: Shard) async throws -> Int {
        try await shard.read { try $0.sql.countOnce("SELECT count(*) FROM \(table)", []) }
    }

    /// A row that ended long ago, whatever its columns are.
    private func insert(_ number: Int, into table: String, owners: [String: String], _ db: TenantDatabase) throws {
        let parents = try db.sql.rowsOnce("SELECT \"from\", \"table\" FROM pragma_foreign_key_list('\(table)')", [])
        let parent = Dictionary(parents.map { ($0[0] as String, $0[1] as String) }) { first, _ in first }
        var names: [String] = []
        var values: [String] = []
        for row in try db.sql.rowsOnce("SELECT name, type FROM pragma_table_info('\(table)')", []) {
            let (name, type): (String, String) = (row[0], row[1])
            // Never confirmed.
            if name == "confirmed_at" { continue }
            names.append("\"\(name)\"")
            if let owner = parent[name].flatMap({ owners[$0] }) {
                values.append("'\(owner)'")
            } else if type == "TEXT" {
                let text = ["status": "completed", "month": "1970-01", "document": "{}", "progress": "{}"][name]
                values.append("'\(text ?? "\(table)-\(number)")'")
            } else {
                values.append("1")
            }
        }
        try db.sql.run(
            "INSERT INTO \(table) (\(names.joined(separator: ", "))) VALUES (\(values.joined(separator: ", ")))")
    }
}
