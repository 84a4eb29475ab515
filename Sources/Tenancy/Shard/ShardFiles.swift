import Foundation
import GRDB
import OpenSSL

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
        try FileCopy.make(of: templatePath, at: draft)
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

    /// Gives a finished draft its real name, both for good: whoever names it in the directory may rely on it. It takes the
    /// place of a file of that name, of which nothing is removed before the new one is whole on disk.
    func adopt(_ id: TenantID) throws {
        let path = path(of: id)
        try FileCopy.sync(path + ".draft")
        // SQLite would take the log of the old file for that of the new.
        for suffix in Self.companions {
            guard unlink(path + suffix) == 0 || errno == ENOENT else { throw FileCopy.failure }
        }
        guard rename(path + ".draft", path) == 0 else { throw FileCopy.failure }
        try FileCopy.sync((path as NSString).deletingLastPathComponent)
        // The folder may be as new as the file.
        try FileCopy.sync(root)
    }

    /// Opens a tenant's database, with the keys that nearly every first request needs: the connection that is there already
    /// reads them sooner than one that would first have to read the schema.
    func open(_ id: TenantID) throws -> (DatabasePool, SigningKeys?) {
        let path = path(of: id)
        guard FileManager.default.fileExists(atPath: path) else { throw ShardError.missing(id) }
        var configuration = Self.configuration
        configuration.prepareDatabase { db in
            if !db.configuration.readonly { try Self.beginLog(db, of: path) }
        }
        let pool = try DatabasePool(path: path, configuration: configuration)
        let isCurrent = try pool.writeWithoutTransaction { db in
            // GRDB's pool sets NORMAL of its own once the connection is prepared, which syncs at checkpoints alone.
            try db.execute(sql: "PRAGMA synchronous = FULL")
            try Self.prepareWriter(db)
            return try ShardSchema.migrator.hasCompletedMigrations(db)
        }
        if !isCurrent { try ShardSchema.migrator.migrate(pool) }
        return (pool, try pool.writeWithoutTransaction(Self.keys))
    }

    /// Nil where one cannot be read: whoever needs it will be told, and everybody else is served.
    private static func keys(_ db: Database) throws -> SigningKeys? {
        do {
            return try SigningKeyStore(sql: SQL(database: db, effects: WriteEffects())).all()
        } catch is OpenSSLError {
            return nil
        }
    }

    /// GRDB wants a log that holds something, and makes and drops a table for it, which is synced and has SQLite read the
    /// schema again. A page that says what it said before will do, and is synced with whatever is committed first.
    private static func beginLog(_ db: Database, of path: String) throws {
        var log = stat()
        guard stat(path + "-wal", &log) != 0 || log.st_size == 0 else { return }
        let version = try Int.fetchOne(db, sql: "PRAGMA user_version") ?? 0
        try db.execute(sql: "PRAGMA synchronous = OFF")
        try db.execute(sql: "PRAGMA user_version = \(version)")
        try db.execute(sql: "PRAGMA synchronous = FULL")
    }

    /// Opens a draft to be filled; close it before ``adopt(_:)``, which syncs it once instead of at every step.
    func openDraft(_ path: String) throws -> DatabaseQueue {
        var configuration = Self.configuration
        configuration.prepareDatabase { try $0.execute(sql: "PRAGMA synchronous = OFF") }
        let queue = try DatabaseQueue(path: path, configuration: configuration)
        try ShardSchema.migrator.migrate(queue)
        return queue
    }

    func remove(_ id: TenantID) { remove(path: path(of: id)) }

    /// What SQLite keeps beside a database.
    private static let companions = ["-wal", "-shm", "-journal"]

    func remove(path: String) {
        for suffix in [""] + Self.companions {
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
