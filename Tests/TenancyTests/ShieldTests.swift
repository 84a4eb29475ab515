import TenantTesting
import Testing

@testable import Tenancy

@Suite struct ShieldTests {
    let service: TenantFixture
    let shard: Shard

    init() async throws {
        service = try TenantFixture()
        shard = try await service.shard("acme")
    }

    private func account(_ name: String, userID: String? = nil, from address: String = "192.0.2.1") -> ShieldSubject {
        .account(connection: "db", name: name, userID: userID, address: address)
    }

    @Test("L5: of a crowd that arrives at once no more get through than the limit")
    func gate() {
        let gate = AttemptGate()
        let subject = account("jane")
        for _ in 0..<200 { gate.enter(subject) }
        let admitted = (0..<200).count { _ in gate.admit(subject, committed: 3, limit: 10) }
        #expect(admitted == 7)
        for number in 0..<7 { gate.leave(subject, admitted: true, committed: 4 + number) }
        // A count read before those failures were committed is no way around.
        #expect(!gate.admit(subject, committed: 3, limit: 10))
        for _ in 0..<193 { gate.leave(subject, admitted: false) }
        #expect(gate.admit(subject, committed: 0, limit: 10))
    }

    @Test("names compare as logins do, addresses by their network")
    func subjects() {
        #expect(account("Jane") == account("jane"))
        #expect(account("x", userID: "auth0|1").key == account("y", userID: "auth0|1").key)
        #expect(account("jane") != account("jane", from: "192.0.2.2"))
        #expect(account("jane", from: "2001:db8:0:1::5") == account("jane", from: "2001:DB8::1:0:0:0:9"))
    }

    @Test("failures of an account count up, are released, and are forgotten after a day")
    func accountFailures() async throws {
        let subject = account("jane")
        let now = shard.now
        let counts = try await shard.write { db in
            try (0..<9).map { _ in try db.shields.countFailure(subject, at: now) }
        }
        #expect(counts == Array(1...9))
        service.time.advance(seconds: 86_401)
        let later = shard.now
        #expect(try await shard.read { try $0.shields.failures(subject, at: later) } == 0)
        let many = try await shard.write { db in
            try (0..<10).map { _ in try db.shields.countFailure(subject, at: later) }
        }
        #expect(many.last == 10)
        service.time.advance(seconds: 86_401)
        let muchLater = shard.now
        #expect(try await shard.read { try $0.shields.failures(subject, at: muchLater) } == 10)
        try await shard.write { try $0.shields.release(subject) }
        #expect(try await shard.read { try $0.shields.failures(subject, at: muchLater) } == 0)
    }

    @Test("an address is blocked after a hundred failures and forgiven one in a quarter of an hour")
    func address() async throws {
        let subject = ShieldSubject.address("192.0.2.1")
        let now = shard.now
        try await shard.write { db in for _ in 0..<100 { _ = try db.shields.countAddressFailure(subject, at: now) } }
        #expect(try await shard.read { try $0.shields.isAddressBlocked("192.0.2.1", at: now) })
        service.time.advance(seconds: 865)
        let later = shard.now
        #expect(try await shard.read { try $0.shields.addressLevel(subject, at: later) } == 99)
        service.time.advance(seconds: 86_400)
        let nextDay = shard.now
        _ = try await shard.write { try $0.sweep(at: nextDay) }
        #expect(try await shard.write { try $0.shields.releaseAddress("192.0.2.1") } == false)
    }

    @Test("administrators see and end the blocks of a user")
    func administration() async throws {
        let user = TenantFixture.user("jane@example.com", at: shard.now)
        let now = shard.now
        let subject = account("jane@example.com", userID: user.userID)
        try await shard.write { db in
            try db.users.insert(user, passwordHash: nil)
            for _ in 0..<10 { _ = try db.shields.countFailure(subject, at: now) }
        }
        #expect(try await shard.read { try $0.shields.blockedAddresses(of: user.userID, at: now) } == ["192.0.2.1"])
        try await shard.write { try $0.shields.releaseAccount(user.userID) }
        #expect(try await shard.read { try $0.shields.blockedAddresses(of: user.userID, at: now) }.isEmpty)
    }

    @Test("twenty logins at once, then one in six seconds")
    func rate() {
        let rate = LoginRate()
        let subject = account("jane")
        let now = Timestamp(seconds: 1_700_000_000)
        #expect((0..<30).count { _ in rate.admit(subject, at: now) } == 20)
        #expect(rate.admit(subject, at: now.adding(seconds: 6)))
        #expect(!rate.admit(subject, at: now.adding(seconds: 6)))
    }

    @Test("L12: a ticket is good once, for its purpose, until it ends or another is issued")
    func tickets() async throws {
        let user = TenantFixture.user("jane@example.com", at: shard.now)
        let now = shard.now
        let secrets = [Ticket.newSecret(), Ticket.newSecret()]
        #expect(secrets[0].text.utf8.count == 32)
        try await shard.write { db in
            try db.users.insert(user, passwordHash: nil)
            for secret in secrets {
                let ticket = Ticket(
                    .changePassword, userID: user.userID, email: user.email, expiresAt: now.adding(seconds: 60))
                try db.tickets.issue(ticket, secret: secret)
            }
            #expect(try db.tickets.find(secrets[0], .changePassword, at: now) == nil)
            #expect(try db.tickets.find(secrets[1], .verifyEmail, at: now) == nil)
            #expect(try db.tickets.find(secrets[1], .changePassword, at: now.adding(seconds: 61)) == nil)
            #expect(try db.tickets.spend(secrets[1], .changePassword, at: now)?.userID == user.userID)
            #expect(try db.tickets.spend(secrets[1], .changePassword, at: now) == nil)
        }
    }
}
