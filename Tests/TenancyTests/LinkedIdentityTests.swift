import StrictJSON
import TenantTesting
import Testing

@testable import Tenancy

@Suite("Linked identities")
struct LinkedIdentityTests {
    private func pair(_ shard: Shard) async throws -> (User, User) {
        let users = [
            TenantFixture.user("primary@x.example", at: shard.now),
            TenantFixture.user("second@x.example", at: shard.now),
        ]
        try await shard.write { db in
            for user in users { try db.users.insert(user, passwordHash: "hash of \(user.email ?? "")") }
        }
        return (users[0], users[1])
    }

    private func login(_ name: String, _ shard: Shard) async throws -> DatabaseCredentials? {
        try await shard.read {
            try $0.users.credentials(connection: Connection.defaultDatabaseName, login: name)
        }
    }

    @Test("a linked identity's password leads to the primary user, and back to its own when it is unlinked")
    func linking() async throws {
        let fixture = try TenantFixture()
        let shard = try await fixture.shard("acme")
        let (primary, second) = try await pair(shard)
        let now = shard.now
        let linked = try await shard.write { try $0.linkedIdentities.link(second.userID, to: primary, at: now) }
        #expect(linked.identities.count == 2)
        #expect(linked.identities[1]["profileData"]?["email"] == "second@x.example")
        #expect(try await shard.read { try $0.users.find(second.userID) } == nil)
        let credentials = try #require(try await login("second@x.example", shard))
        #expect(credentials.userID == primary.userID && credentials.passwordHash == "hash of second@x.example")
        #expect(try await login("primary@x.example", shard)?.passwordHash == "hash of primary@x.example")

        // Each password stays its own.
        try await shard.write { try $0.users.setPasswordHash("new", of: credentials.identity) }
        #expect(try await login("primary@x.example", shard)?.passwordHash == "hash of primary@x.example")

        let id = String(second.userID.dropFirst("auth0|".count))
        let rest = try await shard.write {
            try $0.linkedIdentities.unlink(provider: "auth0", id: id, from: linked, at: now)
        }
        #expect(rest?.identities.count == 1)
        #expect(try await login("second@x.example", shard)?.userID == second.userID)
        let back = try #require(try await shard.read { try $0.users.find(second.userID) })
        #expect(back.document == second.document && back.createdAt == second.createdAt)
    }

    @Test("identities move along when their user is linked, and nothing is linked twice")
    func chains() async throws {
        let fixture = try TenantFixture()
        let shard = try await fixture.shard("acme")
        let (primary, second) = try await pair(shard)
        let third = TenantFixture.user("third@x.example", at: shard.now)
        let now = shard.now
        try await shard.write { try $0.users.insert(third, passwordHash: "h") }
        _ = try await shard.write { try $0.linkedIdentities.link(third.userID, to: second, at: now) }
        let linked = try await shard.write { try $0.linkedIdentities.link(second.userID, to: primary, at: now) }
        #expect(linked.identities.count == 3)
        #expect(try await login("third@x.example", shard)?.userID == primary.userID)
        await #expect(throws: LinkError.alreadyLinked) {
            try await shard.write { try $0.linkedIdentities.link(third.userID, to: linked, at: now) }
        }
        await #expect(throws: LinkError.sameUser) {
            try await shard.write { try $0.linkedIdentities.link(primary.userID, to: linked, at: now) }
        }
        await #expect(throws: LinkError.unknownIdentity) {
            try await shard.write { try $0.linkedIdentities.link("auth0|nobody", to: linked, at: now) }
        }
        // The primary user takes every identity along.
        #expect(try await shard.write { try $0.users.delete(primary.userID) })
        #expect(try await login("third@x.example", shard) == nil)
    }
}

extension DatabaseCredentials: Equatable {
    public static func == (left: DatabaseCredentials, right: DatabaseCredentials) -> Bool {
        left.userID == right.userID && left.identity == right.identity && left.passwordHash == right.passwordHash
    }
}
