import TenantTesting
import Testing

@testable import Tenancy

@Suite("Tokens that ended are forgotten")
struct TokenSweepTests {
    private static let month: Int64 = 2_592_000

    @Test("families go when nothing of them can be alive, superseded tokens after a month")
    func sweep() async throws {
        let fixture = try TenantFixture()
        let shard = try await fixture.shard("acme")
        let user = TenantFixture.user("jane@acme.test", at: shard.now)
        let (old, new) = (OpaqueSecret.random(), OpaqueSecret.random())
        let begun = shard.now
        let families = try await shard.write { db in
            try db.users.insert(user, passwordHash: nil)
            let client = try db.clients.all()[0].clientID
            let plain = try db.tokenFamilies.insert(clientID: client, userID: user.userID, at: begun)
            let renewable = try db.tokenFamilies.insert(clientID: client, userID: user.userID, at: begun)
            for secret in [old, new] {
                try db.refreshTokens.insert(
                    secret, familyID: renewable, connection: user.connection, scope: ["openid"], audience: nil,
                    authenticatedAt: begun, at: begun)
            }
            try db.refreshTokens.supersede(old, at: begun)
            return (plain: plain, renewable: renewable)
        }
        func sweep(after seconds: Int64) async throws -> (plain: Bool, renewable: Bool, old: Bool, new: Bool) {
            try await shard.write { db in
                _ = try db.sweep(at: begun.adding(seconds: seconds))
                return (
                    try db.tokenFamilies.find(families.plain) != nil,
                    try db.tokenFamilies.find(families.renewable) != nil,
                    try db.refreshTokens.find(old) != nil, try db.refreshTokens.find(new) != nil
                )
            }
        }
        #expect(try await sweep(after: Self.month) == (true, true, true, true))
        #expect(try await sweep(after: Self.month + 1) == (true, true, false, true))
        #expect(try await sweep(after: Self.month + 86_401) == (false, true, false, true))
    }

    @Test("tokens that were revoked or ended by their client's policy go a month later, and their families with them")
    func endedTokens() async throws {
        let fixture = try TenantFixture()
        let shard = try await fixture.shard("acme")
        let user = TenantFixture.user("jane@acme.test", at: shard.now)
        let begun = shard.now
        let (revoked, idle) = (OpaqueSecret.random(), OpaqueSecret.random())
        try await shard.write { db in
            try db.users.insert(user, passwordHash: nil)
            let client = try db.clients.all()[0]
            var document = client.document
            document["refresh_token"] = [
                "rotation_type": "non-rotating", "expiration_type": "expiring", "token_lifetime": 864_000,
            ]
            try db.clients.update(client.replacing(document: document))
            for secret in [revoked, idle] {
                let family = try db.tokenFamilies.insert(clientID: client.clientID, userID: user.userID, at: begun)
                try db.refreshTokens.insert(
                    secret, familyID: family, connection: user.connection, scope: ["openid"], audience: nil,
                    authenticatedAt: begun, at: begun)
                if secret.text == revoked.text { try db.tokenFamilies.revoke(family, at: begun) }
            }
        }
        func left(after seconds: Int64) async throws -> (revoked: Bool, idle: Bool) {
            try await shard.write { db in
                _ = try db.sweep(at: begun.adding(seconds: seconds))
                return (try db.refreshTokens.find(revoked) != nil, try db.refreshTokens.find(idle) != nil)
            }
        }
        #expect(try await left(after: Self.month) == (true, true))
        #expect(try await left(after: Self.month + 1) == (false, true))
        #expect(try await left(after: Self.month + 864_001) == (false, false))
        #expect(try await shard.read { try $0.sql.count("SELECT count(*) FROM token_families") } == 0)
    }

    @Test("a sweep holds up no commit for long: what is more than its budget follows after other writes")
    func budget() async throws {
        let fixture = try TenantFixture()
        let shard = try await fixture.shard("acme")
        let begun = shard.now
        func left() async throws -> Int {
            try await shard.read { try $0.sql.count("SELECT count(*) FROM spent_transactions") }
        }
        try await shard.write { db in
            for _ in 0..<2_500 { _ = try db.spentTransactions.spend(.random(), until: begun) }
        }
        let hasMore = try await shard.write { try $0.sweep(at: begun.adding(seconds: 1), atMost: 100) }
        #expect(hasMore)
        #expect(try await left() == 2_400)
        fixture.time.advance(seconds: 3_700)
        try await shard.write { _ in }
        for _ in 0..<500 where try await left() > 0 { try await Task.sleep(for: .milliseconds(10)) }
        #expect(try await left() == 0)
    }
}
