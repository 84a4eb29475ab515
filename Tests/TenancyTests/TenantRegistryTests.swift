import Foundation
import TenantTesting
import Testing

@testable import Tenancy

@Suite("Tenants live and die whole")
struct TenantRegistryTests {
    @Test("H17 a tenant re-created under an old name shares nothing with its predecessor")
    func recreated() async throws {
        let fixture = try TenantFixture()
        let first = try await fixture.tenant("acme")
        let firstKey = try await fixture.shards.shard(for: first).signingKeys().current.kid
        _ = try await fixture.registry.delete(first, graceSeconds: 60)
        let second = try await fixture.tenant("acme")
        #expect(second.id != first.id)
        #expect(try await fixture.shards.shard(for: second).signingKeys().current.kid != firstKey)
        await #expect(throws: DirectoryError.nameTaken("acme")) { try await fixture.registry.undelete(first) }
    }

    @Test("a deleted tenant comes back with its data within the grace, and is gone after it")
    func grace() async throws {
        let fixture = try TenantFixture()
        let tenant = try await fixture.tenant("acme")
        let shard = try await fixture.shards.shard(for: tenant)
        let user = TenantFixture.user("jane@acme.test", at: shard.now)
        try await shard.write { try $0.users.insert(user, passwordHash: nil) }

        _ = try await fixture.registry.delete(tenant, graceSeconds: 60)
        try await fixture.registry.purgeDeleted()
        let back = try await fixture.registry.undelete(fixture.directory.deletedTenant(named: "acme")).tenant
        let reopened = try await fixture.shards.shard(for: back)
        #expect(try await reopened.read { try $0.users.count(connection: nil) } == 1)

        _ = try await fixture.registry.delete(back, graceSeconds: 60)
        fixture.time.advance(seconds: 61)
        try await fixture.registry.purgeDeleted()
        #expect(throws: DirectoryError.unknownTenant("acme")) { try fixture.directory.deletedTenant(named: "acme") }
        #expect(!FileManager.default.fileExists(atPath: fixture.file(of: tenant)))
    }

    @Test("a fork has the users of its source but neither its keys nor its sessions")
    func fork() async throws {
        let fixture = try TenantFixture()
        let source = try await fixture.tenant("acme")
        let shard = try await fixture.shards.shard(for: source)
        let user = TenantFixture.user("jane@acme.test", at: shard.now)
        let cookie = OpaqueSecret.random()
        try await shard.write { db in
            try db.users.insert(user, passwordHash: nil)
            try db.sessions.insert(
                Session(
                    id: "s1", userID: user.userID, connection: user.connection, clientIDs: [],
                    authenticatedAt: shard.now, createdAt: shard.now, usedAt: shard.now), cookie: cookie)
        }
        let fork = try await fixture.registry.fork(source, as: NewTenant(name: "acme-test"), keepKeys: false)
        let copy = try await fixture.shards.shard(for: fork)
        #expect(try await copy.read { try $0.users.find(user.userID) }?.email == "jane@acme.test")
        #expect(try await copy.read { try $0.sessions.find(cookie: cookie) } == nil)
        #expect(try await copy.signingKeys().current.kid != shard.signingKeys().current.kid)
        #expect(try await copy.settings().transactionKey != shard.settings().transactionKey)
        let twin = try await fixture.registry.fork(
            source, as: NewTenant(name: "acme-twin"), keepKeys: true)
        #expect(
            try await fixture.shards.shard(for: twin).signingKeys().current.kid == shard.signingKeys().current.kid)
    }

    @Test("a backup restores, in place and as a new tenant; anything else is refused as a backup")
    func backup() async throws {
        let fixture = try TenantFixture()
        let tenant = try await fixture.tenant("acme")
        let path = fixture.root + "/acme.backup"
        try await fixture.registry.backup(tenant, to: path)
        let shard = try await fixture.shards.shard(for: tenant)
        let user = TenantFixture.user("late@acme.test", at: shard.now)
        try await shard.write { try $0.users.insert(user, passwordHash: nil) }

        try await fixture.registry.restore(tenant, from: path)
        let restored = try await fixture.shards.shard(for: tenant)
        #expect(try await restored.read { try $0.users.count(connection: nil) } == 0)
        let copy = try await fixture.registry.restore(from: path, as: NewTenant(name: "copy"))
        #expect(try await fixture.shards.shard(for: copy).read { try $0.clients.all() }.count == 2)

        try Data("no database".utf8).write(to: URL(fileURLWithPath: path))
        await #expect(throws: DirectoryError.self) {
            try await fixture.registry.restore(from: path, as: NewTenant(name: "bad"))
        }
        #expect(throws: DirectoryError.unknownTenant("bad")) { try fixture.directory.tenant(named: "bad") }
    }

    @Test("what a tenant has to deliver is looked for when it comes back; a backup's notices and messages stay behind")
    func comingBack() async throws {
        let fixture = try TenantFixture()
        let (shards, registry) = (fixture.shards, fixture.registry)
        let tenant = try await fixture.tenant("acme")
        let shard = try await shards.shard(for: tenant)
        let stream = LogStream(
            name: "s", type: "http", status: .active, document: [:], cursor: "", createdAt: shard.now)
        try await shard.write { db in
            try db.logStreams.insert(stream)
            let client = try #require(try db.clients.all().first)
            try db.logoutNotices.enqueue(
                LogoutNotice(
                    clientID: client.clientID, url: "https://app.example.com/", issuer: "i", userID: "u",
                    sessionID: "s"), at: shard.now)
        }
        let path = fixture.root + "/acme.backup"
        try await registry.backup(tenant, to: path)
        let signals = [shards.logoutSignal, shards.streamSignal]
        for signal in signals { #expect(signal.takeWoken() == [tenant.id]) }

        let suspended = try await registry.suspend(tenant)
        for signal in signals { #expect(signal.takeWoken() == []) }
        _ = try await registry.resume(suspended)
        for signal in signals { #expect(signal.takeWoken() == [tenant.id]) }

        let copy = try await registry.restore(from: path, as: NewTenant(name: "copy"))
        try await registry.restore(tenant, from: path)
        for signal in signals { #expect(signal.takeWoken() == [tenant.id, copy.id]) }
        for restored in [tenant, copy] {
            let restored = try await shards.shard(for: restored)
            #expect(try await restored.nextLogoutNoticeDue() == nil)
            #expect(try await restored.hasActiveLogStreams())
            try await restored.write { try $0.logs.append(LogEvent(.successLogout, at: restored.now)) }
        }
        #expect(shards.streamSignal.takeWoken() == [tenant.id, copy.id], "their streams hear of new events")
    }

    @Test("O4 files that a crash left without a tenant are removed at the next start")
    func orphans() async throws {
        let fixture = try TenantFixture()
        let tenant = try await fixture.tenant("acme")
        let folder = (fixture.file(of: tenant) as NSString).deletingLastPathComponent
        for name in ["\(tenant.id.value).sqlite.draft", "\(tenant.id.value.prefix(2))0000.sqlite"] {
            try Data([1]).write(to: URL(fileURLWithPath: "\(folder)/\(name)"))
        }
        try await fixture.registry.removeOrphans()
        let left = try FileManager.default.contentsOfDirectory(atPath: folder)
        #expect(left == ["\(tenant.id.value).sqlite"])
    }

    @Test("of twenty creations of one name exactly one succeeds, and leaves one file")
    func creationRace() async throws {
        let fixture = try TenantFixture()
        let made = await withTaskGroup(of: Bool.self) { group in
            for _ in 0..<8 {
                group.addTask { (try? await fixture.tenant("acme")) != nil }
            }
            return await group.reduce(0) { $0 + ($1 ? 1 : 0) }
        }
        #expect(made == 1)
        let files = FileManager.default.enumerator(atPath: fixture.root + "/tenants")?.compactMap { $0 as? String }
        #expect(files?.filter { $0.hasSuffix(".sqlite") && !$0.hasPrefix("template") }.count == 1)
    }
}
