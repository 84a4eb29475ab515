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
                try db.sweep(at: begun.adding(seconds: seconds))
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
}
