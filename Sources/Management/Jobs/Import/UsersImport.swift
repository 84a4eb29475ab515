import Foundation
import StrictJSON
import Synchronization
import Tenancy

/// Imports the users of an uploaded file (spec 03 §9).
///
/// The file is read as a stream; each batch of users is committed together with the place in the file behind it, so an
/// import that is killed goes on exactly where it was.
struct UsersImport: Sendable {
    let files: JobFiles
    let pool: BoundedPool

    /// How many users share a commit: enough to be quick, few enough that a login waits for some hundredths of a second.
    private static let batchSize = 250

    /// How far an import is. It is stored with every batch.
    private struct Progress: Sendable {
        var offset: Int
        var row: Int
        var inserted: Int
        var updated: Int
        var failed: Int

        init(_ document: JSONObject) {
            func number(_ name: String) -> Int { document[name]?.int ?? 0 }
            offset = number("offset")
            row = number("row")
            inserted = number("inserted")
            updated = number("updated")
            failed = number("failed")
        }

        var document: JSONObject {
            [
                "offset": .int(offset), "row": .int(row), "inserted": .int(inserted), "updated": .int(updated),
                "failed": .int(failed),
            ]
        }

        var summary: JSON {
            [
                "failed": .int(failed), "updated": .int(updated), "inserted": .int(inserted),
                "total": .int(inserted + updated + failed),
            ]
        }
    }

    /// A row as it was read.
    private struct Row: Sendable {
        let shown: JSON
        let user: Result<ImportedUser, ImportedUser.Refusal>
    }

    private struct Batch: Sendable {
        var rows: [Row] = []
        var offset = 0
        var isLast = false
        var failure: String?
    }

    /// Runs to the end. What goes wrong with the file ends the job; what goes wrong with the database is thrown, and the
    /// job is tried again.
    func run(_ job: Job, in shard: Shard) async throws {
        let path = files.upload(job.id, of: shard.tenantID)
        var progress = Progress(job.progress)
        let connectionID = job.document["connection_id"]?.string ?? ""
        guard let connection = try await shard.read({ try $0.connections.find(connectionID) }) else {
            return try await finish(job, progress, failure: "The connection does not exist", in: shard)
        }
        let source: Source
        do {
            source = try Source(path: path, offset: progress.offset, connection: connection, size: Self.batchSize)
        } catch {
            return try await finish(job, progress, failure: "The file is gone", in: shard)
        }
        let size = (try? FileManager.default.attributesOfItem(atPath: path)[.size] as? Int) ?? 0
        var batch = try await pool.run { source.next() }
        while true {
            // When the service ends, the next start goes on from here.
            try Task.checkCancellation()
            // While one batch is committed the next is read.
            async let following = pool.run { source.next() }
            let (current, before) = (batch, progress)
            progress = try await shard.write { db in
                try Self.apply(current, to: before, of: job, connection, size: size, in: db, at: shard.now)
            }
            let next = try await following
            if batch.isLast { return try await finish(job, progress, failure: batch.failure, in: shard) }
            batch = next
        }
    }

    /// Reads a file batch by batch, one thread at a time.
    private final class Source: Sendable {
        private let reader: Mutex<JSONArrayReader>
        private let connection: Connection
        private let size: Int

        init(path: String, offset: Int, connection: Connection, size: Int) throws {
            reader = Mutex(try JSONArrayReader(path: path, offset: offset))
            self.connection = connection
            self.size = size
        }

        func next() -> Batch {
            reader.withLock { reader in
                var batch = Batch()
                do {
                    while batch.rows.count < size, let bytes = try reader.next() { batch.rows.append(row(bytes)) }
                    batch.isLast = batch.rows.count < size
                } catch JSONArrayReader.Failure.malformed(let offset) {
                    batch.failure = "The file is no JSON array of users: unexpected content at byte \(offset)"
                } catch JSONArrayReader.Failure.tooLong(let offset) {
                    batch.failure = "The user that ends at byte \(offset) is too long"
                } catch {
                    batch.failure = "The file cannot be read"
                }
                if batch.failure != nil { batch.isLast = true }
                batch.offset = reader.offset
                return batch
            }
        }

        private func row(_ bytes: [UInt8]) -> Row {
            do throws(JSONParseError) {
                guard let object = try JSON.parse(bytes).object else { return Self.malformed("no object") }
                let user = Result { () throws(ImportedUser.Refusal) in
                    try ImportedUser(object, connection: connection)
                }
                return Row(shown: ImportedUser.shown(object), user: user)
            } catch {
                return Self.malformed(error.reason)
            }
        }

        private static func malformed(_ reason: String) -> Row {
            Row(
                shown: [:],
                user: .failure(
                    ImportedUser.Refusal(code: "INVALID_JSON", message: "The row is not valid JSON: \(reason)")))
        }
    }

    // MARK: Committing

    private static func apply(
        _ batch: Batch, to progress: Progress, of job: Job, _ connection: Connection, size: Int,
        in db: TenantDatabase, at now: Timestamp
    ) throws -> Progress {
        var progress = progress
        let upserts = job.document["upsert"]?.bool ?? false
        for row in batch.rows {
            do {
                let user = try row.user.get()
                if try put(user, upserts: upserts, connection, in: db, at: now) {
                    progress.inserted += 1
                } else {
                    progress.updated += 1
                }
            } catch let refusal as ImportedUser.Refusal {
                try db.jobs.add(
                    error: ["user": row.shown, "errors": [refusal.document]], at: progress.row, of: job.id)
                progress.failed += 1
            }
            progress.row += 1
        }
        progress.offset = batch.offset
        var document = job.document
        document["percentage_done"] = .int(size > 0 ? min(99, progress.offset * 100 / size) : 0)
        try db.jobs.update(
            job.replacing(status: .processing, document: document, progress: progress.document), at: now)
        return progress
    }

    /// True where the user is new, false where one was changed. Throws ``ImportedUser/Refusal``.
    private static func put(
        _ row: ImportedUser, upserts: Bool, _ connection: Connection, in db: TenantDatabase, at now: Timestamp
    ) throws -> Bool {
        if let known = try existing(row, connection, db) {
            guard upserts else { throw ImportedUser.Refusal.duplicate }
            guard let user = try db.users.find(known), user.connection == connection.name else {
                throw ImportedUser.Refusal.duplicate
            }
            let draft = UserDraft(attributes: row.attributes)
            do {
                // A password that somebody uses already is not replaced by a file.
                try db.users.update(user.replacing(document: draft.applied(to: user.document), updatedAt: now))
            } catch UserStoreError.alreadyExists {
                throw ImportedUser.Refusal.duplicate
            }
            return false
        }
        let id = row.id ?? User.newDatabaseID()
        var profile = User.databaseProfile(id: id, connection: connection.name, attributes: row.attributes)
        for name in ["phone_number", "phone_verified"] { profile[name] = row.attributes[name] }
        try db.users.insert(
            User(
                userID: "auth0|\(id)", connection: connection.name, document: profile, createdAt: now, updatedAt: now),
            passwordHash: row.passwordHash ?? ImportedUser.noPassword)
        return true
    }

    /// The user that has the id, the address or the name already.
    private static func existing(
        _ row: ImportedUser, _ connection: Connection, _ db: TenantDatabase
    ) throws -> String? {
        if let id = row.id {
            if try db.linkedIdentities.exists("auth0|\(id)") { throw ImportedUser.Refusal.duplicate }
            if let user = try db.users.find("auth0|\(id)") { return user.userID }
        }
        for name in [row.attributes["email"]?.string, row.attributes["username"]?.string] {
            guard let name else { continue }
            if let known = try db.users.credentials(connection: connection.name, login: name) { return known.userID }
        }
        return nil
    }

    /// The contract's mail goes to the tenant's administrators; the address the tenant has given for support is theirs.
    private static func tellTenant(_ job: Job, _ progress: Progress, in db: TenantDatabase, at now: Timestamp) throws {
        guard job.document["send_completion_email"]?.bool == true,
            let address = try db.settings.load()?.document["support_email"]?.string, !address.isEmpty
        else { return }
        let values: JSONObject = [
            "job_id": .string(job.id), "inserted": .int(progress.inserted), "updated": .int(progress.updated),
            "failed": .int(progress.failed),
        ]
        try db.outbox.enqueue(OutgoingMessage(.importCompleted, by: .email, to: address, values: values), at: now)
    }

    private func finish(_ job: Job, _ progress: Progress, failure: String?, in shard: Shard) async throws {
        var document = job.document
        document["summary"] = progress.summary
        document["percentage_done"] = 100
        if let failure { document["status_details"] = .string(failure) }
        let finished = job.replacing(
            status: failure == nil ? .completed : .failed, document: document, progress: progress.document)
        let now = shard.now
        var event = LogEvent(failure == nil ? .successUsersImport : .failedUsersImport, at: now)
        event.description = failure ?? "Users import job completed"
        event.details = ["job_id": .string(job.id), "summary": progress.summary]
        let told = event
        try await shard.write { db in
            try db.jobs.update(finished, at: now)
            try db.logs.append(told)
            try Self.tellTenant(finished, progress, in: db, at: now)
        }
        unlink(files.upload(job.id, of: shard.tenantID))
    }
}
