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

    /// How many users share a commit: enough that pages they share are written once, few enough that a login waits for
    /// about a tenth of a second.
    private static let batchSize = 1_000
    /// After how many bytes of the file a batch gets no further user: large users come in small batches.
    private static let batchBytes = 1 << 20
    /// How many batches are read before they can be committed: about as many as a log is long that is written back, which
    /// a commit waits for now and then. They are in memory, so no more.
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

    /// A row as it was read.
    private struct Row: Sendable {
        let content: JSONObject
        let user: Result<ImportedUser, ImportedUser.Refusal>
    }

    /// A unique name turned out to be taken when half of the row was written: the batch is written again, so that such rows
    /// can be undone one by one.
    private struct LateConflict: Error {}

    private struct Batch: Sendable {
        var rows: [Row] = []
        /// Of all rows that are users.
        var terms = BulkTerms([])
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
                    _ = try await before?.value
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

    /// Reads a file batch by batch, one thread at a time.
    private final class Source: Sendable {
        private let reader: Mutex<JSONArrayReader>
        private let connection: Connection
        private let size: Int
        private let clock: Clock

        init(path: String, offset: Int, connection: Connection, size: Int, clock: Clock) throws {
            reader = Mutex(try JSONArrayReader(path: path, offset: offset))
            self.clock = clock
            self.connection = connection
            self.size = size
        }

        func next() -> Batch {
            reader.withLock { reader in
                var batch = Batch()
                var bytes = 0
                do {
                    while batch.rows.count < size, bytes < UsersImport.batchBytes {
                        guard let element = try reader.next() else {
                            batch.isLast = true
                            break
                        }
                        bytes += element.count
                        batch.rows.append(row(element))
                    }
                } catch JSONArrayReader.Failure.malformed(let offset) {
                    batch.failure = "The file is no JSON array of users: unexpected content at byte \(offset)"
                } catch JSONArrayReader.Failure.tooLong(let offset) {
                    batch.failure = "The user that ends at byte \(offset) is too long"
                } catch {
                    batch.failure = "The file cannot be read"
                }
                if batch.failure != nil { batch.isLast = true }
                batch.terms = BulkTerms(batch.rows.map { try? $0.user.get().new })
                batch.offset = reader.offset
                return batch
            }
        }

        private func row(_ bytes: [UInt8]) -> Row {
            do throws(JSONParseError) {
                guard let object = try JSON.parse(bytes).object else { return Self.malformed("no object") }
                let user = Result { () throws(ImportedUser.Refusal) in
                    try ImportedUser(object, connection: connection, at: clock.now)
                }
                return Row(content: object, user: user)
            } catch {
                return Self.malformed(error.reason)
            }
        }

        private static func malformed(_ reason: String) -> Row {
            Row(
                content: [:],
                user: .failure(
                    ImportedUser.Refusal(code: "INVALID_JSON", message: "The row is not valid JSON: \(reason)")))
        }
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

    /// Where users go.
    private struct Target {
        let connection: Connection
        let upserts: Bool
        let issuer: String?
        /// Of the index of users.
        let run: Int
        /// Users that were added and are not indexed yet, with their rows.
        private var added: [String: (user: NewUser, number: Int)] = [:]

        init(connection: Connection, upserts: Bool, issuer: String?, run: Int) {
            self.connection = connection
            self.upserts = upserts
            self.issuer = issuer
            self.run = run
        }

        /// True where the user is new, false where one was changed. Throws ``ImportedUser/Refusal``, and where a row is not
        /// written carefully ``LateConflict``.
        mutating func put(
            _ row: ImportedUser, _ number: Int, isCareful: Bool, in db: TenantDatabase, at now: Timestamp
        ) throws -> Bool {
            let known = try existing(row, db)
            if known != nil, !upserts { throw ImportedUser.Refusal.duplicate }
            // Somebody who comes twice in a batch: what changes in the index has to be there.
            if let known, let earlier = added.removeValue(forKey: known) {
                try db.users.index(earlier.user, run: run)
            }
            do {
                func writing() throws { if let known { try change(known, by: row, db, now) } else { try add(row, db) } }
                if isCareful { try db.users.inSavepoint(writing) } else { try writing() }
            } catch UserStoreError.alreadyExists {
                guard isCareful else { throw LateConflict() }
                throw ImportedUser.Refusal.duplicate
            }
            if known == nil { added[row.new.user.userID] = (row.new, number) }
            return known == nil
        }

        func index(_ batch: Batch, in db: TenantDatabase) throws {
            var isAdded = [Bool](repeating: false, count: batch.rows.count)
            for (_, number) in added.values { isAdded[number] = true }
            try db.users.index(batch.terms, isAdded: isAdded, run: run)
        }

        private func add(_ row: ImportedUser, _ db: TenantDatabase) throws {
            try db.users.insertInBulk(
                row.new, passwordHash: row.passwordHash ?? ImportedUser.noPassword,
                phoneIdentifies: connection.identifiers.contains(.phoneNumber), run: run)
        }

        private func change(_ known: String, by row: ImportedUser, _ db: TenantDatabase, _ now: Timestamp) throws {
            guard let user = try db.users.find(known), user.connection == connection.name else {
                throw ImportedUser.Refusal.duplicate
            }
            // A password that somebody uses already is not replaced by a file.
            let document = UserDraft(attributes: row.attributes).applied(to: user.document)
            let changed = user.replacing(document: document, updatedAt: now)
            try db.users.update(changed)
            // As whoever blocks a user by hand (spec 08 L12).
            if changed.isBlocked, !user.isBlocked {
                try db.endLogins(of: user.userID, issuer: issuer ?? "", at: now)
            }
        }

        /// The user that has the id, the address or the name already.
        private func existing(_ row: ImportedUser, _ db: TenantDatabase) throws -> String? {
            if let id = row.id {
                if try db.linkedIdentities.exists("auth0|\(id)") { throw ImportedUser.Refusal.duplicate }
                if let user = try db.users.find("auth0|\(id)") { return user.userID }
            }
            for name in [row.attributes["email"]?.string, row.attributes["username"]?.string] {
                guard let name else { continue }
                if let known = try db.users.owner(of: name, connection: connection.name) { return known }
            }
            return nil
        }
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
