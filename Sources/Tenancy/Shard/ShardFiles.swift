import Foundation
import GRDB

/// Where shards lie on disk and how they are opened: `ROOT/ab/abcdef….sqlite`, spread over 256 folders so that no
/// folder grows with the number of tenants.
struct ShardFiles: Sendable {
    let root: String

    init(root: String) throws {
        // Before whichever database of the process is the first.
        _ = SQLiteSettings.areApplied
        self.root = root
        try FileManager.default.createDirectory(
            atPath: root, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
    }

    var templatePath: String { "\(root)/template.sqlite" }

    func path(of id: TenantID) -> String { "\(root)/\(id.value.prefix(2))/\(id.value).sqlite" }

    /// Makes the migrated file that every new tenant is a copy of. Done anew at each start, so that it can never
    /// be an old schema.
    func makeTemplate() throws {
        remove(path: templatePath)
        let queue = try DatabaseQueue(path: templatePath, configuration: Self.configuration)
        try ShardSchema.migrator.migrate(queue)
        try queue.close()
    }

    /// A new file for a tenant under a temporary name, outside anyone's way until ``adopt(_:)``.
    func copyTemplate(for id: TenantID) throws -> String {
        let draft = try draftPath(for: id)
        try FileManager.default.copyItem(atPath: templatePath, toPath: draft)
        return draft
    }

    /// A free path beside the tenant's own, on the same file system.
    func draftPath(for id: TenantID) throws -> String {
        let draft = path(of: id) + ".draft"
        try FileManager.default.createDirectory(
            atPath: (draft as NSString).deletingLastPathComponent, withIntermediateDirectories: true,
            attributes: [.posixPermissions: 0o700])
        remove(path: draft)
        return draft
    }

    /// Gives a finished draft its real name.
    func adopt(_ id: TenantID) throws {
        try FileManager.default.moveItem(atPath: path(of: id) + ".draft", toPath: path(of: id))
    }

    func open(_ id: TenantID) throws -> DatabasePool {
        let path = path(of: id)
        guard FileManager.default.fileExists(atPath: path) else { throw ShardError.missing(id) }
        let pool = try DatabasePool(path: path, configuration: Self.configuration)
        try pool.writeWithoutTransaction { db in
            // GRDB's pool sets NORMAL of its own once the connection is prepared, which syncs at checkpoints alone.
            try db.execute(sql: "PRAGMA synchronous = FULL")
            try Self.prepareWriter(db)
        }
        let isCurrent = try pool.read { try ShardSchema.migrator.hasCompletedMigrations($0) }
        if !isCurrent { try ShardSchema.migrator.migrate(pool) }
        return pool
    }

    /// Opens a draft to be filled; close it before ``adopt(_:)``.
    func openDraft(_ path: String) throws -> DatabaseQueue {
        let queue = try DatabaseQueue(path: path, configuration: Self.configuration)
        try ShardSchema.migrator.migrate(queue)
        return queue
    }

    func remove(_ id: TenantID) { remove(path: path(of: id)) }

    func remove(path: String) {
        for suffix in ["", "-wal", "-shm", "-journal"] {
            try? FileManager.default.removeItem(atPath: path + suffix)
        }
    }

    /// Removes what a crash left behind: drafts, and files of tenants the directory does not know (spec 08 O4).
    func removeOrphans(known: Set<TenantID>) {
        let manager = FileManager.default
        for folder in (try? manager.contentsOfDirectory(atPath: root)) ?? [] where folder.count == 2 {
            for name in (try? manager.contentsOfDirectory(atPath: "\(root)/\(folder)")) ?? [] {
                let id = TenantID(String(name.prefix { $0 != "." }))
                if name.contains(".draft") || !known.contains(id) {
                    try? manager.removeItem(atPath: "\(root)/\(folder)/\(name)")
                }
            }
        }
    }

    /// Of a connection that reads, in KiB, as SQLite wants it: negative. Each commit makes it stale, so more is no help.
    static let pageCache = -256
    /// Of the one that writes: what a batch of logins touches, so that no page of it is written twice or read again, and
    /// the inner pages of a million users' indexes. ``Shard/rest()`` gives it back.
    static let writerPageCache = -8192
    /// Pages of the log that are written back at once: pages of indexes change again and again, and are written back the
    /// fewer times the longer it waits. As many as the first block of the log's index holds, so that no look-up takes two.
    static let checkpointPages = 4_000

    /// What only the writing connection has.
    static func prepareWriter(_ db: Database) throws {
        try db.execute(sql: "PRAGMA cache_size = \(writerPageCache)")
        try db.execute(sql: "PRAGMA wal_autocheckpoint = \(checkpointPages)")
    }

    /// WAL with a sync at each commit, so that what was acknowledged survives a crash and a power cut
    /// (ARCHITECTURE, decision 3); a small page cache, because thousands of shards are open at once.
    static var configuration: Configuration {
        var configuration = Configuration()
        configuration.foreignKeysEnabled = true
        configuration.maximumReaderCount = 3
        configuration.busyMode = .timeout(5)
        configuration.prepareDatabase { db in
            if !db.configuration.readonly { try db.execute(sql: "PRAGMA journal_mode = WAL") }
            try db.execute(sql: "PRAGMA synchronous = FULL")
            try db.execute(sql: "PRAGMA cache_size = \(pageCache)")
            SearchFunctions.add(to: db)
        }
        return configuration
    }
}
