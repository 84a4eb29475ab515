import StrictJSON
import TenantTesting
import Testing

@testable import Tenancy

@Suite("Second factors")
struct FactorTests {
    private static let rfcKey = Array("12345678901234567890".utf8)

    /// RFC 6238 appendix B, the last six of its eight digits.
    @Test(
        "RFC 6238 appendix B",
        arguments: [
            (59, "287082"), (1_111_111_109, "081804"), (1_111_111_111, "050471"), (1_234_567_890, "005924"),
            (2_000_000_000, "279037"), (20_000_000_000, "353130"),
        ] as [(Int64, String)])
    func vectors(_ seconds: Int64, _ code: String) {
        let codes = TimeBasedCode(key: Self.rfcKey)
        #expect(codes.code(step: TimeBasedCode.step(at: Timestamp(seconds: seconds))) == code)
    }

    @Test("one step of clock skew is forgiven either way, two are not, and no step is good twice")
    func window() {
        let codes = TimeBasedCode(key: Self.rfcKey)
        let now = Timestamp(seconds: 1_700_000_000)
        let step = TimeBasedCode.step(at: now)
        for (difference, isAccepted) in [(-2, false), (-1, true), (0, true), (1, true), (2, false)] as [(Int64, Bool)] {
            #expect((codes.step(of: codes.code(step: step + difference), at: now, after: nil) != nil) == isAccepted)
        }
        #expect(codes.step(of: codes.code(step: step), at: now, after: step) == nil)
        #expect(codes.step(of: codes.code(step: step - 1), at: now, after: step) == nil)
        #expect(codes.step(of: codes.code(step: step + 1), at: now, after: step) == step + 1)
        for strange in ["", "12345", "1234567", "abcdef", "\u{661}23456"] {
            #expect(codes.step(of: strange, at: now, after: nil) == nil)
        }
    }

    private func shard() async throws -> (TenantFixture, Shard, User) {
        let service = try TenantFixture()
        let shard = try await service.shard("acme")
        let user = TenantFixture.user("jane@example.com", at: shard.now)
        try await shard.write { try $0.users.insert(user, passwordHash: nil) }
        return (service, shard, user)
    }

    @Test("secrets are sealed in the file and belong to their row")
    func secrets() async throws {
        let (service, shard, user) = try await shard()
        let key = TimeBasedCode.newKey()
        let factor = Factor(.otp, of: user.userID, secret: key, at: shard.now)
        try await shard.write { try $0.factors.insert(factor) }
        #expect(try await shard.read { try $0.factors.find(factor.id, of: user.userID) }?.secret == key)
        #expect(try await shard.read { try $0.factors.find(factor.id, of: "auth0|other") } == nil)
        // Whoever moves a row to another user has a row nobody can open.
        let other = TenantFixture.user("john@example.com", at: shard.now)
        try await shard.write { db in
            try db.users.insert(other, passwordHash: nil)
            try db.sql.run("UPDATE factors SET user_id = ?", [other.userID])
        }
        await #expect(throws: (any Error).self) { try await shard.read { try $0.factors.list(of: other.userID) } }
        _ = service
    }

    @Test("confirming a factor forgets what was begun beside it")
    func confirming() async throws {
        let (service, shard, user) = try await shard()
        let now = shard.now
        let factors = (0..<2).map { _ in Factor(.otp, of: user.userID, secret: [1], at: now) }
        try await shard.write { db in
            for factor in factors { try db.factors.insert(factor) }
            try db.factors.confirm(factors[1], at: now)
        }
        let left = try await shard.read { try $0.factors.list(of: user.userID) }
        #expect(left.map(\.id) == [factors[1].id] && left[0].isConfirmed)
        _ = service
    }

    @Test("a sent code is good once, for its user, for five minutes, and dies of three wrong ones")
    func sentCodes() async throws {
        let (service, shard, user) = try await shard()
        let factor = Factor(.sms, of: user.userID, name: "+15550100", at: shard.now)
        let handle = OpaqueSecret.random()
        let start = shard.now
        func redeem(_ code: String, _ userID: String, at now: Timestamp) async throws -> Bool {
            try await shard.write { db in
                if case .right = try db.outOfBandCodes.redeem(code, handle: handle, of: userID, at: now) { return true }
                return false
            }
        }
        try await shard.write { try $0.factors.insert(factor) }
        func issue() async throws -> String {
            try await shard.write { db in
                try db.sql.run("DELETE FROM out_of_band_codes", [])
                return try db.outOfBandCodes.issue(for: factor, handle: handle, at: start)
            }
        }
        var code = try await issue()
        #expect(try await !redeem(code, "auth0|other", at: start))
        #expect(try await redeem(code, user.userID, at: start))
        #expect(try await !redeem(code, user.userID, at: start))
        code = try await issue()
        #expect(try await !redeem(code, user.userID, at: start.adding(seconds: 300)))
        for _ in 0..<3 { #expect(try await !redeem("x", user.userID, at: start)) }
        #expect(try await !redeem(code, user.userID, at: start))
        _ = service
    }

    @Test("a recovery code is 24 letters and digits, and how it is typed does not matter")
    func recoveryCodes() async throws {
        let (service, shard, user) = try await shard()
        let code = RecoveryCode.random()
        #expect(code.text.utf8.count == 24 && code.text.allSatisfy { $0.isUppercase || $0.isNumber })
        let now = shard.now
        try await shard.write { try $0.recoveryCodes.set(code, for: user.userID, at: now) }
        let typed = RecoveryCode(typed: " " + code.text.prefix(4).lowercased() + "-" + code.text.dropFirst(4) + " ")
        #expect(try await shard.read { try $0.recoveryCodes.matches(typed, of: user.userID) })
        #expect(try await shard.read { try !$0.recoveryCodes.matches(typed, of: "auth0|other") })
        _ = service
    }

    @Test("names are shown only as far as their owner needs")
    func masks() {
        let now = Timestamp(seconds: 0)
        #expect(Factor(.sms, of: "u", name: "+15550100", at: now).maskedName == "XXXXX0100")
        #expect(Factor(.email, of: "u", name: "jane@example.com", at: now).maskedName == "ja**@example.com")
    }
}
