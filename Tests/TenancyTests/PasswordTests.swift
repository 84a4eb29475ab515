import Foundation
import OpenSSL
import StrictJSON
import TenantTesting
import Testing

@testable import Tenancy

@Suite struct PasswordTests {
    private let hasher: PasswordHasher
    private let pool = BoundedPool(name: "hashing", threads: 1, queue: 100)

    init() throws { hasher = try PasswordHasher(cost: 4, pool: pool) }

    private func connection(_ options: JSONObject) -> Connection {
        Connection(
            id: "con_1", name: "db", strategy: "auth0", createdAt: Timestamp(seconds: 0), enabledClients: [],
            document: ["options": .object(options)])
    }

    // "password" with the salt "saltsaltsaltsalt", made by argon2, Python's hashlib and OpenSSL.
    @Test(
        "hashes of other makes fit their password and no other",
        arguments: [
            "$argon2id$v=19$m=256,t=2,p=1$c2FsdHNhbHRzYWx0c2FsdA$d/gNnNMfanumao7kr+lHuY6GS9VLUn8B49/LwXA+/SQ",
            "$argon2i$v=19$m=256,t=2,p=1$c2FsdHNhbHRzYWx0c2FsdA$O89ttVLSyUtBYiKxgqbT5riSQQKa6w6E+Ux3d9YkSqI",
            "$scrypt$ln=4,r=8,p=1$c2FsdHNhbHRzYWx0c2FsdA$5f/Vi+XRWGUNGScbsma6KJ4zLFIke/NJsrvr7lQLAyA",
            "$pbkdf2-sha256$i=1000,l=32$c2FsdHNhbHRzYWx0c2FsdA$8nX7hwFEzIB8aPajJTYK8weHQc5Ngz0pFVAKvSu4jQA",
            "$pbkdf2-sha512$i=1000,l=64$c2FsdHNhbHRzYWx0c2FsdA$715rqIr5dXOVPpBhqqsugl037zT5bWJTWYmZtIcK8hBnisKpwfY7kokvwjDrNHqHhF50Pb7MD6HvkJwiDQw4ww",
        ])
    func imported(_ hash: String) async throws {
        #expect(hasher.wantsUpgrade(hash))
        #expect(try await hasher.verify("password", against: hash))
        #expect(try await !hasher.verify("Password", against: hash))
    }

    @Test(
        "M9: a hash too costly to compute fits nothing, at once", .timeLimit(.minutes(1)),
        arguments: [
            "$2b$31$N9qo8uLOickgx2ZMRZoMyeIjZAgcfl7p92ldGxad68LJZdL17lhWy",
            "$argon2id$v=19$m=4194304,t=3,p=1$c2FsdHNhbHRzYWx0c2FsdA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
            "$argon2id$v=19$m=65536,t=4000000,p=1$c2FsdHNhbHRzYWx0c2FsdA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
            "$scrypt$ln=30,r=8,p=1$c2FsdHNhbHRzYWx0c2FsdA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
            "$pbkdf2-sha256$i=4000000000,l=32$c2FsdHNhbHRzYWx0c2FsdA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
            "$pbkdf2-sha256$", "$argon2id$", "$scrypt$ln=a$x$y", "",
        ])
    func costly(_ hash: String) async throws {
        #expect(try await !hasher.verify("password", against: hash))
    }

    @Test("leaked passwords are found in a file of any size, in both of its forms", arguments: [0, 1, 2, 3, 1000])
    func breached(count: Int) throws {
        let path = NSTemporaryDirectory() + "breached-" + SecureRandom.hex(byteCount: 6)
        defer { try? FileManager.default.removeItem(atPath: path) }
        let hashes = (0..<count).map { Hex.encode(Digest.sha1(Array("p\($0)".utf8))).uppercased() }.sorted()
        for lines in [hashes, hashes.enumerated().map { "\($1):\($0 * 7919)\r" }] {
            try (lines.joined(separator: "\n") + (count % 2 == 0 ? "\n" : "")).write(
                toFile: path, atomically: true, encoding: .utf8)
            guard count > 0 else { continue }
            let list = try #require(BreachedPasswords(path: path))
            #expect((0..<count).allSatisfy { list.contains("p\($0)") })
            #expect((0..<50).allSatisfy { !list.contains("q\($0)") })
        }
    }

    @Test("a file of something else is refused")
    func notHashes() throws {
        let path = NSTemporaryDirectory() + "other-" + SecureRandom.hex(byteCount: 6)
        defer { try? FileManager.default.removeItem(atPath: path) }
        try "password\nqwerty\n".write(toFile: path, atomically: true, encoding: .utf8)
        #expect(BreachedPasswords(path: path) == nil)
        #expect(BreachedPasswords(path: path + "-missing") == nil)
    }

    @Test("rules come from the connection's options")
    func rules() throws {
        let rules = PasswordRules(
            connection([
                "passwordPolicy": "low", "password_complexity_options": ["min_length": 3],
                "password_dictionary": ["enable": true, "dictionary": ["AcmeRocks"]],
                "password_no_personal_info": ["enable": true],
            ]))
        let lists = PasswordLists(common: PasswordLists.common(in: "letmein\r\nqwerty\r\n"), breached: nil)
        let profile: JSONObject = ["email": "janedoe@example.com", "name": "Jo", "user_metadata": ["first": "Cleo"]]
        func name(_ password: String) -> String? {
            do {
                try rules.check(password, profile: profile, lists: lists)
                return nil
            } catch { return error.name }
        }
        #expect(name("ab") == "PasswordStrengthError")
        #expect(name("acmerocks") == "PasswordDictionaryError")
        #expect(name("LetMeIn") == "PasswordDictionaryError")
        #expect(name("xxJaneDoe1") == "PasswordNoUserInfoError")
        #expect(name("mycleo") == "PasswordNoUserInfoError")
        #expect(name("jo-jo-jo") == nil)
    }

    @Test("common passwords are read from lines and from the lists of zxcvbn, ten thousand at most")
    func commonPasswords() {
        #expect(PasswordLists.common(in: "#!comment: x\nLetmein\n\ndragon") == ["letmein", "dragon"])
        let lists = "X = {\n    \"passwords\": \"123456,Password\",\n    \"names\": \"james\"\n}"
        #expect(PasswordLists.common(in: lists) == ["123456", "password"])
        let many = (0..<20_000).map(String.init).joined(separator: "\n")
        #expect(PasswordLists.common(in: many).count == 10_000)
    }

    @Test("earlier passwords are remembered up to the size and no further")
    func history() async throws {
        let service = try TenantFixture()
        let shard = try await service.shard("acme")
        let user = TenantFixture.user("jane@example.com", at: shard.now)
        try await shard.write { try $0.users.insert(user, passwordHash: "0") }
        for number in 1...4 {
            service.time.advance(seconds: 1)
            let now = shard.now
            try await shard.write {
                try $0.users.changePassword(to: "\(number)", of: user.userID, remembering: 2, at: now)
            }
        }
        #expect(try await shard.read { try $0.users.earlierPasswords(of: user.userID, limit: 5) } == ["4", "3", "2"])
    }
}
