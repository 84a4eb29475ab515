import Hummingbird
import Logging
import NIOCore
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
        do {
            try await self.serve(self.open())
        } catch {
            // What is being answered may end, unless this task was cancelled.
            await self.census.drain(within: self.configuration.limits.drainTimeout)
            throw error
        }
        await self.census.drain(within: self.configuration.limits.drainTimeout)
    }

    private func open() async throws -> [Listener] {
        let bound = BoundPorts()
        let router = HostRouter(
            directory: self.directory, ports: bound, publicPort: self.configuration.publicPort)
        let channels = self.makeChannels(router)
        let https = try await self.listener(on: self.configuration.httpsPort, channels.https.setUp)
        bound.set(https: https.port)
        var listeners = [https]
        if let port = self.configuration.httpPort {
            do {
                let http = try await self.listener(on: port, channels.http.setUp)
                bound.set(http: http.port)
                listeners.append(http)
            } catch {
                await https.closed()
                throw error
            }
        }
        await self.onReady(bound.ports)
        return listeners
    }

    private func listener(
        on port: Int, _ setUp: @escaping @Sendable (any Channel) throws -> Void
    ) async throws -> Listener {
        try await Listener.open(
            address: self.configuration.bindAddress, port: port, logger: self.logger, setUp: setUp)
    }

    /// Returns once the service is to end and nothing more is accepted.
    private func serve(_ listeners: [Listener]) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            for listener in listeners { group.addTask { try await listener.run() } }
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
