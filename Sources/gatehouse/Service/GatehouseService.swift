import Authentication
import Foundation
import Gateway
import Hummingbird
import Logging
import Management
import Messaging
import Metrics
import NIOCore
import Operator
import ServiceLifecycle
import Tenancy
import TenantHTTP

/// The wiring: every part of the service is made here once and handed to those that use it.
struct GatehouseService: Sendable {
    let configuration: ServiceConfiguration
    let data: DataDirectory
    let logger: Logger

    /// Runs until it is told to end.
    func run() async throws {
        OpenFileLimit.raise()
        try NamedFileCheck(configuration).run()
        try ListenerCheck(configuration).run()
        let metrics = PrometheusMetrics()
        MetricsSystem.bootstrap(metrics)
        let readiness = Readiness()
        let pools = WorkPools(cores: ProcessInfo.processInfo.activeProcessorCount)
        let directory = try openDirectory()
        let shards = try shardPool(pools)
        let spareKeys = SpareKeys(target: configuration.spareKeys)
        let registry = TenantRegistry(directory: directory, shards: shards, spareKeys: spareKeys, logger: logger)
        let certificates = try certificateStore(directory)
        metrics.addServiceProbes(directory: directory, shards: shards, spareKeys: spareKeys)

        let logoutNotices = LogoutNoticeService(
            directory: directory, shards: shards, egress: configuration.egress, logger: logger)
        let logStreams = LogStreamService(
            directory: directory, shards: shards, egress: configuration.egress, logger: logger)
        let providers = ProviderDocumentReader(egress: configuration.egress, logger: logger)
        let jobFiles = JobFiles(root: data.jobsFolder)
        let jobs = JobService(directory: directory, shards: shards, files: jobFiles, logger: logger)
        let announcer = Announcer(configuration: configuration, data: data, readiness: readiness, logger: logger)
        let gateway = Gateway(
            configuration: GatewayConfiguration(
                bindAddress: configuration.bindAddress.text, httpsPort: configuration.httpsPort,
                httpPort: configuration.httpPort, publicPort: configuration.publicPort, limits: Self.publicLimits),
            directory: directory, shards: shards, certificates: certificates,
            responder: try responder(pools: pools, jobs: jobs, jobFiles: jobFiles, discovery: providers.discovery),
            logger: logger,
            onReady: { announcer.publicListenersOpened($0) })
        let admin = try adminService(
            AdminServices(
                registry: registry, certificates: certificates, metrics: metrics, readiness: readiness,
                domainVerifier: ResolverDomainVerifier(), transferFolder: data.transferFolder,
                deletionGraceSeconds: Int64(configuration.deletionGraceDays) * 86_400,
                defaultDeployment: configuration.deployment.defaultDeployment, logger: logger),
            onReady: { announcer.adminListenerOpened(port: $0) })

        let messages = MessageDispatcher(
            directory: directory, shards: shards,
            configuration: MessagingConfiguration(
                server: configuration.mailServer, authorityFile: configuration.mailAuthorityFile,
                sender: configuration.mailSender, outboxFolder: data.outboxFolder, egress: configuration.egress),
            logger: logger)

        defer { announcer.withdraw() }
        try await serve([
            logoutNotices, logStreams, jobs, messages, admin, gateway,
            HouseKeeping(registry: registry, shards: shards, spareKeys: spareKeys, logger: logger),
            CertificateReload(certificates: certificates, logger: logger), DrainNotice(readiness: readiness),
        ])
        await providers.shutdown()
        for pool in [pools.hashing, pools.searching, pools.database] { await pool.shutdown() }
    }

    private func openDirectory() throws -> Tenancy.Directory {
        do {
            return try Tenancy.Directory(
                path: data.directoryFile, baseDomains: configuration.baseDomains, regions: configuration.regions)
        } catch let error as DirectoryFileError {
            let status: ExitStatus =
                switch error {
                case .damaged: .configuration
                case .unusable: .unreadableInput
                }
            throw CommandFailure(status, "\(error)")
        }
    }

    private func shardPool(_ pools: WorkPools) throws(CommandFailure) -> ShardPool {
        do {
            return try ShardPool(
                root: data.tenantsFolder, capacity: configuration.openShards, pools: pools, logger: logger)
        } catch {
            throw CommandFailure(
                .unwritableOutput, "the folder of the tenants, \(data.tenantsFolder), cannot be used: \(error)")
        }
    }

    private func certificateStore(_ tenants: Directory) throws -> CertificateStore {
        do {
            return try CertificateStore(
                dataDirectory: data.path, tenants: tenants,
                issuesDevelopmentCertificates: configuration.issuesDevelopmentCertificates, logger: logger)
        } catch let error as AuthorityError {
            let status: ExitStatus =
                switch error {
                case .unreadable: .unreadableInput
                case .notWritable: .unwritableOutput
                case .missing, .damaged, .keyDoesNotMatch: .configuration
                }
            throw CommandFailure(status, "\(error)")
        }
    }

    /// What tenants serve: the Authentication API with its pages, and the Management API.
    private func responder(
        pools: WorkPools, jobs: JobService, jobFiles: JobFiles, discovery: ProviderDiscovery
    ) throws -> some HTTPResponder<TenantContext> {
        let hasher = try PasswordHasher(
            cost: configuration.passwordCost, pool: pools.hashing, lists: try passwordLists())
        let router = Router(context: TenantContext.self)
        let limits = configuration.rateLimiting
        addAuthenticationRoutes(
            to: router,
            services: AuthenticationServices(passwordHasher: hasher, rateLimiting: limits))
        addManagementRoutes(
            to: router,
            services: ManagementServices(
                passwordHasher: hasher, rateLimiting: limits, jobFiles: jobFiles, jobQueued: { jobs.wake($0) },
                discovery: discovery))
        return router.buildResponder()
    }

    /// Whoever imports users sends a big file; everything else a tenant is asked for is small.
    private static let publicLimits: HTTPLimits = {
        var limits = HTTPLimits()
        limits.uploads = managementUploadPaths.map {
            HTTPLimits.Upload(path: $0, body: 1_100 << 20, timeout: .hours(1))
        }
        return limits
    }()

    /// The lists of passwords nobody is to have, from the operator's files.
    private func passwordLists() throws(CommandFailure) -> PasswordLists {
        var common: Set<String> = []
        if let path = configuration.commonPasswordsFile {
            guard let text = try? String(contentsOfFile: path, encoding: .utf8) else {
                throw CommandFailure(.unreadableInput, "\(path): the common passwords cannot be read")
            }
            common = PasswordLists.common(in: text)
        }
        var breached: BreachedPasswords?
        if let path = configuration.breachedPasswordsFile {
            breached = BreachedPasswords(path: path)
            guard breached != nil else {
                throw CommandFailure(
                    .unreadableInput, "\(path): it is no file of SHA-1 hashes in hexadecimal, one a line, sorted")
            }
        }
        return PasswordLists(common: common, breached: breached)
    }

    private func adminService(
        _ services: AdminServices, onReady: @escaping @Sendable (Int) -> Void
    ) throws -> any Service {
        let token: String
        do {
            token = try AdminToken.load(path: data.adminTokenFile)
        } catch {
            throw CommandFailure(.unreadableInput, "the operator's token cannot be used: \(error)")
        }
        let address = configuration.adminBindAddress
        let access = AdminAccess(
            token: token, hosts: (address.isEvery ? [] : [address.host]) + configuration.adminHosts)
        let context = try services.certificates.listenerContext(
            dnsNames: access.certificateNames, applicationProtocols: ["http/1.1"])
        var limits = HTTPLimits()
        // Backups come in whole.
        limits.body = 64 << 30
        limits.bodyTimeout = .hours(1)
        let port = configuration.adminPort
        return Application(
            router: makeAdminRouter(services: services, access: access),
            server: .tls(context: context, limits: limits),
            configuration: .init(address: .hostname(address.text, port: port)),
            onServerRunning: { onReady($0.localAddress?.port ?? port) },
            logger: logger)
    }

    /// SIGTERM and SIGINT end the services in order, the last of the list first.
    private func serve(_ services: [any Service]) async throws {
        var group = ServiceGroupConfiguration(
            services: services, gracefulShutdownSignals: [.sigterm, .sigint], logger: logger)
        group.maximumGracefulShutdownDuration = .seconds(25)
        do {
            try await ServiceGroup(configuration: group).run()
        } catch let error as IOError where [EADDRINUSE, EACCES, EADDRNOTAVAIL].contains(error.errnoCode) {
            // The listeners were free a moment ago: somebody came in between.
            let ports = [configuration.httpsPort, configuration.httpPort, configuration.adminPort].map(String.init)
            throw CommandFailure(
                .failed,
                "cannot listen on one of the ports \(ports.joined(separator: ", ")): "
                    + "\(String(cString: strerror(error.errnoCode))); choose others with --https-port, --http-port "
                    + "and --admin-port")
        }
    }
}
