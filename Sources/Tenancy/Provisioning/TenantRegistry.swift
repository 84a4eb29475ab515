import Foundation
import GRDB
import Logging
import OpenSSL
import StrictJSON

/// What an operator asks of a new tenant.
public struct NewTenant: Sendable {
    public var name: String
    public var region: String
    public var deployment: Deployment
    /// Whether to make a client authorized for every scope of the system API.
    public var wantsManagementClient: Bool

    public init(
        name: String, region: String = Directory.unlabelledRegion, deployment: Deployment = .shared,
        wantsManagementClient: Bool = false
    ) {
        self.name = name
        self.region = region
        self.deployment = deployment
        self.wantsManagementClient = wantsManagementClient
    }
}

/// The life of tenants: directory and shard files change together here and nowhere else. A tenant's file is
/// complete on disk before the directory names it, so a crash leaves a whole tenant or none (spec 08 O4).
public final class TenantRegistry: Sendable {
    public let directory: Directory
    public let shards: ShardPool
    let spareKeys: SpareKeys
    private let logger: Logger

    public init(directory: Directory, shards: ShardPool, spareKeys: SpareKeys, logger: Logger) {
        self.directory = directory
        self.shards = shards
        self.spareKeys = spareKeys
        self.logger = logger
    }

    private var files: ShardFiles { shards.files }

    /// Creates a tenant with its default objects. Throws ``DirectoryError``.
    public func create(_ request: NewTenant) async throws -> (tenant: Tenant, managementClient: ManagementClient?) {
        try directory.validate(name: request.name, region: request.region)
        let tenant = newTenant(request.name, region: request.region, deployment: request.deployment)
        let key = try await spareKeys.take()
        let objects = NewTenantObjects(
            domain: directory.hosts(of: tenant)[0], signingKey: key, now: tenant.createdAt,
            wantsManagementClient: request.wantsManagementClient)
        let client = try await shards.pools.database.run { [files, directory] in
            let draft = try files.copyTemplate(for: tenant.id)
            defer { files.remove(path: draft) }
            let client = try Self.fill(draft, files) { try objects.write(to: $0) }
            try files.adopt(tenant.id)
            try Self.entering(tenant, directory, files)
            return client
        }
        return (tenant, client)
    }

    public func suspend(_ tenant: Tenant) async throws -> Tenant {
        guard tenant.state == .active else { throw DirectoryError.wrongState(tenant.name, needed: "active") }
        return try await change { try $0.setState(.suspended, of: tenant) }
    }

    public func resume(_ tenant: Tenant) async throws -> Tenant {
        guard tenant.state == .suspended else { throw DirectoryError.wrongState(tenant.name, needed: "suspended") }
        let resumed = try await change { try $0.setState(.active, of: tenant) }
        shards.wakeWaiting(tenant.id)
        return resumed
    }

    /// Takes a tenant off the net at once; its data stays restorable for `grace` seconds.
    public func delete(_ tenant: Tenant, graceSeconds grace: Int64) async throws -> Tenant {
        let deleted = try await change {
            try $0.setState(.deleted(purgeAfter: self.shards.clock.now.adding(seconds: grace)), of: tenant)
        }
        shards.close(tenant.id)
        return deleted
    }

    /// Brings a deleted tenant back, without the domains that others have now. Its name must still be free.
    public func undelete(_ tenant: Tenant) async throws -> UndeletedTenant {
        let undeleted = try await change { try $0.undelete(tenant) }
        shards.wakeWaiting(tenant.id)
        return undeleted
    }

    /// Removes for good what was deleted longer ago than its grace; call it from time to time.
    public func purgeDeleted() async throws {
        let now = shards.clock.now
        for tenant in directory.tenants() {
            guard case .deleted(let moment) = tenant.state, moment <= now else { continue }
            try await change { try $0.purge(tenant.id) }
            shards.close(tenant.id)
            shards.outboxSignal.clear(tenant.id)
            shards.logoutSignal.clear(tenant.id)
            shards.streamSignal.clear(tenant.id)
            try await shards.pools.database.run { [files] in files.remove(tenant.id) }
            logger.info("deleted tenant purged", metadata: ["tenant": "\(tenant.name)", "id": "\(tenant.id)"])
        }
    }

    /// Removes files that a crash left without a tenant.
    public func removeOrphans() async throws {
        let known = Set(directory.tenants().map(\.id))
        try await shards.pools.database.run { [files] in files.removeOrphans(known: known) }
    }

    // MARK: Copies

    /// Writes a consistent copy of a running tenant to a file that must not exist yet.
    public func backup(_ tenant: Tenant, to path: String) async throws {
        try await shards.shard(for: tenant).copy(to: path)
    }

    /// Makes a tenant from a backup file, keys and all.
    public func restore(from path: String, as request: NewTenant) async throws -> Tenant {
        try directory.validate(name: request.name, region: request.region)
        let tenant = newTenant(request.name, region: request.region, deployment: request.deployment)
        try await shards.pools.database.run { [files, directory, shards] in
            let draft = try files.draftPath(for: tenant.id)
            defer { files.remove(path: draft) }
            try FileCopy.make(of: path, at: draft)
            try Self.checkBackup(draft, name: request.name)
            try Self.fill(draft, files) { try $0.forgetWaiting() }
            try files.adopt(tenant.id)
            try shards.markWaiting(tenant.id)
            try Self.entering(tenant, directory, files)
        }
        try shards.expectWaiting(tenant.id)
        return tenant
    }

    /// Replaces the data of an existing tenant by a backup of it, sessions and tokens too; also the way back for one
    /// whose file is damaged.
    public func restore(_ tenant: Tenant, from path: String) async throws {
        try await shards.pools.database.run { [files] in
            let draft = try files.draftPath(for: tenant.id)
            try FileCopy.make(of: path, at: draft)
            do {
                try Self.checkBackup(draft, name: tenant.name)
                try Self.fill(draft, files) { try $0.forgetWaiting() }
            } catch {
                files.remove(path: draft)
                throw error
            }
        }
        try shards.markWaiting(tenant.id)
        // A running tenant's file stays: SQLite deletes the log of a database it closes by its name, and that would
        // be the log of the new one.
        if let shard = try? await shards.shard(for: tenant) {
            defer { files.remove(path: files.path(of: tenant.id) + ".draft") }
            try await shard.replaceContent(by: files.path(of: tenant.id) + ".draft")
        } else {
            try await shards.pools.database.run { [files] in try files.adopt(tenant.id) }
            shards.close(tenant.id)
        }
        try shards.expectWaiting(tenant.id)
    }

    /// A consistent copy of a running tenant under another name. It gets keys and secrets of its own, and no
    /// sessions or tokens, so that nothing issued by the one is good at the other; `keepKeys` keeps the keys.
    public func fork(_ source: Tenant, as request: NewTenant, keepKeys: Bool) async throws -> Tenant {
        try directory.validate(name: request.name, region: request.region)
        let tenant = newTenant(request.name, region: request.region, deployment: request.deployment)
        let key = keepKeys ? nil : try await spareKeys.take()
        let domain = directory.hosts(of: tenant)[0]
        let draft = try files.draftPath(for: tenant.id)
        try await shards.shard(for: source).copy(to: draft)
        try await shards.pools.database.run { [files, directory] in
            defer { files.remove(path: draft) }
            try Self.fill(draft, files) { database in
                try database.forgetIssued()
                guard let key else { return }
                try database.signingKeys.removeAll()
                try database.signingKeys.setCurrent(SigningKey.make(key: key, domain: domain, at: tenant.createdAt))
            }
            try files.adopt(tenant.id)
            try Self.entering(tenant, directory, files)
        }
        return tenant
    }

    // MARK: Parts

    private func newTenant(_ name: String, region: String, deployment: Deployment) -> Tenant {
        Tenant(
            id: TenantID(SecureRandom.hex(byteCount: 12)), name: name, region: region, deployment: deployment,
            state: .active, customDomains: [], createdAt: shards.clock.now)
    }

    private func change<Value: Sendable>(
        _ body: @escaping @Sendable (Directory) throws -> Value
    ) async throws -> Value {
        try await shards.pools.database.run { [directory] in try body(directory) }
    }

    /// Fills a draft in one transaction and closes it, so that the file alone holds everything.
    @discardableResult
    private static func fill<Value>(
        _ draft: String, _ files: ShardFiles, _ body: (TenantDatabase) throws -> Value
    ) throws -> Value {
        let queue = try files.openDraft(draft)
        let value = try queue.write { try body(TenantDatabase(sql: SQL(database: $0, effects: WriteEffects()))) }
        try queue.close()
        return value
    }

    /// Names the finished file in the directory; a name lost to a faster request takes the file with it.
    private static func entering(_ tenant: Tenant, _ directory: Directory, _ files: ShardFiles) throws {
        do {
            try directory.enter(tenant)
        } catch {
            files.remove(tenant.id)
            throw error
        }
    }

    /// Refuses a file that is no shard, or a damaged one.
    private static func checkBackup(_ path: String, name: String) throws {
        do {
            let queue = try DatabaseQueue(path: path)
            let verdict = try queue.read { db in
                try String.fetchOne(db, sql: "PRAGMA integrity_check") ?? "no answer"
            }
            let hasKeys = try queue.read { try $0.tableExists("signing_keys") && $0.tableExists("clients") }
            try queue.close()
            guard verdict == "ok", hasKeys else {
                throw DirectoryError.invalidBackup(hasKeys ? verdict : "the file is not a tenant's backup")
            }
        } catch let error as DatabaseError {
            throw DirectoryError.invalidBackup(error.message ?? "the file is not a database")
        }
    }
}

extension TenantDatabase {
    /// Drops what a backup held to be sent: it has been sent since, or comes too late.
    fileprivate func forgetWaiting() throws {
        try outbox.deleteAll()
        try logoutNotices.deleteAll()
    }

    /// Drops sessions, codes, tokens, tickets and the mails with their links, and renews the key that protects login
    /// transactions.
    fileprivate func forgetIssued() throws {
        for table in [
            "sessions", "authorization_codes", "access_tokens", "refresh_tokens", "token_families", "tickets", "outbox",
            "pending_logins", "out_of_band_codes", "remembered_browsers", "passwordless_codes",
        ] {
            try sql.run("DELETE FROM \(table)")
        }
        // A fork does not speak for sessions of the tenant it was made from.
        for table in ["device_authorizations", "pushed_requests", "logout_notices"] {
            try sql.run("DELETE FROM \(table)")
        }
        // The files of its jobs did not come along, and its receivers have had these events already.
        try sql.run("DELETE FROM jobs")
        try sql.run("UPDATE log_streams SET status = 'paused'")
        try settings.renewTransactionKey()
    }
}
