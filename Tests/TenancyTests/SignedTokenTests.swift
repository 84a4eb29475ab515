import OpenSSL
import TenantTesting
import Testing

@testable import Tenancy

@Suite("Tokens are read once")
struct SignedTokenTests {
    @Test("a token says the same each time, and another text says nothing")
    func same() async throws {
        let fixture = try TenantFixture()
        defer { withExtendedLifetime(fixture) {} }
        let shard = try await fixture.shard("acme")
        let token = try JSONWebToken.signed(
            ["sub": "x", "scope": "read:clients  read:users"], by: try await shard.signingKeys().current)
        for _ in 0..<3 {
            let signed = try #require(try await shard.signedToken(token))
            #expect(signed.claims["sub"] == "x" && signed.scopes == ["read:clients", "read:users"])
        }
        for text in ["", token + "AA", String(token.dropLast()), "\(token)."] {
            #expect(try await shard.signedToken(text) == nil, "\(text.count)")
        }
    }

    @Test("it says nothing any more once its key is none of the tenant's")
    func keys() async throws {
        let fixture = try TenantFixture()
        defer { withExtendedLifetime(fixture) {} }
        let shard = try await fixture.shard("acme")
        let token = try JSONWebToken.signed(["sub": "x"], by: try await shard.signingKeys().current)
        #expect(try await shard.signedToken(token) != nil)
        let key = try SigningKey.make(key: .generate(for: .rs256), domain: "acme.auth0.com", at: shard.now)
        try await shard.write { db in
            try db.signingKeys.removeAll()
            try db.signingKeys.setCurrent(key)
        }
        #expect(try await shard.signedToken(token) == nil)
    }

    @Test("another tenant's token says nothing, and is not remembered from there")
    func tenants() async throws {
        let fixture = try TenantFixture()
        let (acme, globex) = (try await fixture.shard("acme"), try await fixture.shard("globex"))
        let token = try JSONWebToken.signed(["sub": "x"], by: try await acme.signingKeys().current)
        #expect(try await acme.signedToken(token) != nil)
        #expect(try await globex.signedToken(token) == nil)
    }
}
