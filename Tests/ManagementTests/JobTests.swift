import Foundation
import OpenSSL
import StrictJSON
import Tenancy
import Testing

@testable import Management

@Suite("Jobs")
struct JobTests {
    @Test("an import adds users, tells what was wrong with each of the others, and shows no hash (M2, M9)")
    func imports() async throws {
        let tenant = try await TestTenant()
        let hash = "$2b$10$N9qo8uLOickgx2ZMRZoMyeIjZAgcfl7p92ldGxad68LJZdL17lhWy"
        let job = try await tenant.importing(
            [
                ["email": "a@x.example", "email_verified": true, "password_hash": .string(hash)],
                ["email": "b@x.example", "user_id": "b-1", "app_metadata": ["plan": "full"]],
                ["email": "a@x.example"], ["email": "no address", "password_hash": .string(hash)],
                ["email": "c@x.example", "extra": 1],
                ["email": "d@x.example", "password_hash": .string(hash.replacing("$10$", with: "$31$"))],
                [
                    "email": "e@x.example",
                    "custom_password_hash": [
                        "algorithm": "argon2",
                        "hash": ["value": "$argon2id$v=19$m=65536,t=99,p=1$c2FsdHNhbHQ$aGFzaGhhc2hoYXNoaGFzaA"],
                    ],
                ],
                ["email": "f@x.example", "user_metadata": ["__proto__": ["x": 1]]],
            ])
        #expect(job["status"] == "completed")
        #expect(job["summary"] == ["failed": 5, "updated": 0, "inserted": 3, "total": 8], "\(job)")
        let errors = try await tenant.send(.get, "/jobs/\(job["id"]?.string ?? "")/errors").body
        #expect(errors.array?.count == 5)
        #expect(errors.array?[0].at("errors")?.array?.first?["code"] == "DUPLICATED_USER")
        #expect(!errors.text().contains("$2b$"))
        #expect(try await tenant.send(.get, "/users/auth0%7Cb-1").body["email"] == "b@x.example")
        #expect(try await tenant.send(.get, "/users?q=app_metadata.plan:full").body.array?.count == 1)
        #expect(try await tenant.lastEvent("sui")?["details"]?["summary"]?["inserted"] == 3)
        let stored = try await tenant.shard.read {
            try $0.users.credentials(connection: Connection.defaultDatabaseName, login: "a@x.example")
        }
        #expect(stored?.passwordHash == hash)
        #expect(
            FileManager.default.fileExists(
                atPath: tenant.jobFiles.upload(job["id"]?.string ?? "", of: tenant.shard.tenantID)) == false)
    }

    @Test("M5: who may only make users changes none by an import")
    func upsertScope() async throws {
        let tenant = try await TestTenant()
        let file = JSON.array([["email": "a@x.example", "given_name": "Ann"]]).text()
        let refused = try await tenant.startImport(file, [("upsert", "true")], scopes: ["create:users"])
        #expect(refused.status == 403 && refused.errorCode == "insufficient_scope", "\(refused.body)")
        try await tenant.runJobs()
        #expect(try await tenant.send(.get, "/users").body == [])
        #expect(try await tenant.startImport(file, scopes: ["create:users"]).status == 202)
        let both = ["create:users", "update:users"]
        #expect(try await tenant.startImport(file, [("upsert", "true")], scopes: both).status == 202)
    }

    @Test("with upsert known users are changed, and their passwords stay")
    func upsert() async throws {
        let tenant = try await TestTenant()
        _ = try await tenant.importing([["email": "a@x.example", "app_metadata": ["a": 1]]])
        let job = try await tenant.importing(
            [["email": "A@x.example", "app_metadata": ["b": 2], "given_name": "Ann"]], [("upsert", "true")])
        #expect(job["summary"]?["updated"] == 1)
        let user = try await tenant.send(.get, "/users-by-email?email=a@x.example").body.array?.first
        #expect(user?["app_metadata"] == ["a": 1, "b": 2] && user?["given_name"] == "Ann")
    }

    @Test("whoever comes twice in a file is found by what they are in the end, and by nothing else")
    func upsertTwice() async throws {
        let tenant = try await TestTenant()
        let job = try await tenant.importing(
            [
                ["email": "a@x.example", "app_metadata": ["plan": "gold", "seat": "7"]],
                ["email": "b@x.example", "app_metadata": ["plan": "gold"]],
                ["email": "A@x.example", "app_metadata": ["plan": "silver"]],
                ["email": "a@x.example", "app_metadata": ["plan": "iron"]],
            ], [("upsert", "true")])
        #expect(job["summary"] == ["failed": 0, "updated": 2, "inserted": 2, "total": 4], "\(job)")
        func found(_ query: String) async throws -> [String?] {
            let users = try await tenant.send(.get, "/users?q=\(query)&fields=email").body.array ?? []
            return users.map { $0["email"]?.string }
        }
        #expect(try await found("app_metadata.plan:gold") == ["b@x.example"])
        #expect(try await found("app_metadata.plan:silver") == [])
        #expect(try await found("app_metadata.plan:iron") == ["a@x.example"])
        #expect(try await found("app_metadata.seat:7") == ["a@x.example"])
        #expect(try await tenant.shard.read { try $0.users.indexIsWhole() })
    }

    @Test(
        "what is no file of users fails the job, or is refused at once",
        arguments: [
            "{}", "[x]", "[1 2]", "[{} {}]", "[1,]", "[{\"email\":\"a@x.example\"}", "email,name\r\na@x.example,a",
            "[{\"a\":", "[[[[", "[\"a]",
        ])
    func malformed(_ file: String) async throws {
        let tenant = try await TestTenant()
        let reply = try await tenant.startImport(file)
        #expect(reply.status == 202)
        try await tenant.runJobs()
        let job = try await tenant.send(.get, "/jobs/\(reply.body["id"]?.string ?? "")").body
        #expect(job["status"] == "failed", "\(job)")
        #expect(try await tenant.eventCount("fui") == 1)
    }

    @Test("an element that is no object is a refused row, and the import goes on behind it")
    func elements() async throws {
        let tenant = try await TestTenant()
        let reply = try await tenant.startImport(
            #"[{"email":"a@x.example"}, 7 ,"],",null,[{"email":"b@x.example"}],-1e999,{"email":"c@x.example"}]"#)
        #expect(reply.status == 202, "\(reply.body)")
        try await tenant.runJobs()
        let path = "/jobs/\(reply.body["id"]?.string ?? "")"
        let job = try await tenant.send(.get, path).body
        #expect(job["status"] == "completed", "\(job)")
        #expect(job["summary"] == ["failed": 5, "updated": 0, "inserted": 2, "total": 7], "\(job)")
        let errors = try await tenant.send(.get, "\(path)/errors").body.array ?? []
        #expect(errors.count == 5)
        for error in errors {
            #expect(error["user"] == [:] && error["errors"]?.array?.first?["code"] == "INVALID_JSON", "\(error)")
        }
    }

    @Test("what is kept of a refused row, and what is said of it, holds none of its secrets (M2)")
    func secretsOfRows() async throws {
        let tenant = try await TestTenant()
        let job = try await tenant.importing(
            [
                ["email": "y1@x.example", "password": "hidden-password"],
                [
                    "email": "y2@x.example", "passwordHash": "$2b$10$hidden", "client_secret": "hidden",
                    "mfa_factors": [["totp": ["secret": "hidden-seed"]], ["phone": ["value": "hidden-number"]]],
                ],
                [
                    "email": "y3@x.example",
                    "custom_password_hash": ["algorithm": "hidden-hash", "hash": ["value": "hidden-value"]],
                ],
                ["email": "y4@x.example", "user_metadata": ["apiKey": "hidden", "plan": "full"], "extra": 1],
                ["email": "y5@x.example", "refresh_token": ["value": "hidden-token"]],
                ["email": "y6@x.example", "picture": "https://jane:hidden-word@pics.example/6"],
            ])
        #expect(job["summary"]?["failed"] == 6, "\(job)")
        let errors = try await tenant.send(.get, "/jobs/\(job["id"]?.string ?? "")/errors").body
        #expect(errors.array?.count == 6 && !errors.text().contains("hidden"), "\(errors.text())")
        #expect(errors.array?.last?["user"]?["picture"] == "https://*****@pics.example/6")
        #expect(errors.array?.first?["user"] == ["email": "y1@x.example", "password": "*****"])
        // What is no secret helps to find the row again.
        #expect(errors.array?[3]["user"]?["user_metadata"] == ["apiKey": "*****", "plan": "full"])
        let refusal = errors.array?[2]["errors"]?.array?.first
        #expect(refusal?["path"] == "custom_password_hash.algorithm")
        #expect(refusal?["message"]?.string?.contains("No enum match for: *****") == true, "\(errors.text())")
    }

    @Test("uploads without a file, a connection or a form are refused")
    func refusals() async throws {
        let tenant = try await TestTenant()
        #expect(try await tenant.startImport(nil).status == 400)
        #expect(try await tenant.startImport("[]", [("upsert", "maybe")]).status == 400)
        #expect(try await tenant.startImport("[]", [("nonsense", "1")]).status == 400)
        let json = try await tenant.send(.post, "/jobs/users-imports", ["users": []])
        #expect(json.status == 415 && json.message == "Unsupported Media Type: expected multipart/form-data")
        let form = try await tenant.send(.post, "/clients", ["name": "App"], contentType: "text/plain")
        #expect(form.status == 415 && form.message == "Unsupported Media Type: expected application/json")
        let cut = try await tenant.send(
            .post, "/jobs/users-imports", bytes: Array(TestTenant.importForm([], file: "[]").dropLast(20)),
            authorization: ["Bearer \(try tenant.token())"],
            contentType: "multipart/form-data; boundary=\(TestTenant.boundary)")
        #expect(cut.status == 400)
        #expect(try await tenant.send(.get, "/jobs/job_nothing").status == 404)
        #expect(try await tenant.send(.get, "/jobs/job_nothing", scopes: ["read:clients"]).status == 403)
    }

    @Test("an import goes on where it was when it was interrupted")
    func resuming() async throws {
        let tenant = try await TestTenant()
        let users = (0..<2_500).map { JSON.object(["email": .string("u\($0)@x.example")]) }
        let reply = try await tenant.startImport(JSON.array(users).text())
        let pool = BoundedPool(name: "jobs", threads: 2, queue: 100)
        let runner = JobRunner(files: tenant.jobFiles, pool: pool)
        // Cut off some time in the middle.
        let first = Task { try await runner.runNext(in: tenant.shard) }
        while try await tenant.shard.read({ try $0.users.count(connection: nil) }) == 0 { await Task.yield() }
        first.cancel()
        _ = try? await first.value
        await pool.shutdown()
        try await tenant.runJobs()
        let job = try await tenant.send(.get, "/jobs/\(reply.body["id"]?.string ?? "")").body
        #expect(job["summary"] == ["failed": 0, "updated": 0, "inserted": 2500, "total": 2500], "\(job)")
        #expect(try await tenant.shard.read { try $0.users.count(connection: nil) } == 2_500)
    }

    @Test("what was exported can be imported again, and is the same")
    func roundTrip() async throws {
        let tenant = try await TestTenant()
        let users = (0..<300).map { number -> JSON in
            [
                "email": .string("u\(number)@x.example"), "user_id": .string("id-\(number)"),
                "email_verified": .bool(number % 2 == 0), "given_name": .string("Zoë \"\(number)\" 日本"),
                "user_metadata": ["n": .int(number), "list": [1, "two", nil]], "blocked": .bool(number % 7 == 0),
            ]
        }
        _ = try await tenant.importing(users)
        let exported = try await tenant.exported(
            [
                "format": "json",
                "fields": [
                    ["name": "email"], ["name": "identities[0].user_id", "export_as": "user_id"],
                    ["name": "email_verified"], ["name": "given_name"], ["name": "user_metadata"], ["name": "blocked"],
                ],
            ])
        let lines = exported.split(separator: "\n").map { try? JSON.parse(String($0)) }
        #expect(lines.count == 300 && Set(lines.compactMap(\.self)) == Set(users))

        let other = try await TestTenant()
        _ = try await other.importing(lines.compactMap(\.self))
        let again = try await other.exported(
            ["format": "json", "fields": [["name": "email"], ["name": "user_metadata"]]])
        #expect(again.split(separator: "\n").count == 300)
    }

    @Test("a CSV has a header, and no cell that a spreadsheet would run (M9)")
    func csv() async throws {
        let tenant = try await TestTenant()
        _ = try await tenant.importing(
            [["email": "a@x.example", "given_name": "=cmd()|'/c calc'!A1", "nickname": "say \"x\""]])
        let text = try await tenant.exported(
            [
                "fields": [
                    ["name": "email"], ["name": "given_name", "export_as": "Name"], ["name": "nickname"],
                    ["name": "nothing"],
                ]
            ])
        #expect(
            text
                == "\"email\",\"Name\",\"nickname\",\"nothing\"\r\n\"a@x.example\",\"'=cmd()|'/c calc'!A1\",\"say \"\"x\"\"\",\r\n"
        )
    }

    @Test("a verification mail is a job")
    func verification() async throws {
        let tenant = try await TestTenant()
        _ = try await tenant.importing([["email": "a@x.example", "user_id": "a"]])
        let reply = try await tenant.send(.post, "/jobs/verification-email", ["user_id": "auth0|a"])
        #expect(reply.status == 201 && reply.body["type"] == "verification_email")
        #expect(try await tenant.eventCount("svr") == 1)
        try await tenant.runJobs()
        #expect(try await tenant.send(.get, "/jobs/\(reply.body["id"]?.string ?? "")").body["status"] == "completed")
        #expect(try await tenant.send(.post, "/jobs/verification-email", ["user_id": "auth0|no"]).status == 404)
        let client = try await tenant.makeClient("App")
        for (id, status) in [(client, 201), ("nobody", 404)] {
            let named = try await tenant.send(
                .post, "/jobs/verification-email", ["user_id": "auth0|a", "client_id": .string(id)])
            #expect(named.status == status && (status == 201 || named.errorCode == "inexistent_client"))
        }
        #expect(try await tenant.eventCount("svr") == 2, "what is refused sends nothing")
        #expect(try await tenant.lastEvent("svr")?["client_id"]?.string == client)
    }
}

@Suite("Multipart forms")
struct MultipartTests {
    private let body = Array(
        """
        --x\r\nContent-Disposition: form-data; name="a"\r\n\r\none\r\n--x\r\nContent-Disposition: form-data; \
        name="f"; filename="u.json"\r\nContent-Type: application/json\r\n\r\n[\r\n--\r\n--y]\r\n--x--\r\n
        """.utf8)

    @Test("are read the same, however they are cut", arguments: [1, 2, 3, 5, 7, 16, 1_000])
    func pieces(_ size: Int) throws {
        var reader = try #require(MultipartReader(contentType: "multipart/form-data; boundary=\"x\""))
        var file: [UInt8] = []
        var fields: [String: String] = [:]
        for start in stride(from: 0, to: body.count, by: size) {
            for event in try reader.read(body[start..<min(start + size, body.count)]) {
                switch event {
                case .field(let name, let value): fields[name] = value
                case .fileBytes(let bytes): file += bytes
                case .fileBegins, .fileEnds: break
                }
            }
        }
        #expect(reader.isComplete && fields == ["a": "one"])
        #expect(String(decoding: file, as: UTF8.self) == "[\r\n--\r\n--y]")
    }

    @Test("without end are refused before they fill the memory")
    func endless() throws {
        var reader = try #require(MultipartReader(contentType: "multipart/form-data; boundary=x"))
        #expect(throws: MultipartReader.Failure.self) {
            for _ in 0..<100 { _ = try reader.read([UInt8](repeating: 65, count: 1_000)) }
        }
        #expect(MultipartReader(contentType: "multipart/form-data") == nil)
    }
}
