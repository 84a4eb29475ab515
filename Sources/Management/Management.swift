import HTTPTypes
import Hummingbird
import Tenancy
import TenantHTTP

/// What the Management API needs besides the tenant of each request.
public struct ManagementServices: Sendable {
    public let passwordHasher: PasswordHasher
    public let rateLimiting: RateLimiting
    /// Where uploads and exports lie.
    public let jobFiles: JobFiles
    /// Told, inside the transaction that queues a job and after it, that the tenant has work waiting.
    public let jobQueued: @Sendable (TenantID) -> Void
    /// Told, inside the transaction, that the tenant's log streams have changed.
    public let logStreamsChanged: @Sendable (TenantID) -> Void

    public init(
        passwordHasher: PasswordHasher, rateLimiting: RateLimiting = .off, jobFiles: JobFiles,
        jobQueued: @escaping @Sendable (TenantID) -> Void = { _ in },
        logStreamsChanged: @escaping @Sendable (TenantID) -> Void = { _ in }
    ) {
        self.passwordHasher = passwordHasher
        self.rateLimiting = rateLimiting
        self.jobFiles = jobFiles
        self.jobQueued = jobQueued
        self.logStreamsChanged = logStreamsChanged
    }
}

/// Paths that take files too big to be collected before they are answered.
public let managementUploadPaths = ["/api/v2\(JobResource.importPath)"]

/// Adds `/api/v2` (spec 03) to the router.
public func addManagementRoutes(to router: Router<TenantContext>, services: ManagementServices) {
    for (path, routes) in Dictionary(grouping: managementRoutes, by: \.path) {
        let fullPath = RouterPath("/api/v2\(path)")
        for route in routes {
            let pipeline = Pipeline(route: route, services: services)
            router.on(fullPath, method: route.method) { await pipeline.respondWithinLimit(to: $0, $1) }
            guard route.method == .get else { continue }
            // RFC 9110 §9.3.2: HEAD is GET without the content.
            router.on(fullPath, method: .head) {
                await pipeline.respondWithinLimit(to: $0, $1).createHeadResponse()
            }
        }
        let allowed = routes.map(\.method)
        let refusal = ManagementError.methodNotAllowed(allowed.map(\.rawValue).sorted())
        for method in knownMethods where !allowed.contains(method) {
            router.on(fullPath, method: method) { _, _ in refusal.response }
        }
    }
    ExportDownload(files: services.jobFiles).addRoute(to: router)
    for method in knownMethods {
        for path: RouterPath in ["/api/v2", "/api/v2/**"] {
            router.on(path, method: method) { _, _ in ManagementError.unknownEndpoint.response }
        }
    }
}

private let knownMethods: [HTTPRequest.Method] = [.get, .post, .put, .patch, .delete]

/// The table of all endpoints.
let managementRoutes: [Route] =
    ClientResource.routes + ConnectionResource.routes + UserResource.routes + LogResource.routes
    + ResourceServerResource.routes + ClientGrantResource.routes
    + GuardianResource.routes
    + LogRetentionResource.routes + LogStreamResource.routes
    + StatsResource.routes + JobResource.routes
