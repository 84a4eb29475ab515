import Foundation
import Tenancy

/// The files of jobs on disk: `ROOT/TENANT/JOB.json` that was uploaded, `ROOT/TENANT/JOB.gz` that can be fetched. A
/// tenant's folder is also the mark that it may have work: it is made before a job is committed, so that after a restart
/// only those tenants are looked at.
public struct JobFiles: Sendable {
    let root: String

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

    /// Forgets exports that nobody fetched in time, and the folder of a tenant that has nothing left.
    public func tidy(_ tenant: TenantID, olderThan age: TimeInterval) {
        let manager = FileManager.default
        for name in (try? manager.contentsOfDirectory(atPath: folder(tenant))) ?? [] where name.hasSuffix(".gz") {
            let path = "\(folder(tenant))/\(name)"
            let changed = (try? manager.attributesOfItem(atPath: path))?[.modificationDate] as? Date
            if let changed, changed.timeIntervalSinceNow < -age { unlink(path) }
        }
        // Only an empty one goes.
        rmdir(folder(tenant))
    }

    /// Forgets everything of a tenant that is gone.
    public func remove(_ tenant: TenantID) { try? FileManager.default.removeItem(atPath: folder(tenant)) }

    private func folder(_ tenant: TenantID) -> String { "\(root)/\(tenant.value)" }
}
