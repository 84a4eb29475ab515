import Foundation
import Logging
import OpenSSL
import StrictJSON
import Synchronization
import Tenancy
import WebAddresses

/// A service's data folder with no server around it.
public final class TenantFixture: Sendable {
    public let root: String
    public let directory: Directory
    public let shards: ShardPool
    public let registry: TenantRegistry
    public let time: TestTime

    public init(capacity: Int = 100, root: String? = nil) throws {
        let folder = root ?? NSTemporaryDirectory() + "gatehouse-tests-" + SecureRandom.hex(byteCount: 8)
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        self.root = folder
        time = TestTime()
        let logger = Logger(label: "tests") { _ in SwiftLogNoOpLogHandler() }
        directory = try Directory(
            path: folder + "/directory.sqlite",
            baseDomains: [CanonicalHost(parsing: "auth0.com"), CanonicalHost(parsing: "localhost")],
            regions: ["us", "eu", "au"], clock: time.clock)
        shards = try ShardPool(
            root: folder + "/tenants", capacity: capacity, pools: WorkPools(cores: 2), clock: time.clock,
            logger: logger)
        // On the folder of another fixture, as after a restart, the keys given first would be those that are there already.
        let keys = FixtureKeys()
        let spareKeys = root == nil ? SpareKeys(target: 0, make: { try keys.next() }) : SpareKeys(target: 0)
        registry = TenantRegistry(directory: directory, shards: shards, spareKeys: spareKeys, logger: logger)
    }

    deinit { try? FileManager.default.removeItem(atPath: root) }

    public func tenant(_ name: String, region: String = "us", _ deployment: Deployment = .shared) async throws -> Tenant
    {
        try await registry.create(NewTenant(name: name, region: region, deployment: deployment)).tenant
    }

    public func shard(_ name: String, region: String = "us") async throws -> Shard {
        try await shards.shard(for: tenant(name, region: region))
    }

    public func file(of tenant: Tenant) -> String { shards.path(of: tenant.id) }

    /// A user in the default database, without a usable password.
    public static func user(_ email: String, at now: Timestamp) -> User {
        let id = User.newDatabaseID(at: now)
        return User(
            userID: "auth0|\(id)", connection: Connection.defaultDatabaseName,
            document: User.databaseProfile(
                id: id, connection: Connection.defaultDatabaseName, attributes: ["email": .string(email)]),
            createdAt: now, updatedAt: now)
    }
}

/// Time that moves when the test says so.
public final class TestTime: Sendable {
    public init() {}

    private let moment = Mutex(Timestamp(seconds: 1_700_000_000))
    public var clock: Clock { Clock { self.moment.withLock { $0 } } }
    public func advance(seconds: Int64) { moment.withLock { $0 = $0.adding(seconds: seconds) } }
}
