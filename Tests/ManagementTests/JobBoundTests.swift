import Foundation
import StrictJSON
import Tenancy
import TenantTesting
import Testing

@testable import Management

@Suite("Jobs have bounds, and leave nothing half done")
struct JobBoundTests {
    @Test("what is kept of refused rows is bounded, however long they are, and can be read in pages")
    func errors() async throws {
        let tenant = try await TestTenant()
        let long = String(repeating: "x", count: 100_000)
        let job = try await tenant.importing(
            (0..<60).map { ["email": "u\($0)", "user_metadata": ["note": .string(long)]] as JSON }
                + [["email": "a@x.example", "user_metadata": ["k": 1], "extra": .string(long)]])
        #expect(job["summary"]?["failed"] == 61)
        let path = "/jobs/\(job["id"]?.string ?? "")/errors"
        let errors = try await tenant.send(.get, path).body
        #expect(errors.array?.count == 61 && errors.text().utf8.count < 61 * 4_200, "\(errors.text().utf8.count)")
        #expect(errors.array?.first?["user"] == ["email": "u0"])
        let page = try await tenant.send(.get, "\(path)?page=1&per_page=50").body
        #expect(page.array?.count == 11 && page.array?.first?["user"]?["email"] == "u50")
        #expect(try await tenant.send(.get, "\(path)?page=2&per_page=50").body == [])
        #expect(try await tenant.send(.get, "\(path)?per_page=0").status == 400)
    }

    @Test("errors beyond two megabytes are counted, not kept")
    func errorBudget() async throws {
        let tenant = try await TestTenant()
        let note = String(repeating: "x", count: 3_500)
        let count = 700
        let job = try await tenant.importing(
            (0..<count).map { ["email": "u\($0)", "user_metadata": ["note": .string(note)]] as JSON })
        #expect(job["summary"]?["failed"] == .int(count))
        let errors = try await tenant.send(.get, "/jobs/\(job["id"]?.string ?? "")/errors").body
        #expect(errors.text().utf8.count <= JobStore.mostErrorBytes + count + 2)
        #expect((errors.array?.count ?? 0) < count && (errors.array?.count ?? 0) > 400)
    }

    @Test("no burst of uploads gets more imports in than a tenant may have")
    func imports() async throws {
        let tenant = try await TestTenant()
        let statuses = try await withThrowingTaskGroup(of: Int.self) { group in
            for _ in 0..<8 { group.addTask { try await tenant.startImport("[]").status } }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        #expect(statuses.count { $0 == 202 } <= 2 && statuses.allSatisfy { [202, 429].contains($0) }, "\(statuses)")
        let waiting = try await tenant.shard.read { try $0.jobs.countWaiting(.usersImport) }
        #expect(waiting == statuses.count { $0 == 202 })
    }

    @Test("nor more exports")
    func exports() async throws {
        let tenant = try await TestTenant()
        for _ in 0..<2 { #expect(try await tenant.send(.post, "/jobs/users-exports", [:]).status == 200) }
        let third = try await tenant.send(.post, "/jobs/users-exports", [:])
        #expect(third.status == 429 && third.errorCode == "too_many_jobs")
        try await tenant.runJobs()
        #expect(try await tenant.send(.post, "/jobs/users-exports", [:]).status == 200)
    }

    @Test("an upload that a crash cut off is thrown away, one that waits is not, however busy the tenant is")
    func leftovers() async throws {
        let tenant = try await TestTenant()
        let reply = try await tenant.startImport("[{\"email\":\"a@x.example\"}]")
        let id = tenant.shard.tenantID
        let cut = tenant.jobFiles.upload("job_0000000000000000", of: id)
        try Data("[{".utf8).write(to: URL(fileURLWithPath: cut))
        // The first look does the waiting import, and finds the other file beside it.
        let pool = BoundedPool(name: "jobs", threads: 2, queue: 100)
        #expect(try await JobRunner(files: tenant.jobFiles, pool: pool).runNext(in: tenant.shard))
        await pool.shutdown()
        #expect(!FileManager.default.fileExists(atPath: cut))
        let job = try await tenant.send(.get, "/jobs/\(reply.body["id"]?.string ?? "")").body
        #expect(job["summary"]?["inserted"] == 1, "\(job)")
    }

    @Test("L12 an import that blocks a user ends what the user has open")
    func blocking() async throws {
        let tenant = try await TestTenant()
        _ = try await tenant.importing([
            ["email": "a@x.example", "user_id": "a"], ["email": "b@x.example", "user_id": "b"],
        ])
        let now = tenant.shard.now
        try await tenant.shard.write { db in
            for user in ["a", "b"] {
                try db.sessions.insert(
                    Session(
                        id: user, userID: "auth0|\(user)", connection: Connection.defaultDatabaseName, clientIDs: [],
                        authenticatedAt: now, createdAt: now, usedAt: now), cookie: .random())
            }
        }
        let job = try await tenant.importing(
            [["email": "a@x.example", "blocked": true], ["email": "b@x.example", "given_name": "Bea"]],
            [("upsert", "true")])
        #expect(job["summary"]?["updated"] == 2)
        let left = try await tenant.shard.read { db in
            try ["a", "b"].map { try db.sessions.all(of: "auth0|\($0)").count }
        }
        #expect(left == [0, 1])
        #expect(try await tenant.shard.read { try $0.users.find("auth0|a")?.loginsEndedAt } != nil)
    }

    @Test("a row whose name turns out to be taken changes nothing, and the rows beside it are written")
    func lateConflict() async throws {
        let tenant = try await TestTenant()
        let first = try await tenant.importing([
            ["email": "a@x.example", "username": "ann", "user_id": "a"],
            ["email": "b@x.example", "username": "bob", "user_id": "b"],
        ])
        #expect(first["summary"]?["inserted"] == 2, "\(first)")
        let before = try await tenant.shard.read { try $0.users.find("auth0|a") }
        let job = try await tenant.importing(
            [
                ["email": "c@x.example"],
                // The address is one user's, the name another's.
                ["email": "a@x.example", "username": "bob", "given_name": "Half", "app_metadata": ["half": "done"]],
                ["email": "b@x.example", "given_name": "Bob"],
            ], [("upsert", "true")])
        #expect(job["summary"] == ["failed": 1, "updated": 1, "inserted": 1, "total": 3], "\(job)")
        let after = try await tenant.shard.read { try $0.users.find("auth0|a") }
        #expect(after?.document == before?.document)
        #expect(try await tenant.send(.get, "/users?q=app_metadata.half:done").body == [])
        #expect(try await tenant.send(.get, "/users?q=given_name:Bob").body.array?.count == 1)
    }
}

@Suite("Import and export: of random users")
struct JobPropertyTests {
    private static let texts = [
        "plain", "Zoë", "日本語", "say \"x\"", "back\\slash", "tab\there", "=cmd()", "emoji 👩‍👩‍👧", "a,b;c", "  spaces  ",
        "{[()]}",
        "</script>", "\u{1F}", "null", "0", "ı İ ß",
    ]

    private static func value(_ random: inout SplitMix, depth: Int = 0) -> JSON {
        switch Int.random(in: 0..<(depth < 3 ? 8 : 5), using: &random) {
        case 0: .string(texts.randomElement(using: &random)!)
        case 1: .int(Int.random(in: -1_000_000_000_000...1_000_000_000_000, using: &random))
        case 2: .double(Double(Int.random(in: -10_000...10_000, using: &random)) + 0.375)
        case 3: .bool(Bool.random(using: &random))
        case 4: .string("")
        case 5: .array((0..<Int.random(in: 0...3, using: &random)).map { _ in value(&random, depth: depth + 1) })
        default: .object(object(&random, depth: depth + 1))
        }
    }

    private static func object(_ random: inout SplitMix, depth: Int = 0) -> JSONObject {
        let names = ["a", "Name with spaces", "ключ", "plan", "deep_value", "x-y", "1"]
        return JSONObject(
            (0..<Int.random(in: 1...4, using: &random)).map { _ in
                (names.randomElement(using: &random)!, value(&random, depth: depth))
            })
    }

    private static func user(_ number: Int, _ random: inout SplitMix) -> JSONObject {
        var user: JSONObject = [
            "email": .string("u\(number)@x.example"), "user_id": .string("id-\(number)"),
            "email_verified": .bool(Bool.random(using: &random)),
        ]
        for name in ["given_name", "family_name", "name", "nickname"] where Bool.random(using: &random) {
            user[name] = .string(["Ann", "Zoë", "日本", "O'Neil \"x\"", "=1+1"].randomElement(using: &random)!)
        }
        for name in ["user_metadata", "app_metadata"] where Bool.random(using: &random) {
            user[name] = .object(object(&random))
        }
        if Bool.random(using: &random) { user["blocked"] = .bool(Bool.random(using: &random)) }
        if number % 3 == 0 { user["username"] = .string("user\(number)") }
        return user
    }

    @Test("what is exported is what was imported, and comes through a second time", arguments: [1, 2, 3] as [UInt64])
    func roundTrip(_ seed: UInt64) async throws {
        var random = SplitMix(state: seed)
        let users = (0..<700).map { Self.user($0, &random) }
        let names = users.reduce(into: Set<String>()) { $0.formUnion($1.keys) }.subtracting(["user_id"])
        let fields =
            names.sorted().map { ["name": .string($0)] as JSON }
            + [["name": "identities[0].user_id", "export_as": "user_id"]]
        // What nobody gave is made up from the address.
        func comparable(_ line: JSONObject, _ given: JSONObject) -> JSONObject {
            JSONObject(line.filter { given[$0.key] != nil }.map { ($0.key, $0.value) })
        }
        let byEmail = Dictionary(uniqueKeysWithValues: users.map { ($0["email"]?.string ?? "", $0) })
        var rows = users
        for _ in 0..<2 {
            let tenant = try await TestTenant()
            let job = try await tenant.importing(rows.map(JSON.object))
            #expect(job["summary"]?["inserted"] == .int(users.count), "\(job)")
            let text = try await tenant.exported(["format": "json", "fields": .array(fields)])
            let lines = try text.split(separator: "\n").map { try #require(try JSON.parse(String($0)).object) }
            #expect(lines.count == users.count)
            for line in lines {
                let given = try #require(byEmail[line["email"]?.string ?? ""])
                #expect(comparable(line, given) == given)
            }
            rows = lines
        }
    }
}
