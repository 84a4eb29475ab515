import Gateway
import Hummingbird
import Logging
import NIOCore
import NIOPosix
import OpenSSL
import ServiceLifecycle
import Tenancy
import TenantHTTP
import TenantTesting
import Testing

/// A front server on loopback with a few tenants and an application that tells what reached it.
///
/// `acme` and `globex` live in `us`, another `acme` in `eu`, `idle` is suspended.
final class GatewayFixture: Sendable {
    let tenants: TenantFixture
    let certificates: CertificateStore
    let ports: Gateway.Ports

    private init(tenants: TenantFixture, certificates: CertificateStore, ports: Gateway.Ports) {
        self.tenants = tenants
        self.certificates = certificates
        self.ports = ports
    }

    /// One server for all tests that change nothing about it: making tenants means making RSA keys.
    ///
    /// Its deadlines are longer than ``RawClient`` waits: what comes has not come because of them, and no busy machine
    /// has them end a test.
    private static let shared = Task { () throws -> GatewayFixture in
        let (ready, continuation) = AsyncThrowingStream.makeStream(of: GatewayFixture.self)
        Task {
            do {
                var limits = HTTPLimits()
                limits.handshakeTimeout = .minutes(10)
                limits.headerTimeout = .minutes(10)
                limits.bodyTimeout = .minutes(10)
                limits.idleTimeout = .minutes(10)
                limits.writeTimeout = .minutes(10)
                try await GatewayFixture.runFresh(limits: limits) { server in
                    continuation.yield(server)
                    try await Task.sleep(for: .seconds(3600))
                }
            } catch {
                continuation.finish(throwing: error)
            }
        }
        var iterator = ready.makeAsyncIterator()
        return try #require(await iterator.next())
    }

    /// Gives a test the shared server.
    static func run(_ body: @escaping @Sendable (GatewayFixture) async throws -> Void) async throws {
        try await body(self.shared.value)
    }

    /// Runs a server of its own for the time of `body`.
    static func runFresh(
        limits: HTTPLimits = HTTPLimits(), _ body: @escaping @Sendable (GatewayFixture) async throws -> Void
    ) async throws {
        let tenants = try TenantFixture()
        for name in ["acme", "globex", "idle"] { _ = try await tenants.tenant(name) }
        _ = try await tenants.tenant("acme", region: "eu")
        _ = try await tenants.registry.suspend(tenants.directory.tenant(named: "idle"))
        let logger = Logger(label: "tests") { _ in SwiftLogNoOpLogHandler() }
        let certificates = try CertificateStore(
            dataDirectory: tenants.root, tenants: tenants.directory, logger: logger)
        let (ready, continuation) = AsyncStream.makeStream(of: Gateway.Ports.self)
        let gateway = Gateway(
            configuration: .init(httpsPort: 0, httpPort: 0, limits: limits), directory: tenants.directory,
            shards: tenants.shards, certificates: certificates,
            responder: CallbackResponder<TenantContext>(callback: Self.application), logger: logger,
            onReady: { continuation.yield($0) })
        let group = ServiceGroup(services: [gateway], logger: logger)
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask { try await group.run() }
            var iterator = ready.makeAsyncIterator()
            let ports = try #require(await iterator.next())
            do {
                try await body(GatewayFixture(tenants: tenants, certificates: certificates, ports: ports))
            } catch {
                await group.triggerGracefulShutdown()
                throw error
            }
            await group.triggerGracefulShutdown()
            try await tasks.waitForAll()
        }
    }

    private static let readyMade = ReadyMadePath("ready-made")

    @Sendable private static func application(_ request: Request, _ context: TenantContext) async throws -> Response {
        switch request.uri.path {
        case Self.readyMade.text:
            let answer = EdgeAnswer(
                contentType: "application/json", headers: [("cache-control", "public")],
                body: Array("{\"tenant\":\"\(context.domain)\"}".utf8))
            context.shard.edgeAnswers.publish(answer, domain: context.domain, path: Self.readyMade)
            return Response(status: .created, body: .init(byteBuffer: ByteBuffer(string: "made")))
        case "/length":
            let body = try await request.body.collect(upTo: 2 << 20)
            return Response(status: .ok, body: .init(byteBuffer: ByteBuffer(string: "\(body.readableBytes)")))
        case "/large":
            return Response(status: .ok, body: .init(byteBuffer: ByteBuffer(repeating: 0x61, count: 1 << 20)))
        case "/slow":
            try await Task.sleep(for: .milliseconds(400))
            return Response(status: .ok, body: .init(byteBuffer: ByteBuffer(string: "slow")))
        default:
            let text = "\(request.method) \(request.head.path ?? "") tenant=\(context.shard.tenantName)"
            let rest = " domain=\(context.domain) client=\(context.clientAddress)"
            return Response(status: .ok, body: .init(byteBuffer: ByteBuffer(string: text + rest)))
        }
    }

    // MARK: Talking to it

    var acme: String { "acme.auth0.com" }

    /// Sends bytes over a TLS connection of their own and reads the answers.
    /// - Parameters:
    ///   - answers: how many answers to wait for; the connection's end ends the waiting too.
    func talk(
        _ text: String, serverName: String? = "acme.auth0.com", answers: Int = 1
    ) async throws -> RawClient.Talk {
        try await self.talk([Array(text.utf8)], serverName: serverName, answers: answers)
    }

    func talk(
        _ parts: [[UInt8]], serverName: String? = "acme.auth0.com", answers: Int = 1
    ) async throws -> RawClient.Talk {
        let port = self.ports.https
        return try await NIOThreadPool.singleton.runIfActive {
            let client = try RawClient(port: port, serverName: serverName)
            return try client.talk(parts, answers: answers)
        }
    }

    /// Sends bytes without TLS.
    func talkPlainly(_ text: String) async throws -> RawClient.Talk {
        let port = try #require(self.ports.http)
        return try await NIOThreadPool.singleton.runIfActive {
            try RawClient(plainPort: port).talk([Array(text.utf8)], answers: 1)
        }
    }

    /// Does something with a connection, off the threads the server needs.
    func withClient<Value: Sendable>(
        serverName: String? = "acme.auth0.com", applicationProtocols: [String] = [],
        _ body: @escaping @Sendable (RawClient) throws -> Value
    ) async throws -> Value {
        let port = self.ports.https
        return try await NIOThreadPool.singleton.runIfActive {
            try body(RawClient(port: port, serverName: serverName, applicationProtocols: applicationProtocols))
        }
    }
}
