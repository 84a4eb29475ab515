import Foundation
import TenantTesting
import Testing

@testable import Tenancy

@Suite("A shard keeps what it acknowledged, and only that")
struct ShardTests {
    struct Refusal: Error {}

    @Test("writes that share a commit fail alone")
    func groupCommit() async throws {
        let fixture = try TenantFixture()
        let shard = try await fixture.shard("acme")
        let outcomes = await withTaskGroup(of: (Int, Bool).self) { group in
            for number in 0..<200 {
                group.addTask {
                    let stored: Void? = try? await shard.write { db in
                        try db.users.insert(
                            TenantFixture.user("u\(number)@acme.test", at: shard.now), passwordHash: nil)
                        if number % 3 == 0 { throw Refusal() }
                    }
                    return (number, stored != nil)
                }
            }
            return await group.reduce(into: [Int: Bool]()) { $0[$1.0] = $1.1 }
        }
        for number in 0..<200 {
            let found = try await shard.read { try $0.users.find(email: "u\(number)@acme.test") }
            #expect(outcomes[number] == (number % 3 != 0))
            #expect(found.count == (number % 3 == 0 ? 0 : 1))
        }
    }

    @Test("M14 of twenty users with one e-mail address exactly one is made")
    func uniqueRace() async throws {
        let fixture = try TenantFixture()
        let shard = try await fixture.shard("acme")
        let made = await withTaskGroup(of: Bool.self) { group in
            for _ in 0..<20 {
                group.addTask {
                    let user = TenantFixture.user("jane@acme.test", at: shard.now)
                    let stored: Void? = try? await shard.write { try $0.users.insert(user, passwordHash: "x") }
                    return stored != nil
                }
            }
            return await group.reduce(0) { $0 + ($1 ? 1 : 0) }
        }
        #expect(made == 1)
        #expect(try await shard.read { try $0.users.count(connection: nil) } == 1)
    }

    @Test("a hot read model is never older than the last answered write")
    func readModels() async throws {
        let fixture = try TenantFixture()
        let shard = try await fixture.shard("acme")
        let clients = try await shard.read { try $0.clients.all() }
        let app = try #require(clients.first { $0.name == "Default App" })
        for round in 0..<50 {
            var document = try #require(try await shard.client(app.clientID)).document
            document["name"] = .string("Round \(round)")
            let changed = app.replacing(document: document)
            try await shard.write { try $0.clients.update(changed) }
            #expect(try await shard.client(app.clientID)?.name == "Round \(round)")
        }
    }

    @Test("a new tenant has its default objects (spec 01 §5)")
    func defaults() async throws {
        let fixture = try TenantFixture()
        let shard = try await fixture.shard("acme", region: "eu")
        let clients = try await shard.read { try $0.clients.all() }
        #expect(clients.filter { !$0.isGlobal }.map(\.name) == ["Default App"])
        #expect(clients.filter(\.isGlobal).map(\.name) == ["All Applications"])
        let connection = try #require(try await shard.connection(named: "Username-Password-Authentication"))
        #expect(connection.isEnabled(for: clients.first { !$0.isGlobal }?.clientID ?? ""))
        #expect(try await shard.resourceServer(identifier: ResourceServer.systemIdentifier)?.isSystem == true)
        let key = try await shard.signingKeys().current
        #expect(key.certificate.subjectCommonName == "acme.eu.auth0.com")
        #expect(key.kid.count == 54)
    }

    @Test("with more shards than the bound, the rest are reopened on use and lose nothing")
    func leastRecentlyUsed() async throws {
        let fixture = try TenantFixture(capacity: 4)
        var tenants: [Tenant] = []
        for number in 0..<12 { tenants.append(try await fixture.tenant("tenant-\(number)")) }
        for round in 0..<3 {
            for tenant in tenants {
                let shard = try await fixture.shards.shard(for: tenant)
                let user = TenantFixture.user("r\(round)@acme.test", at: shard.now)
                try await shard.write { try $0.users.insert(user, passwordHash: nil) }
                #expect(fixture.shards.openCount <= 4)
            }
        }
        for tenant in tenants {
            let shard = try await fixture.shards.shard(for: tenant)
            #expect(try await shard.read { try $0.users.count(connection: nil) } == 3)
        }
    }

    @Test("a damaged file takes its tenant out of service, and no other")
    func damage() async throws {
        let fixture = try TenantFixture()
        let broken = try await fixture.tenant("broken")
        let whole = try await fixture.tenant("whole")
        try Data(repeating: 0x5a, count: 40_000).write(to: URL(fileURLWithPath: fixture.file(of: broken)))
        for _ in 0..<2 {
            await #expect(throws: ShardError.self) { try await fixture.shards.shard(for: broken) }
        }
        #expect(fixture.shards.damagedTenants.keys.map { $0 } == [broken.id])
        let shard = try await fixture.shards.shard(for: whole)
        #expect(try await shard.signingKeys().published.count == 1)
    }
}
