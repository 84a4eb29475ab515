import GRDB
import StrictJSON
import WebAddresses

/// The directory's own small database: one row a tenant, its custom domains beside it.
final class DirectoryFile: Sendable {
    private let queue: DatabaseQueue

    init(path: String) throws {
        // Before whichever database of the process is the first.
        _ = SQLiteSettings.areApplied
        var configuration = Configuration()
        configuration.foreignKeysEnabled = true
        configuration.prepareDatabase { db in
            try db.execute(sql: "PRAGMA journal_mode = WAL")
            try db.execute(sql: "PRAGMA synchronous = FULL")
        }
        queue = try DatabaseQueue(path: path, configuration: configuration)
        try Self.migrator.migrate(queue)
    }

    /// Opens the file, or makes it, and reads all of it.
    ///
    /// - Throws: ``DirectoryFileError``.
    static func open(path: String) throws -> (file: DirectoryFile, tenants: [Tenant]) {
        do {
            let file = try DirectoryFile(path: path)
            return (file, try file.load())
        } catch let error as DatabaseError {
            throw DirectoryFileError(error, path: path)
        }
    }

    private static var migrator: DatabaseMigrator {
        var migrator = DatabaseMigrator()
        migrator.registerMigration("tenants and their domains") { db in
            try db.execute(
                sql: """
                    CREATE TABLE tenants (
                        id TEXT NOT NULL PRIMARY KEY,
                        name TEXT NOT NULL,
                        region TEXT NOT NULL,
                        deployment TEXT NOT NULL,
                        state TEXT NOT NULL,
                        purge_after BIGINT,
                        created_at BIGINT NOT NULL
                    );
                    CREATE UNIQUE INDEX living_account ON tenants (name, region) WHERE state <> 'deleted';
                    CREATE TABLE custom_domains (
                        host TEXT NOT NULL,
                        tenant_id TEXT NOT NULL REFERENCES tenants (id) ON DELETE CASCADE,
                        verified INTEGER NOT NULL,
                        token TEXT NOT NULL,
                        PRIMARY KEY (host, tenant_id)
                    );
                    """)
        }
        return migrator
    }

    func load() throws -> [Tenant] {
        try queue.read { db in
            var domains: [String: [CustomDomain]] = [:]
            for row in try Row.fetchAll(db, sql: "SELECT tenant_id, host, verified, token FROM custom_domains") {
                guard let host = try? CanonicalHost(parsing: row["host"]) else { continue }
                let domain = CustomDomain(host: host, isVerified: row["verified"], verificationToken: row["token"])
                domains[row["tenant_id"], default: []].append(domain)
            }
            let sql = "SELECT id, name, region, deployment, state, purge_after, created_at FROM tenants"
            return try Row.fetchAll(db, sql: sql).map { row in
                let id: String = row[0]
                return Tenant(
                    id: TenantID(id), name: row[1], region: row[2],
                    deployment: Deployment(rawValue: row[3]) ?? .shared,
                    state: TenantState(name: row[4], purgeAfter: row[5]),
                    customDomains: domains[id] ?? [],
                    createdAt: Timestamp(milliseconds: row[6]))
            }
        }
    }

    func insert(_ tenant: Tenant) throws {
        try queue.write { db in
            try db.execute(
                sql: """
                    INSERT INTO tenants (id, name, region, deployment, state, purge_after, created_at)
                    VALUES (?, ?, ?, ?, ?, ?, ?)
                    """,
                arguments: [
                    tenant.id.value, tenant.name, tenant.region, tenant.deployment.rawValue, tenant.state.name,
                    tenant.state.purgeAfter, tenant.createdAt.milliseconds,
                ])
            try Self.writeDomains(of: tenant, db)
        }
    }

    func update(_ tenant: Tenant) throws {
        try queue.write { db in
            try db.execute(
                sql: "UPDATE tenants SET state = ?, purge_after = ? WHERE id = ?",
                arguments: [tenant.state.name, tenant.state.purgeAfter, tenant.id.value])
            try Self.writeDomains(of: tenant, db)
        }
    }

    func delete(_ id: TenantID) throws {
        try queue.write { try $0.execute(sql: "DELETE FROM tenants WHERE id = ?", arguments: [id.value]) }
    }

    private static func writeDomains(of tenant: Tenant, _ db: Database) throws {
        try db.execute(sql: "DELETE FROM custom_domains WHERE tenant_id = ?", arguments: [tenant.id.value])
        for domain in tenant.customDomains {
            try db.execute(
                sql: "INSERT INTO custom_domains (host, tenant_id, verified, token) VALUES (?, ?, ?, ?)",
                arguments: [domain.host.name, tenant.id.value, domain.isVerified, domain.verificationToken])
        }
    }
}

extension TenantState {
    init(name: String, purgeAfter: Int64?) {
        switch name {
        case "suspended": self = .suspended
        case "deleted": self = .deleted(purgeAfter: Timestamp(milliseconds: purgeAfter ?? 0))
        default: self = .active
        }
    }

    var purgeAfter: Int64? {
        if case .deleted(let moment) = self { return moment.milliseconds }
        return nil
    }
}
