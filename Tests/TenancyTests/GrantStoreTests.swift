import StrictJSON
import TenantTesting
import Testing

@testable import Tenancy

@Suite("Grants, passwords and tokens")
struct GrantStoreTests {
    @Test("revoking a family kills its opaque tokens and shows in its refresh tokens")
    func family() async throws {
        let fixture = try TenantFixture()
        let shard = try await fixture.shard("acme")
        let user = TenantFixture.user("jane@acme.test", at: shard.now)
        let access = OpaqueSecret.accessToken()
        let refresh = OpaqueSecret.random()
        let familyID = try await shard.write { db in
            try db.users.insert(user, passwordHash: nil)
            let client = try db.clients.all()[0]
            let family = try db.tokenFamilies.insert(clientID: client.clientID, userID: user.userID, at: shard.now)
            try db.accessTokens.insert(
                access, familyID: family, scope: ["openid"], expiresAt: shard.now.adding(seconds: 60))
            try db.refreshTokens.insert(
                refresh, familyID: family, connection: user.connection, scope: ["openid"], audience: nil,
                authenticatedAt: shard.now, at: shard.now)
            return family
        }
        #expect(try await shard.read { try $0.accessTokens.find(access, at: shard.now) }?.userID == user.userID)
        try await shard.write { try $0.tokenFamilies.revoke(familyID, at: shard.now) }
        #expect(try await shard.read { try $0.accessTokens.find(access, at: shard.now) } == nil)
        #expect(try await shard.read { try $0.refreshTokens.find(refresh) }?.familyIsRevoked == true)
    }

    @Test("a login that was counted is what is found afterwards, and nobody's is not counted")
    func recordedLogin() async throws {
        let fixture = try TenantFixture()
        let shard = try await fixture.shard("acme")
        let user = TenantFixture.user("jane@acme.test", at: shard.now)
        try await shard.write { db in
            #expect(try db.users.recordLogin(user, from: "10.0.0.1", at: shard.now) == nil)
            try db.users.insert(user, passwordHash: nil)
            try db.users.noteEndOfLogins(of: user.userID, at: shard.now)
            for count in 1...2 {
                let known = try #require(try db.users.find(user.userID))
                let told = try #require(try db.users.recordLogin(known, from: "10.0.0.\(count)", at: shard.now))
                let found = try #require(try db.users.find(user.userID))
                #expect(told.loginsCount == count && told.lastIP == "10.0.0.\(count)")
                #expect(String(describing: told) == String(describing: found))
            }
        }
    }

    @Test("a session says which clients used it, from its first moment on and whenever another comes")
    func sessionClients() async throws {
        let fixture = try TenantFixture()
        let shard = try await fixture.shard("acme")
        let user = TenantFixture.user("jane@acme.test", at: shard.now)
        let now = shard.now
        let begun = Session(
            id: Session.newID(at: now), userID: user.userID, connection: user.connection, clientIDs: [],
            authenticatedAt: now, createdAt: now, usedAt: now
        ).used(by: "one")
        let later = now.adding(seconds: 1)
        try await shard.write { db in
            try db.users.insert(user, passwordHash: nil)
            try db.sessions.insert(begun, cookie: .random())
            for (clientID, moment, clients) in [
                ("one", now, ["one"]), ("two", now, ["one", "two"]), ("two", later, ["one", "two"]),
                ("one", later, ["one", "two"]),
            ] {
                try db.sessions.touch(try #require(try db.sessions.find(id: begun.id)), clientID: clientID, at: moment)
                let found = try #require(try db.sessions.find(id: begun.id))
                #expect(found.clientIDs == clients && found.usedAt == moment && found.secondFactorAt == nil)
            }
        }
    }

    @Test("L10 a password counts whole, and only the right one fits")
    func passwords() async throws {
        let hasher = try PasswordHasher(cost: 4, pool: BoundedPool(name: "hashing", threads: 1, queue: 10))
        let hash = try await hasher.hash("correct horse")
        #expect(hash.hasPrefix("$2b$04$"))
        #expect(try await hasher.verify("correct horse", against: hash))
        for wrong in ["correct hors", "correct horse ", "Correct horse", "", "correct horse\0"] {
            #expect(try await !hasher.verify(wrong, against: hash))
        }
        #expect(try await !hasher.verify("correct horse", against: nil))
        await #expect(throws: PasswordHashError.self) {
            try await hasher.hash(String(repeating: "x", count: 73))
        }
        let longest = String(repeating: "x", count: 72)
        let longHash = try await hasher.hash(longest)
        #expect(try await !hasher.verify(longest + "y", against: longHash))
    }

    @Test("T18 T19 only the tenant's own RS256 signature passes")
    func tokens() async throws {
        let fixture = try TenantFixture()
        let keys = try await fixture.shard("acme").signingKeys()
        let others = try await fixture.shard("rival").signingKeys()
        let token = try JSONWebToken.signed(["sub": "jane"], by: keys.current)
        try JSONWebToken(parsing: token).verify(by: keys)
        #expect(throws: JSONWebTokenError.unknownKey) { try JSONWebToken(parsing: token).verify(by: others) }
        let parts = token.split(separator: ".").map(String.init)
        let forgedHS = JSONWebToken.signed(["sub": "jane"], hs256: Array(try keys.current.publicKey.pem().utf8))
        #expect(throws: JSONWebTokenError.wrongAlgorithm) { try JSONWebToken(parsing: forgedHS).verify(by: keys) }
        for text in ["", "a.b", token + ".x", "\(parts[0]).\(parts[1]).", "\(parts[0])=.\(parts[1]).\(parts[2])"] {
            #expect(throws: JSONWebTokenError.self) { try JSONWebToken(parsing: text).verify(by: keys) }
        }
        let otherBody = try JSONWebToken.signed(["sub": "eve"], by: keys.current).split(separator: ".")[1]
        let mixed = "\(parts[0]).\(otherBody).\(parts[2])"
        #expect(throws: JSONWebTokenError.badSignature) { try JSONWebToken(parsing: mixed).verify(by: keys) }
    }

    @Test(
        "times are written as the contract writes them",
        arguments: [
            (Int64(0), "1970-01-01T00:00:00.000Z"), (951_782_400_123, "2000-02-29T00:00:00.123Z"),
            (1_488_326_399_999, "2017-02-28T23:59:59.999Z"), (4_102_444_800_000, "2100-01-01T00:00:00.000Z"),
            (-1, "1969-12-31T23:59:59.999Z"), (253_402_300_800_000, "10000-01-01T00:00:00.000Z"),
            (-62_167_219_200_000, "0000-01-01T00:00:00.000Z"), (-62_167_219_200_001, "-0001-12-31T23:59:59.999Z"),
        ])
    func timestamps(milliseconds: Int64, text: String) {
        #expect(Timestamp(milliseconds: milliseconds).iso8601 == text)
    }

    @Test("log ids are 56 digits, unique and sort by time")
    func logIDs() {
        let early = LogID.next(at: Timestamp(milliseconds: 1_488_326_399_999), after: nil)
        let late = LogID.next(at: Timestamp(milliseconds: 1_488_326_400_000), after: nil)
        #expect(early.count == 56 && early.hasPrefix("90020170228235959999"))
        #expect(early < late)
    }

    @Test(
        "each password policy takes and refuses",
        arguments: [
            (PasswordPolicy.none, "a", true), (.none, "", false), (.low, "abcdef", true), (.low, "abcde", false),
            (.fair, "Abcdefg1", true), (.fair, "abcdefg1", false), (.good, "abcdefg1!", true),
            (.good, "abcdefgh", false), (.excellent, "Abcdefgh1!", true), (.excellent, "Aaaabcdefgh1", false),
        ])
    func policies(policy: PasswordPolicy, password: String, accepted: Bool) {
        #expect(policy.accepts(password) == accepted)
    }
}
