import Foundation
import HTTPTypes
import StrictJSON
import Tenancy

/// Work that takes its time: `/api/v2/jobs` (spec 03 §9).
enum JobResource {
    static let routes = [importUsers, exportUsers, verifyEmail, show, errors]

    static let importPath = "/jobs/users-imports"

    /// Imports of one tenant that may wait or run.
    private static let mostImports = 2
    /// The same of exports: each is a walk through all users, and a file.
    private static let mostExports = 2

    /// Looked at inside the transaction that adds one more.
    private static func admit(_ kind: Job.Kind, atMost limit: Int, in db: TenantDatabase) throws {
        let count = try db.jobs.countWaiting(kind)
        guard count < limit else { throw ManagementError.tooManyJobs(count, kind) }
    }

    private static func answer(_ job: Job, status: HTTPResponse.Status) -> Answer {
        Answer(status: status, body: .object(document(job)))
    }

    private static func document(_ job: Job) -> JSONObject {
        var document: JSONObject = ["type": .string(job.kind.rawValue), "status": .string(job.status.rawValue)]
        for (name, value) in job.document { document[name] = value }
        document["created_at"] = .string(job.createdAt.iso8601)
        document["id"] = .string(job.id)
        return document
    }

    private static let shown = Schema.shown(
        "The job",
        always: [
            "id": .text("The id", format: .jobID), "type": .text("What is done"),
            "status": .text("How far it is"), "created_at": .moment("When it was asked for"),
        ],
        sometimes: [
            "connection_id": .text("Id of the connection"), "connection": .text("Name of the connection"),
            "upsert": .flag("Whether known users are changed"),
            "send_completion_email": .flag("Whether the tenant is told by email"),
            "external_id": .text("A name of the customer's own"),
            "format": .choice("Of the file", of: ["json", "csv"]),
            "limit": .count("How many users are exported"), "fields": .list("The properties to export", of: field),
            "percentage_done": .integer("How far it is, in percent", in: 0...100),
            "summary": .map("What came of it", of: .count("How many")),
            "status_details": .text("Why it failed"), "location": .text("Where the file is"),
        ]
    ).named("Job")

    private static let field = Schema.object(
        "A property",
        [
            "name": .text("The path of the property", length: 1...512),
            "export_as": .text("Its name in the file", length: 1...512),
        ], required: ["name"])

    // MARK: Import

    private static let form = Schema.object(
        "The import",
        [
            "connection_id": .text("The id of the connection users are imported to", format: .connectionID),
            "upsert": .choice("Whether known users are changed", of: ["true", "false"]),
            "external_id": .text("A name of the customer's own", length: 0...255, format: .withoutControlCharacters),
            "send_completion_email": .choice("Whether the tenant is told by email", of: ["true", "false"]),
        ], required: ["connection_id"])

    private static let importUsers = Route(
        method: .post, path: importPath, access: ["create:users"], operation: "Create import users job",
        successes: [.accepted(shown)], upload: Upload(file: "users", fields: form)
    ) { call in
        let (id, tenant, files) = (Job.newID(), call.shard.tenantID, call.services.jobFiles)
        // Before a gigabyte is read for nothing, and again when it has come.
        try await call.shard.read { try admit(.usersImport, atMost: mostImports, in: $0) }
        let accepted = try await files.making(id, of: tenant, atMost: mostImports) {
            let path = files.upload(id, of: tenant)
            do {
                return try await accept(
                    id,
                    try await UploadedForm(
                        call.request, file: "users", to: path, pool: call.shard.pools.database), call)
            } catch {
                unlink(path)
                throw error
            }
        }
        call.services.jobQueued(tenant)
        return accepted
    }

    private static func accept(_ id: String, _ upload: UploadedForm, _ call: Call) async throws -> Answer {
        let fields = JSONObject(upload.fields.map { ($0.key, .string($0.value)) })
        try form.check(.object(fields))
        // Who may only make users may not change those there are.
        if fields["upsert"] == "true" { try call.caller.require(anyOf: ["update:users"]) }
        guard upload.hasFile else {
            throw Violation(reason: "Missing required property: users", property: "", description: "")
        }
        return try await call.commit { db in
            try admit(.usersImport, atMost: mostImports, in: db)
            let job = try job(id, fields, call, db)
            try db.jobs.insert(job)
            return answer(job, status: .accepted)
        }
    }

    private static func job(_ id: String, _ fields: JSONObject, _ call: Call, _ db: TenantDatabase) throws -> Job {
        guard let connection = try db.connections.find(fields["connection_id"]?.string ?? "") else {
            throw ManagementError.unknownConnection
        }
        guard connection.isDatabase else {
            throw ManagementError.badRequest("Users can be imported to database connections only")
        }
        var document: JSONObject = [
            "connection_id": .string(connection.id), "connection": .string(connection.name),
            "upsert": .bool(fields["upsert"] == "true"),
            "send_completion_email": .bool(fields["send_completion_email"] != "false"),
        ]
        if let name = fields["external_id"]?.string, !name.isEmpty { document["external_id"] = .string(name) }
        return Job(
            id: id, kind: .usersImport, document: document, progress: ["issuer": .string(call.issuer)],
            createdAt: call.now)
    }

    /// Commits a job that has no file yet, with its mark on disk before it.
    private static func committing(
        _ id: String, _ call: Call, _ change: @escaping @Sendable (TenantDatabase) throws -> Answer
    ) async throws -> Answer {
        try await call.services.jobFiles.making(id, of: call.shard.tenantID) { try await call.commit(change) }
    }

    // MARK: Export

    private static let exportUsers = Route(
        method: .post, path: "/jobs/users-exports", access: ["read:users"],
        body: .object(
            "The export",
            [
                "connection_id": .text("The id of the connection whose users are exported", format: .connectionID),
                "format": .choice("The format of the file", of: ["json", "csv"]),
                "limit": .integer("How many users are exported", in: 1...1_000_000_000),
                "fields": .list(
                    "The properties to export",
                    of: field, atMost: 100),
            ]),
        operation: "Create export users job", successes: [.ok(shown)]
    ) { call in
        let id = Job.newID()
        let accepted = try await committing(id, call) { db in
            try admit(.usersExport, atMost: mostExports, in: db)
            var document: JSONObject = [:]
            if let id = call.body["connection_id"]?.string {
                guard let connection = try db.connections.find(id) else { throw ManagementError.unknownConnection }
                document["connection_id"] = .string(id)
                document["connection"] = .string(connection.name)
            }
            document["format"] = call.body["format"] ?? "csv"
            for name in ["limit", "fields"] { if let value = call.body[name] { document[name] = value } }
            let job = Job(id: id, kind: .usersExport, document: document, createdAt: call.now)
            try db.jobs.insert(job)
            return answer(job, status: .ok)
        }
        call.services.jobQueued(call.shard.tenantID)
        return accepted
    }

    // MARK: Verification

    private static let verifyEmail = Route(
        method: .post, path: "/jobs/verification-email", access: ["update:users"],
        body: .object(
            "The verification",
            [
                "user_id": .text("The id of the user to write to", format: .userID),
                "client_id": .text("The client the mail speaks for", format: .clientID),
            ], required: ["user_id"]),
        operation: "Create verification email job",
        failures: { _ in [(.failedEmailVerificationRequest, "Verification email not requested")] },
        successes: [.created(shown)]
    ) { call in
        let id = Job.newID()
        let accepted = try await committing(id, call) { db in
            guard let user = try db.users.find(call.body["user_id"]?.string ?? "") else {
                throw ManagementError.inexistent(.user)
            }
            guard user.email != nil else { throw ManagementError.badRequest("The user has no email address") }
            try call.sendVerification(to: user, in: db)
            let job = Job(id: id, kind: .verificationEmail, document: [:], createdAt: call.now)
            try db.jobs.insert(job)
            return answer(job, status: .created)
        }
        call.services.jobQueued(call.shard.tenantID)
        return accepted
    }

    // MARK: Status

    private static let access: Access = ["create:users", "read:users"]

    private static let show = Route(
        method: .get, path: "/jobs/:id", access: access, idFormat: .jobID, successes: [.ok(shown)]
    ) { call in
        guard let job = try await call.shard.read({ try $0.jobs.find(call.id) }) else {
            throw ManagementError.inexistent(.job)
        }
        var document = document(job)
        // Whoever may only create users is not led to all of them.
        if job.kind == .usersExport, job.status == .completed, call.caller.holds("read:users") {
            let key = try await call.shard.settings().transactionKey
            document["location"] = .string(
                ExportDownload.location(of: job, issuer: call.issuer, key: key, at: call.now))
        }
        return .ok(document)
    }

    /// How many errors one answer shows where no page is asked for: all that are kept.
    private static let mostErrors = JobStore.mostErrorBytes
    private static let errorPaging = Schema.query(
        [
            ("page", .integer("Page index of the results to return. First page is 0.", in: 0...1_000_000)),
            ("per_page", .integer("Number of results per page.", in: 1...1_000)),
        ], required: [])

    private static let errors = Route(
        method: .get, path: "/jobs/:id/errors", access: access, idFormat: .jobID, query: errorPaging,
        successes: [
            .noContent,
            .ok(
                .list(
                    "The users that were refused",
                    of: .shown(
                        "A user",
                        always: [
                            "user": .any("As it stood in the file"),
                            "errors": .list("What was wrong", of: .map("A refusal")),
                        ]), atMost: .max)),
        ]
    ) { call in
        let size = call.query["per_page"]?.int ?? (call.query["page"] == nil ? mostErrors : Paging.defaultPageSize)
        let offset = (call.query["page"]?.int ?? 0) * size
        let found = try await call.shard.read { db -> (job: Job, errors: [JSON])? in
            guard let job = try db.jobs.find(call.id) else { return nil }
            return (job, try db.jobs.errors(of: call.id, offset: offset, limit: size))
        }
        guard let found else { throw ManagementError.inexistent(.job) }
        // A job in which all went well has nothing to show; a page behind the last one is empty.
        return found.errors.isEmpty && offset == 0 ? .deleted : .ok(found.errors)
    }
}
