import Foundation
import OpenSSL
import StrictJSON
import Tenancy
import Testing

@testable import Management

/// Imports and exports from the request to their end.
extension TestTenant {
    static let boundary = "----b0undary"

    static func importForm(_ fields: [(String, String)], file: String?) -> [UInt8] {
        var text = ""
        for (name, value) in fields {
            text += "--\(boundary)\r\nContent-Disposition: form-data; name=\"\(name)\"\r\n\r\n\(value)\r\n"
        }
        if let file {
            text += "--\(boundary)\r\nContent-Disposition: form-data; name=\"users\"; filename=\"users.json\"\r\n"
            text += "Content-Type: application/json\r\n\r\n\(file)\r\n"
        }
        return Array("\(text)--\(boundary)--\r\n".utf8)
    }

    func connectionID() async throws -> String {
        try #require(try await shard.read { try $0.connections.find(name: Connection.defaultDatabaseName) }).id
    }

    func startImport(
        _ file: String?, _ fields: [(String, String)] = [], scopes: [String] = SystemScopes.all
    ) async throws -> Reply {
        try await send(
            .post, "/jobs/users-imports",
            bytes: Self.importForm([("connection_id", try await connectionID())] + fields, file: file),
            authorization: ["Bearer \(try token(scopes: scopes))"],
            contentType: "multipart/form-data; boundary=\(Self.boundary)")
    }

    func runJobs() async throws {
        let pool = BoundedPool(name: "jobs", threads: 2, queue: 100)
        let runner = JobRunner(files: jobFiles, pool: pool)
        while try await runner.runNext(in: shard) {}
        await pool.shutdown()
    }

    /// Imports users; the job as it ended.
    func importing(_ users: [JSON], _ fields: [(String, String)] = []) async throws -> JSON {
        let reply = try await startImport(JSON.array(users).text(), fields)
        #expect(reply.status == 202, "\(reply.body)")
        try await runJobs()
        return try await send(.get, "/jobs/\(reply.body["id"]?.string ?? "")").body
    }

    /// Runs an export, and gets its file.
    func exported(_ body: JSONObject) async throws -> String {
        var body = body
        body["connection_id"] = .string(try await connectionID())
        let reply = try await send(.post, "/jobs/users-exports", .object(body))
        #expect(reply.status == 200 && reply.body["status"] == "pending", "\(reply.body)")
        try await runJobs()
        let path = "/jobs/\(reply.body["id"]?.string ?? "")"
        #expect(try await send(.get, path, scopes: ["create:users"]).body["location"] == nil)
        let location = try #require(try await send(.get, path).body["location"]?.string)
        let bytes = try #require(try await download(location))
        for wrong in [location + "0", location.replacing("job_", with: "jbo_")] {
            #expect(try await download(wrong) == nil)
        }
        wait(seconds: 61)
        #expect(try await download(location) == nil, "an address is good for a minute")
        let file = NSTemporaryDirectory() + SecureRandom.hex(byteCount: 8) + ".gz"
        defer { unlink(file) }
        try Data(bytes).write(to: URL(fileURLWithPath: file))
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = ["gzip", "-dc", file]
        let output = Pipe()
        process.standardOutput = output
        try process.run()
        let text = try output.fileHandleForReading.readToEnd() ?? Data()
        process.waitUntilExit()
        #expect(process.terminationStatus == 0)
        return String(decoding: text, as: UTF8.self)
    }
}
