import Hummingbird
import HummingbirdCore
import Logging
import NIOCore
import NIOPosix
import ServiceLifecycle
import Synchronization
import Tenancy
import TenantHTTP

/// The front server: a TLS listener that leads each host name to its tenant, and a plain one that leads to the
/// first.
///
/// Told to end, it stops accepting, lets the requests in flight finish (HTTP/2 clients are told with GOAWAY), and
/// returns.
public final class Gateway: Service {
    /// The ports the listeners are bound to.
    public struct Ports: Sendable {
        public let https: Int
        public let http: Int?
    }

    private let configuration: GatewayConfiguration
    private let certificates: CertificateStore
    private let logger: Logger
    private let onReady: @Sendable (Ports) async -> Void
    private let makeChannels: @Sendable (HostRouter) -> (https: GatewayChannel, http: PlainChannel)
    private let census: ConnectionCensus
    private let directory: Directory

    public init(
        configuration: GatewayConfiguration, directory: Directory, shards: ShardPool,
        certificates: CertificateStore, responder: some HTTPResponder<TenantContext>, logger: Logger,
        onReady: @escaping @Sendable (Ports) async -> Void = { _ in }
    ) {
        self.configuration = configuration
        self.certificates = certificates
        self.directory = directory
        self.logger = logger
        self.onReady = onReady
        let limits = configuration.limits
        let metrics = GatewayMetrics()
        let census = ConnectionCensus(limit: limits.connectionsPerAddress) { metrics.open($0) }
        self.census = census
        self.makeChannels = { router in
            let tenantResponder = TenantResponder(
                router: router, shards: shards, responder: responder, logger: logger, metrics: metrics)
            let https = GatewayChannel(
                limits: limits, context: { certificates.listener }, census: census,
                edge: EdgeService(router: router, shards: shards, metrics: metrics),
                respond: { await tenantResponder.respond(to: $0, from: $1) })
            let redirect = RedirectResponder(router: router)
            let http = PlainChannel(limits: limits, census: census, respond: { redirect.respond(to: $0) })
            return (https, http)
        }
    }

    public func run() async throws {
        let bound = BoundPorts()
        let router = HostRouter(
            directory: self.directory, ports: bound, publicPort: self.configuration.publicPort)
        let channels = self.makeChannels(router)
        let waiting = ReadyCount(self.configuration.httpPort == nil ? 1 : 2)
        let https = self.server(channels.https, port: self.configuration.httpsPort) { port in
            bound.set(https: port)
            if waiting.arrive() { await self.onReady(bound.ports) }
        }
        let http = self.configuration.httpPort.map { port in
            self.server(channels.http, port: port) { port in
                bound.set(http: port)
                if waiting.arrive() { await self.onReady(bound.ports) }
            }
        }
        try await withGracefulShutdownHandler {
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { try await https.run() }
                if let http { group.addTask { try await http.run() } }
                let rotation = TicketKeyRotation(certificates: self.certificates, logger: self.logger)
                group.addTask { await cancelWhenGracefulShutdown { await rotation.run() } }
                // Neither listener is of use without the other.
                do {
                    while try await group.next() != nil {}
                } catch {
                    group.cancelAll()
                    throw error
                }
            }
        } onGracefulShutdown: {
            let (census, patience) = (self.census, self.configuration.limits.drainTimeout)
            MultiThreadedEventLoopGroup.singleton.any().scheduleTask(in: patience) { census.closeAll() }
        }
    }

    private func server(
        _ channel: some ServerChildChannel, port: Int, onBound: @escaping @Sendable (Int) async -> Void
    ) -> any Service {
        channel.server(
            configuration: .init(
                address: .hostname(self.configuration.bindAddress, port: port), serverName: nil, backlog: 1024),
            onServerRunning: { await onBound($0.localAddress?.port ?? port) },
            eventLoopGroup: MultiThreadedEventLoopGroup.singleton,
            logger: self.logger)
    }
}

/// The ports that turned out, once they are known.
final class BoundPorts: Sendable {
    private let state = Mutex<(https: Int, http: Int?)>((0, nil))

    init(https: Int = 0) { self.set(https: https) }

    var https: Int { self.state.withLock { $0.https } }
    var ports: Gateway.Ports { self.state.withLock { Gateway.Ports(https: $0.https, http: $0.http) } }

    func set(https port: Int) { self.state.withLock { $0.https = port } }
    func set(http port: Int) { self.state.withLock { $0.http = port } }
}

/// Counts listeners until all are there.
private final class ReadyCount: Sendable {
    private let missing: Mutex<Int>
    init(_ count: Int) { self.missing = Mutex(count) }

    /// - Returns: whether this was the last.
    func arrive() -> Bool {
        self.missing.withLock { missing in
            missing -= 1
            return missing == 0
        }
    }
}
