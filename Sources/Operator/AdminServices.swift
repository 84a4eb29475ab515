import Gateway
import Logging
import Tenancy

/// What the operator's routes need, made once in the wiring.
public struct AdminServices: Sendable {
    public let registry: TenantRegistry
    public let certificates: CertificateStore
    public let metrics: PrometheusMetrics
    public let readiness: Readiness
    public let domainVerifier: any DomainVerifier
    /// Where backups are made and uploads land; on the file system of the data directory, readable by nobody else.
    public let transferFolder: String
    /// How long a deleted tenant can be brought back.
    public let deletionGraceSeconds: Int64
    /// What a tenant is when the operator does not say.
    public let defaultDeployment: Deployment
    public let logger: Logger
    /// Reads and writes whole tenants; threads of its own, so that a large copy keeps no request waiting.
    let transfers = BoundedPool(name: "transfers", threads: 2, queue: 64)

    public init(
        registry: TenantRegistry, certificates: CertificateStore, metrics: PrometheusMetrics, readiness: Readiness,
        domainVerifier: any DomainVerifier, transferFolder: String, deletionGraceSeconds: Int64,
        defaultDeployment: Deployment, logger: Logger
    ) {
        self.registry = registry
        self.certificates = certificates
        self.metrics = metrics
        self.readiness = readiness
        self.domainVerifier = domainVerifier
        self.transferFolder = transferFolder
        self.deletionGraceSeconds = deletionGraceSeconds
        self.defaultDeployment = defaultDeployment
        self.logger = logger
    }

    var directory: Directory { registry.directory }
}
