import HTTPTypes
import Operator
import StrictJSON
import Testing

@Suite("Backups, restores and forks through the admin port")
struct TenantCopyTests {
    @Test("a backup becomes a tenant of another name with the same keys")
    func restoreAsNew() async throws {
        let fixture = try AdminFixture()
        try await fixture.create("acme")
        let backup = try await fixture.send(.get, "/tenants/acme/backup")
        #expect(backup.status == 200)
        #expect(backup.headers[.contentLength] == String(backup.bytes.count))
        let made = try await fixture.send(.post, "/tenants/restore?name=copy&region=eu", bytes: backup.bytes)
        #expect(made.status == 201, "\(made.text)")
        #expect(made.json["domains"]?.array?.first?.string == "copy.eu.auth0.com")
        #expect(try await fixture.keyIDs("copy.eu") == fixture.keyIDs("acme"))
        #expect(
            try await fixture.send(.post, "/tenants/restore?name=copy&region=eu", bytes: backup.bytes).status == 409)
    }

    @Test("a backup replaces the data of its tenant")
    func restoreInPlace() async throws {
        let fixture = try AdminFixture()
        let id = try await fixture.create("acme")["id"]
        let keys = try await fixture.keyIDs("acme")
        let backup = try await fixture.send(.get, "/tenants/acme/backup").bytes
        let answer = try await fixture.send(.put, "/tenants/acme/restore", bytes: backup)
        #expect(answer.status == 200, "\(answer.text)")
        #expect(answer.json["id"] == id)
        #expect(try await fixture.keyIDs("acme") == keys)
    }

    @Test("what is no backup is refused, and the tenant goes on as it was")
    func badBackups() async throws {
        let fixture = try AdminFixture()
        try await fixture.create("acme")
        let keys = try await fixture.keyIDs("acme")
        let bodies: [[UInt8]] = [[], Array("hello".utf8), [UInt8](repeating: 0, count: 10_000)]
        for body in bodies {
            #expect(try await fixture.send(.put, "/tenants/acme/restore", bytes: body).status == 400)
            #expect(try await fixture.send(.post, "/tenants/restore?name=other", bytes: body).status == 400)
        }
        #expect(try await fixture.send(.post, "/tenants/restore", bytes: [1]).json["field"]?.string == "name")
        #expect(try await fixture.keyIDs("acme") == keys)
        #expect(fixture.tenants.directory.count == 1)
    }

    @Test("a fork has keys of its own, unless it is to keep them")
    func fork() async throws {
        let fixture = try AdminFixture()
        try await fixture.create("acme")
        let keys = try await fixture.keyIDs("acme")
        #expect(try await fixture.send(.post, "/tenants/acme/fork", ["name": "fork1"]).status == 201)
        #expect(
            try await fixture.send(.post, "/tenants/acme/fork", ["name": "fork2", "keep_keys": true]).status == 201)
        #expect(try await fixture.keyIDs("fork1").isDisjoint(with: keys))
        #expect(try await fixture.keyIDs("fork2") == keys)
        #expect(try await fixture.send(.post, "/tenants/acme/fork", ["name": "acme"]).status == 409)
    }
}
