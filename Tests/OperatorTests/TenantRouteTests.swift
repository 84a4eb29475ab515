import Foundation
import HTTPTypes
import Operator
import StrictJSON
import Tenancy
import Testing

@Suite("Tenants through the admin port")
struct TenantRouteTests {
    @Test("a tenant is created, shown under each of its names, and listed")
    func create() async throws {
        let fixture = try AdminFixture()
        let made = try await fixture.create("acme", ["region": "eu"])
        #expect(made["state"]?.string == "active")
        #expect(made["deployment"]?.string == "shared")
        #expect(made["domains"]?.array?.first?.string == "acme.eu.auth0.com")
        #expect(made["management_client"] == nil)
        let id = try #require(made["id"]?.string)
        for name in ["acme.eu", "acme.eu.auth0.com", "acme.eu.localhost", id] {
            #expect(try await fixture.send(.get, "/tenants/\(name)").json["id"]?.string == id)
        }
        #expect(try await fixture.send(.get, "/tenants/acme").status == 404)
        try await fixture.create("acme")
        #expect(try await fixture.send(.get, "/tenants").json.array?.count == 2)
        let page = try await fixture.send(.get, "/tenants?per_page=1&page=1&include_totals=true").json
        #expect(page["total"]?.int == 2)
        #expect(page["tenants"]?.array?.count == 1)
    }

    @Test("the secret of a management client is in the first answer and in no other")
    func managementClient() async throws {
        let fixture = try AdminFixture()
        let made = try await fixture.create("acme", ["management_client": true])
        #expect(made["management_client"]?["client_id"]?.string?.count == 32)
        #expect(made["management_client"]?["client_secret"]?.string?.isEmpty == false)
        #expect(try await fixture.send(.get, "/tenants/acme").json["management_client"] == nil)
    }

    @Test(
        "H15 what is no account name is refused, and no file is made for it",
        arguments: [
            "../B", "a/b", "a%2fb", ".", "..", "a..b", "CON", "con", "-a", "a-", String(repeating: "a", count: 64),
            "a\u{0}b", "sqlite_", "xn--a", "login", "admin", "cdn", "www", "eu", "us", "", "ab", "A b", "é", "acme.eu",
        ])
    func h15Names(name: String) async throws {
        let fixture = try AdminFixture()
        try await fixture.create("first")
        let before = try fixture.paths()
        let answer = try await fixture.send(.post, "/tenants", ["name": .string(name)])
        #expect(answer.status == 400, "\(answer.text)")
        #expect(answer.json["field"]?.string == "name")
        try await fixture.create("second")
        let fork = try await fixture.send(.post, "/tenants/second/fork", ["name": .string(name)])
        #expect(fork.status == 400)
        #expect(try await fixture.send(.delete, "/tenants/second").status == 200)
        fixture.tenants.time.advance(seconds: 86_401)
        try await fixture.tenants.registry.purgeDeleted()
        // Folders of other tests lie beside, of random names.
        let new = try fixture.paths().subtracting(before).filter {
            $0.hasSuffix(".sqlite") || (name.count > 1 && $0.contains(name + "x"))
        }
        #expect(new.isEmpty, "\(new)")
    }

    @Test("a name is taken once in a region; a wrong member is named")
    func refusals() async throws {
        let fixture = try AdminFixture()
        try await fixture.create("acme")
        let again = try await fixture.send(.post, "/tenants", ["name": "acme"])
        #expect(again.status == 409)
        #expect(again.json["field"]?.string == "name")
        let bodies: [(JSON, String?)] = [
            (["name": "other", "region": "mars"], "region"), (["name": "other", "deployment": "big"], "deployment"),
            (["name": "other", "managment_client": true], "managment_client"), (["name": 5], "name"), ([:], "name"),
            (["name": "other", "management_client": "yes"], "management_client"), ([], nil),
        ]
        for (body, field) in bodies {
            let answer = try await fixture.send(.post, "/tenants", body)
            #expect(answer.status == 400)
            #expect(answer.json["field"]?.string == field)
        }
        #expect(try await fixture.send(.get, "/tenants?per_page=0").json["field"]?.string == "per_page")
        #expect(fixture.tenants.directory.count == 1)
    }

    @Test("suspend and resume, delete and undelete, and the end of the grace")
    func life() async throws {
        let fixture = try AdminFixture()
        let id = try #require(try await fixture.create("acme")["id"]?.string)
        #expect(try await fixture.send(.post, "/tenants/acme/resume").status == 409)
        #expect(try await fixture.send(.post, "/tenants/acme/suspend").json["state"]?.string == "suspended")
        #expect(try await fixture.send(.post, "/tenants/acme/suspend").status == 409)
        #expect(try await fixture.send(.post, "/tenants/acme/resume").json["state"]?.string == "active")

        let deleted = try await fixture.send(.delete, "/tenants/acme")
        #expect(deleted.json["state"]?.string == "deleted")
        #expect(deleted.json["purge_after"]?.string != nil)
        #expect(try await fixture.send(.get, "/tenants/acme").json["state"]?.string == "deleted")
        #expect(try await fixture.send(.delete, "/tenants/acme").status == 404)
        #expect(try await fixture.send(.get, "/tenants").json.array?.isEmpty == true)
        #expect(try await fixture.send(.get, "/tenants?state=deleted").json.array?.count == 1)
        let back = try await fixture.send(.post, "/tenants/acme/undelete").json
        #expect(back["id"]?.string == id)
        #expect(back["state"]?.string == "active")
        #expect(back["lost_domains"]?.array?.isEmpty == true)
        #expect(try await fixture.send(.post, "/tenants/acme/undelete").json["error"]?.string == "wrong_state")

        try await fixture.send(.delete, "/tenants/acme").status.expect(200)
        let file = fixture.tenants.shards.path(of: TenantID(id))
        #expect(FileManager.default.fileExists(atPath: file))
        fixture.tenants.time.advance(seconds: 86_401)
        try await fixture.tenants.registry.purgeDeleted()
        #expect(!FileManager.default.fileExists(atPath: file))
        #expect(try await fixture.send(.post, "/tenants/acme/undelete").status == 404)
    }

    @Test("H17 a tenant created again under a deleted one's name has another id and other keys")
    func h17Again() async throws {
        let fixture = try AdminFixture()
        let first = try #require(try await fixture.create("acme")["id"]?.string)
        let firstKeys = try await fixture.keyIDs("acme")
        try await fixture.send(.delete, "/tenants/acme").status.expect(200)
        let second = try #require(try await fixture.create("acme")["id"]?.string)
        #expect(first != second)
        #expect(try await fixture.keyIDs("acme").isDisjoint(with: firstKeys))
        #expect(try await fixture.send(.post, "/tenants/acme/undelete").status == 409)
    }

    @Test("of several deleted tenants with one name an id says which is meant; a living one goes before them")
    func deletedOfOneName() async throws {
        let fixture = try AdminFixture()
        var ids: [String] = []
        for _ in 1...2 {
            let id = try #require(try await fixture.create("tmp1", ["region": "eu"])["id"]?.string)
            ids.append(id)
            try await fixture.send(.delete, "/tenants/tmp1.eu").status.expect(200)
        }
        let requests: [(HTTPRequest.Method, String)] = [
            (.get, "/tenants/tmp1.eu"), (.post, "/tenants/tmp1.eu/undelete"),
            (.post, "/tenants/tmp1.eu.localhost/undelete"),
        ]
        for (method, path) in requests {
            let refused = try await fixture.send(method, path)
            #expect(refused.status == 409)
            #expect(refused.json["error"]?.string == "ambiguous")
            for id in ids { #expect(refused.json["message"]?.string?.contains(id) == true, "\(refused.text)") }
        }
        #expect(try await fixture.send(.get, "/tenants/\(ids[0])").json["state"]?.string == "deleted")
        let back = try await fixture.send(.post, "/tenants/\(ids[0])/undelete")
        #expect(back.status == 200)
        #expect(back.json["id"]?.string == ids[0])
        #expect(try await fixture.send(.get, "/tenants/tmp1.eu").json["id"]?.string == ids[0])
        #expect(try await fixture.send(.get, "/tenants/\(ids[1])").json["state"]?.string == "deleted")
        #expect(try await fixture.send(.post, "/tenants/\(ids[1])/undelete").json["error"]?.string == "name_taken")
    }

    @Test("H18 a tenant comes back without the domain that another has by now, and the answer names both")
    func h18LostDomain() async throws {
        let fixture = try AdminFixture()
        try await fixture.create("ded9", ["deployment": "dedicated"])
        let rival = try #require(try await fixture.create("rival", ["deployment": "dedicated"])["id"]?.string)
        for host in ["login.acme.test", "sso.acme.test"] {
            try await fixture.send(.post, "/tenants/ded9/domains", ["host": .string(host)]).status.expect(200)
            try await fixture.send(.post, "/tenants/ded9/domains/\(host)/verify").status.expect(200)
        }
        try await fixture.send(.delete, "/tenants/ded9").status.expect(200)
        #expect(try await fixture.send(.get, "/tenants/login.acme.test").json["name"]?.string == "ded9")
        try await fixture.send(.post, "/tenants/rival/domains", ["host": "login.acme.test"]).status.expect(200)
        let back = try await fixture.send(.post, "/tenants/ded9/undelete")
        #expect(back.status == 200, "\(back.text)")
        let lost: JSON = [["host": "login.acme.test", "tenant": "rival", "tenant_id": .string(rival)]]
        #expect(back.json["lost_domains"] == lost)
        #expect(back.json["custom_domains"]?.array?.map { $0["host"]?.string } == ["sso.acme.test"])
        #expect(try await fixture.send(.get, "/tenants/rival/domains").json.array?.count == 1)
        #expect(try await fixture.send(.get, "/tenants/sso.acme.test").json["name"]?.string == "ded9")
    }

    @Test("O4 a damaged file takes its own tenant out of service and no other; a backup brings it back")
    func o4Damage() async throws {
        let first = try AdminFixture()
        let id = try #require(try await first.create("acme")["id"]?.string)
        try await first.create("globex")
        let keys = try await first.keyIDs("acme")
        let backup = try await first.send(.get, "/tenants/acme/backup").bytes
        try AdminFixture.breakFile(first.tenants.shards.path(of: TenantID(id)))

        let restarted = try AdminFixture(root: first.tenants.root)
        let refused = try await restarted.send(.get, "/tenants/acme/backup")
        #expect(refused.status == 503)
        #expect(refused.json["error"]?.string == "damaged")
        #expect(restarted.tenants.shards.damagedTenants.keys.map(\.value) == [id])
        #expect(try await restarted.send(.get, "/tenants/globex/backup").status == 200)
        #expect(try await restarted.send(.get, "/tenants/acme").status == 200)

        let restored = try await restarted.send(.put, "/tenants/acme/restore", bytes: backup)
        #expect(restored.status == 200, "\(restored.text)")
        #expect(try await restarted.keyIDs("acme") == keys)
        #expect(restarted.tenants.shards.damagedTenants.isEmpty)
    }
}

extension Int {
    func expect(_ other: Int) { #expect(self == other) }
}

extension AdminFixture {
    func keyIDs(_ name: String) async throws -> Set<String> {
        let tenant = try tenants.directory.tenant(named: name)
        let keys = try await tenants.shards.shard(for: tenant).signingKeys()
        return Set(keys.published.map(\.kid))
    }

    /// Overwrites a database as a failing disk might.
    static func breakFile(_ path: String) throws {
        for suffix in ["-wal", "-shm"] { try? FileManager.default.removeItem(atPath: path + suffix) }
        try Data(repeating: 0x41, count: 8_192).write(to: URL(fileURLWithPath: path))
    }
}
