import HTTPTypes
import Hummingbird
import StrictJSON
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
    /// Asks the identity providers of connections what they publish about themselves.
    public let discovery: ProviderDiscovery

    public init(
        passwordHasher: PasswordHasher, rateLimiting: RateLimiting = .off, jobFiles: JobFiles,
        jobQueued: @escaping @Sendable (TenantID) -> Void = { _ in }, discovery: ProviderDiscovery = .none
    ) {
        self.passwordHasher = passwordHasher
        self.rateLimiting = rateLimiting
        self.jobFiles = jobFiles
        self.jobQueued = jobQueued
        self.discovery = discovery
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
                await pipeline.respondWithinLimit(to: $0, $1).headOnly
            }
        }
        let methods = PathMethods(declared: routes.map(\.method))
        let preflight = CrossOriginPreflight(policy: Pipeline.crossOrigin, methods: methods.answered)
        router.on(fullPath, method: .options) { await preflight.respond(to: $0, $1, services.rateLimiting) }
        methods.refuseOthers(at: fullPath, in: router)
    }
    ExportDownload(files: services.jobFiles).addRoute(to: router)
    addDescription(to: router)
    for path in pathsWithoutEndpoint {
        PathMethods.answerAll(at: RouterPath(path), in: router, with: .unknownEndpoint)
    }
}

/// Adds what the API tells of itself. Pages have no business with it, so that `OPTIONS` is no preflight here.
private func addDescription(to router: Router<TenantContext>) {
    let path = OpenAPIDocument.path
    let methods = PathMethods(declared: [.get])
    let contentType = "application/json; charset=utf-8"
    router.on(path, method: .get) { _, _ in Response.bytes(description, status: .ok, contentType: contentType) }
    router.on(path, method: .head) { _, _ in
        Response.bytes(description, status: .ok, contentType: contentType).headOnly
    }
    router.on(path, method: .options) { _, _ in
        Response(status: .noContent, headers: [.allow: methods.allowed.joined(separator: ", ")])
    }
    methods.refuseOthers(at: path, in: router)
}

/// Written once: anybody may ask for it.
private let description = JSON.object(OpenAPIDocument(managementRoutes).json).bytes()

/// What lies between, beside and below the endpoints. The router does not come back from a branch it has taken, so each
/// branch says for itself that it ends.
private var pathsWithoutEndpoint: [String] {
    let endpoints = Set(managementRoutes.map(\.path))
    var branches: Set<String> = [""]
    for path in endpoints {
        let segments = path.split(separator: "/")
        for length in 1...segments.count { branches.insert("/" + segments.prefix(length).joined(separator: "/")) }
    }
    // Where an id follows, everything follows.
    let leaves = branches.filter { branch in !branches.contains { $0.hasPrefix("\(branch)/:") } }
    return branches.subtracting(endpoints).map { "/api/v2\($0)" } + leaves.map { "/api/v2\($0)/**" }
}

/// The table of all endpoints.
let managementRoutes: [Route] =
    ClientResource.routes + ConnectionResource.routes + UserResource.routes + LogResource.routes
    + ResourceServerResource.routes + ClientGrantResource.routes
    + GuardianResource.routes
    + LogRetentionResource.routes + LogStreamResource.routes + StatsResource.routes + JobResource.routes
    + UserPasskeys.routes + configurationRoutes + accountRoutes + laterRoutes

/// What decides how the tenant works.
private let configurationRoutes: [Route] =
    TenantSettingsResource.routes + EmailProviderResource.routes + EmailTemplateResource.routes + RuleResource.routes
    + RuleConfigResource.routes + HookResource.routes + CustomDomainResource.routes + SigningKeyResource.routes

/// What is about single people and their devices.
private let accountRoutes: [Route] =
    GrantResource.routes + DeviceCredentialResource.routes + BlacklistResource.routes + BlockResource.routes
    + TicketResource.routes + SessionResource.routes + RefreshTokenResource.routes

/// What came after 2017: groups of people, and how the pages look.
private let laterRoutes: [Route] =
    RoleResource.routes + PermissionRoutes.ofUsers + OrganizationResource.routes + BrandingResource.routes
    + PromptResource.routes + AttackProtectionResource.routes + RiskAssessmentResource.routes
    + PhoneProviderResource.routes + PhoneTemplateResource.routes + storedRoutes

/// What is kept for tools that write it, and executed by nothing yet.
private let storedRoutes: [Route] =
    ActionResource.routes + FormResource.routes + FlowResource.routes + NetworkACLResource.routes
    + EventStreamResource.routes + SelfServiceProfileResource.routes + TokenExchangeProfileResource.routes
    + UserAttributeProfileResource.routes + EncryptionKeyResource.routes
