import Foundation
import Synchronization
import Tenancy

/// The files of jobs on disk: `ROOT/TENANT/JOB.json` that was uploaded, `ROOT/TENANT/JOB.gz` that can be fetched. A
/// tenant's folder is also the mark that it may have work: it is made before a job is committed, so that after a restart
/// only those tenants are looked at.
public struct JobFiles: Sendable {
    let root: String
    private let making = JobsBeingMade()

    public init(root: String) { self.root = root }

    /// The tenants that may have jobs.
    public func tenants() -> [TenantID] {
        ((try? FileManager.default.contentsOfDirectory(atPath: root)) ?? []).map(TenantID.init)
    }

    /// Makes the tenant's folder, for what only it may read.
    func prepare(_ tenant: TenantID) throws {
        try FileManager.default.createDirectory(
            atPath: folder(tenant), withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
    }

    func upload(_ job: String, of tenant: TenantID) -> String { "\(folder(tenant))/\(job).json" }
    func export(_ job: String, of tenant: TenantID) -> String { "\(folder(tenant))/\(job).gz" }

    /// How long an export may lie before it is thrown away, in seconds.
    private static let exportAge = 3_600.0
    /// Of more exports the oldest go.
    private static let mostExports = 10

    /// Makes a job with the tenant's folder there, and nothing of it thrown away. Throws ``ManagementError/tooManyJobs``
    /// where as many are being made already.
    func making<Value>(
        _ job: String, of tenant: TenantID, atMost limit: Int = .max, _ body: () async throws -> Value
    ) async throws -> Value {
        try making.begin(job, of: tenant, atMost: limit) { try prepare(tenant) }
        defer { making.end(job, of: tenant) }
        return try await body()
    }

    /// Uploads that belong to no request that runs: the rest is for the database to say, which is asked afterwards, so that
    /// what was committed in between is known to it.
    func uploadsAtRest(of tenant: TenantID) -> Set<String> {
        let names = files(of: tenant).filter { $0.hasSuffix(".json") }.map { String($0.dropLast(5)) }
        return Set(names).subtracting(making.jobs(of: tenant))
    }

    func removeUploads(_ jobs: Set<String>, of tenant: TenantID) { for job in jobs { unlink(upload(job, of: tenant)) } }

    /// Forgets exports that nobody fetched in time, or that are too many, and the folder of a tenant that has nothing left.
    func tidy(_ tenant: TenantID) {
        let exports = files(of: tenant).filter { $0.hasSuffix(".gz") }.compactMap {
            name -> (path: String, age: Double)? in
            let path = "\(folder(tenant))/\(name)"
            let changed = (try? FileManager.default.attributesOfItem(atPath: path))?[.modificationDate] as? Date
            return changed.map { (path, -$0.timeIntervalSinceNow) }
        }
        for (position, export) in exports.sorted(by: { $0.age < $1.age }).enumerated()
        where export.age > Self.exportAge || position >= Self.mostExports {
            unlink(export.path)
        }
        // Only an empty one goes, and none that a job is being made in.
        making.whileNone(of: tenant) { _ = rmdir(folder(tenant)) }
    }

    private func files(of tenant: TenantID) -> [String] {
        (try? FileManager.default.contentsOfDirectory(atPath: folder(tenant))) ?? []
    }

    /// Forgets everything of a tenant that is gone.
    public func remove(_ tenant: TenantID) { try? FileManager.default.removeItem(atPath: folder(tenant)) }

    private func folder(_ tenant: TenantID) -> String { "\(root)/\(tenant.value)" }
}

/// The jobs whose requests are under way: their files, and the folder they lie in, are not yet known to the database.
private final class JobsBeingMade: Sendable {
    private let state = Mutex<[TenantID: Set<String>]>([:])

    func begin(_ job: String, of tenant: TenantID, atMost limit: Int, _ prepare: () throws -> Void) throws {
        try state.withLock { state in
            let count = state[tenant]?.count ?? 0
            guard count < limit else { throw ManagementError.tooManyJobs(count) }
            try prepare()
            state[tenant, default: []].insert(job)
        }
    }

    func end(_ job: String, of tenant: TenantID) {
        state.withLock { state in
            state[tenant]?.remove(job)
            if state[tenant]?.isEmpty == true { state[tenant] = nil }
        }
    }

    func jobs(of tenant: TenantID) -> Set<String> { state.withLock { $0[tenant] ?? [] } }

    func whileNone(of tenant: TenantID, _ body: () -> Void) { state.withLock { if $0[tenant] == nil { body() } } }
}
