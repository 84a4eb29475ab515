import StrictJSON
import Tenancy

/// Does the jobs that tenants have queued, one of a tenant after the other.
public struct JobRunner: Sendable {
    private let files: JobFiles
    private let pool: BoundedPool

    /// - Parameter pool: threads for reading and writing files.
    public init(files: JobFiles, pool: BoundedPool) {
        self.files = files
        self.pool = pool
    }

    /// Runs the next job of a tenant. Returns false where none waits.
    public func runNext(in shard: Shard) async throws -> Bool {
        // However busy the tenant is: what lies there is bounded at every moment.
        try await tidy(shard)
        guard let job = try await shard.read({ try $0.jobs.nextWaiting() }) else { return false }
        switch job.kind {
        case .usersImport: try await UsersImport(files: files, pool: pool).run(job, in: shard)
        case .usersExport: try await UsersExport(files: files, pool: pool).run(job, in: shard)
        // The mail is in the outbox since the request; the job only says so.
        case .verificationEmail:
            let now = shard.now
            try await shard.write { try $0.jobs.update(job.replacing(status: .completed), at: now) }
        }
        return true
    }

    /// Throws away what nobody will ask for: exports of yesterday, and uploads that a crash cut off before they became jobs.
    private func tidy(_ shard: Shard) async throws {
        let uploads = files.uploadsAtRest(of: shard.tenantID)
        if !uploads.isEmpty {
            let known = try await shard.read { try $0.jobs.unfinished() }
            files.removeUploads(uploads.subtracting(known), of: shard.tenantID)
        }
        files.tidy(shard.tenantID)
    }
}
