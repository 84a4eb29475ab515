import Foundation
import StrictJSON
import Tenancy

/// Writes the users of a connection, or of all, to a file that can be fetched (spec 03 §9). One page of users is in memory;
/// after a restart it begins anew.
struct UsersExport: Sendable {
    let files: JobFiles
    let pool: BoundedPool

    private static let page = 500

    func run(_ job: Job, in shard: Shard) async throws {
        let format = ExportFormat(job.document)
        let path = files.export(job.id, of: shard.tenantID)
        let connections =
            if let name = job.document["connection"]?.string { [name] } else {
                try await shard.read { try $0.connections.names() }
            }
        let limit = job.document["limit"]?.int ?? Int.max
        try files.prepare(shard.tenantID)
        let file = try await pool.run { try GzipWriter(path: path, beginning: format.header) }
        var count = 0
        for connection in connections where count < limit {
            var last = ""
            while count < limit {
                try Task.checkCancellation()
                let (after, size) = (last, min(Self.page, limit - count))
                let users = try await shard.read {
                    try $0.users.after(after, connection: connection, limit: size)
                }
                guard let end = users.last?.userID else { break }
                let view = UserView(showsProviderTokens: false)
                try await pool.run { try file.write(users.map { format.line(view.document($0)) }.joined()) }
                last = end
                count += users.count
            }
        }
        try await pool.run { try file.finish() }
        var document = job.document
        document["summary"] = ["total": .int(count)]
        document["percentage_done"] = 100
        let finished = job.replacing(status: .completed, document: document)
        let now = shard.now
        try await shard.write { try $0.jobs.update(finished, at: now) }
        files.tidy(shard.tenantID)
    }
}
