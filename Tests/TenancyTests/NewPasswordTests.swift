import TenantTesting
import Testing

@testable import Tenancy

@Suite("What a new password ends")
struct NewPasswordTests {
    private static let issuer = "https://acme.auth0.com/"

    @Test("L12 L16 with a new password no browser does without the second factor, but for those of other users")
    func rememberedBrowsers() async throws {
        let fixture = try TenantFixture()
        let shard = try await fixture.shard("acme")
        let now = shard.now
        let (jane, john) = (
            TenantFixture.user("jane@x.example", at: now), TenantFixture.user("john@x.example", at: now)
        )
        let (janes, johns) = (OpaqueSecret.random(), OpaqueSecret.random())
        try await shard.write { db in
            for (user, cookie) in [(jane, janes), (john, johns)] {
                try db.users.insert(user, passwordHash: "old")
                try db.rememberedBrowsers.remember(cookie, for: user.userID, at: now)
            }
        }
        #expect(try await shard.read { try $0.rememberedBrowsers.knows(janes, of: jane.userID, at: now) })
        _ = try await shard.write { db in
            try db.replacePassword(of: jane, by: "new", remembering: 0, issuer: Self.issuer, at: now)
        }
        #expect(try await shard.read { try !$0.rememberedBrowsers.knows(janes, of: jane.userID, at: now) })
        #expect(try await shard.read { try $0.rememberedBrowsers.knows(johns, of: john.userID, at: now) })
    }

    @Test("L15 L16 nor does one with an identity that is unlinked")
    func unlinked() async throws {
        let fixture = try TenantFixture()
        let shard = try await fixture.shard("acme")
        let now = shard.now
        let (jane, john) = (
            TenantFixture.user("jane@x.example", at: now), TenantFixture.user("john@x.example", at: now)
        )
        let cookie = OpaqueSecret.random()
        let linked = try await shard.write { db -> User in
            for user in [jane, john] { try db.users.insert(user, passwordHash: "hash") }
            let linked = try db.linkedIdentities.link(john.userID, to: jane, at: now)
            try db.rememberedBrowsers.remember(cookie, for: jane.userID, at: now)
            return linked
        }
        let id = String(john.userID.dropFirst("auth0|".count))
        // What was not linked ends nothing.
        let nothing = try await shard.write { db in
            try db.unlinkIdentity(provider: "auth0", id: "nobody", from: linked, issuer: Self.issuer, at: now)
        }
        #expect(nothing == nil)
        #expect(try await shard.read { try $0.rememberedBrowsers.knows(cookie, of: jane.userID, at: now) })
        let rest = try await shard.write { db in
            try db.unlinkIdentity(provider: "auth0", id: id, from: linked, issuer: Self.issuer, at: now)
        }
        #expect(rest != nil)
        #expect(try await shard.read { try !$0.rememberedBrowsers.knows(cookie, of: jane.userID, at: now) })
    }
}
