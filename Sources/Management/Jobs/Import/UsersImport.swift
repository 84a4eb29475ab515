import Foundation
import StrictJSON
import Tenancy

/// Imports the users of an uploaded file (spec 03 §9).
///
/// The file is read as a stream; each batch of users is committed together with the place in the file behind it, so an
/// import that is killed goes on exactly where it was.
struct UsersImport: Sendable {
    let files: JobFiles
    let pool: BoundedPool

    /// How many users share a commit: enough that pages they share are written once, few enough that a login waits for
    /// about a tenth of a second.
    private static let batchSize = 1_000
    /// After how many bytes of the file a batch gets no further user: large users come in small batches.
    static let batchBytes = 1 << 20
    /// How many batches are read before they can be committed: now and then a commit writes the whole log back, and takes as
    /// long as several others. They are in memory, so no more.
    private static let batchesAhead = 4
    /// A file of more bytes is a move of whole peoples, for which the index begins a new run.
    private static let largeFile = 4 << 20

    /// How far an import is. It is stored with every batch.
    private struct Progress: Sendable {
        var offset: Int
        var row: Int
        var inserted: Int
        var updated: Int
        var failed: Int
        /// Bytes of the errors that are kept.
        var errorBytes: Int
        /// Of the domain the import was asked for at; nil in jobs of an earlier version.
        let issuer: String?

        init(_ document: JSONObject) {
            func number(_ name: String) -> Int { document[name]?.int ?? 0 }
            offset = number("offset")
            row = number("row")
            inserted = number("inserted")
            updated = number("updated")
            failed = number("failed")
            errorBytes = number("error_bytes")
            issuer = document["issuer"]?.string
        }

        var document: JSONObject {
            var document: JSONObject = [
                "offset": .int(offset), "row": .int(row), "inserted": .int(inserted), "updated": .int(updated),
                "failed": .int(failed), "error_bytes": .int(errorBytes),
            ]
            if let issuer { document["issuer"] = .string(issuer) }
            return document
        }

        var summary: JSON {
            [
                "failed": .int(failed), "updated": .int(updated), "inserted": .int(inserted),
                "total": .int(inserted + updated + failed),
            ]
        }
    }

    /// A unique name turned out to be taken when half of the row was written: the batch is written again, so that such rows
    /// can be undone one by one.
    struct LateConflict: Error {}

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
            source = try Source(
                path: path, offset: progress.offset, connection: connection, size: Self.batchSize, clock: shard.clock)
        } catch {
            return try await finish(job, progress, failure: "The file is gone", in: shard)
        }
        let size = (try? FileManager.default.attributesOfItem(atPath: path)[.size] as? Int) ?? 0
        let isLarge = size > Self.largeFile
        if isLarge { try await shard.write { try $0.users.beginBulk() } }
        do {
            let failure = try await write(source, &progress, of: job, connection, size: size, in: shard)
            if isLarge { try await shard.write { try $0.users.endBulk() } }
            try await finish(job, progress, failure: failure, in: shard)
        } catch {
            if isLarge { try? await shard.write { try $0.users.endBulk() } }
            throw error
        }
    }

    /// Writes all that is left of the file. Returns what is wrong with it.
    private func write(
        _ source: Source, _ progress: inout Progress, of job: Job, _ connection: Connection, size: Int, in shard: Shard
    ) async throws -> String? {
        var ahead: [Task<Batch, any Error>] = []
        defer { for task in ahead { task.cancel() } }
        while true {
            // While one batch is committed the next ones are read, one after the other.
            while ahead.count < Self.batchesAhead {
                let before = ahead.last
                let reading = Task { [pool] in
                    // Whoever asks for more than there is gets the last one again, and nobody looks at it.
                    if let before = try await before?.value, before.isLast { return before }
                    try Task.checkCancellation()
                    return try await pool.run { source.next() }
                }
                ahead.append(reading)
            }
            let batch = try await ahead.removeFirst().value
            // When the service ends, the next start goes on from here.
            try Task.checkCancellation()
            progress = try await commit(batch, to: progress, of: job, connection, size: size, in: shard)
            if batch.isLast { return batch.failure }
        }
    }

    private func commit(
        _ batch: Batch, to progress: Progress, of job: Job, _ connection: Connection, size: Int, in shard: Shard
    ) async throws -> Progress {
        let writing = { (isCareful: Bool) in
            try await shard.write { db in
                try Self.apply(
                    batch, to: progress, of: job, connection, size: size, isCareful: isCareful, in: db, at: shard.now)
            }
        }
        do { return try await writing(false) } catch is LateConflict { return try await writing(true) }
    }

    // MARK: Committing

    /// - Parameter isCareful: whether each row is written so that it can be undone alone.
    private static func apply(
        _ batch: Batch, to progress: Progress, of job: Job, _ connection: Connection, size: Int, isCareful: Bool,
        in db: TenantDatabase, at now: Timestamp
    ) throws -> Progress {
        var progress = progress
        let before = progress.inserted
        var target = Target(
            connection: connection, upserts: job.document["upsert"]?.bool ?? false, issuer: progress.issuer,
            run: try db.users.bulkRun())
        for (number, row) in batch.rows.enumerated() {
            do {
                let user = try row.user.get()
                if try target.put(user, number, isCareful: isCareful, in: db, at: now) {
                    progress.inserted += 1
                } else {
                    progress.updated += 1
                }
            } catch let refusal as ImportedUser.Refusal {
                let error = ImportError(refusal, row: row.content)
                if progress.errorBytes + error.text.utf8.count <= JobStore.mostErrorBytes {
                    try db.jobs.add(error: error.text, at: progress.row, of: job.id)
                    progress.errorBytes += error.text.utf8.count
                }
                progress.failed += 1
            }
            progress.row += 1
        }
        try target.index(batch, in: db)
        try db.users.noteBulk(of: progress.inserted - before)
        progress.offset = batch.offset
        var document = job.document
        document["percentage_done"] = .int(size > 0 ? min(99, progress.offset * 100 / size) : 0)
        try db.jobs.update(
            job.replacing(status: .processing, document: document, progress: progress.document), at: now)
        return progress
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
