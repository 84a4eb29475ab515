import Foundation
import Gateway
import HTTPTypes
import Hummingbird
import Logging
import NIOCore
import NIOEmbedded
import OpenSSL
import Operator
import StrictJSON
import Synchronization
import Tenancy
import TenantTesting
import Testing
import WebAddresses

/// The admin port with everything behind it, and no socket before it.
struct AdminFixture: Sendable {
    static let token = "an-operator-token-for-tests-only"

    let tenants: TenantFixture
    let certificates: CertificateStore
    let readiness = Readiness()
    let resolver = FixedResolver()
    let metrics = PrometheusMetrics()
    private let responder: RouterResponder<BasicRequestContext>

    /// - Parameters:
    ///   - root: the data folder of another fixture, as after a restart.
    ///   - hosts: names of the port beside those of loopback.
    init(root: String? = nil, hosts: [String] = []) throws {
        tenants = try TenantFixture(root: root)
        let logger = Logger(label: "tests") { _ in SwiftLogNoOpLogHandler() }
        certificates = try CertificateStore(
            dataDirectory: tenants.root, tenants: tenants.directory, logger: logger)
        let services = AdminServices(
            registry: tenants.registry, certificates: certificates, metrics: metrics, readiness: readiness,
            domainVerifier: resolver, transferFolder: tenants.root + "/transfers", deletionGraceSeconds: 86_400,
            defaultDeployment: .shared, logger: logger)
        let access = AdminAccess(token: Self.token, hosts: try hosts.map { try CanonicalHost(parsing: $0) })
        responder = makeAdminRouter(services: services, access: access).buildResponder()
    }

    struct Answer: Sendable {
        let status: Int
        let headers: HTTPFields
        let bytes: [UInt8]
        var json: JSON { (try? JSON.parse(bytes)) ?? .null }
        var text: String { String(decoding: bytes, as: UTF8.self) }
    }

    /// One request of the operator; nil headers are left out.
    func send(
        _ method: HTTPRequest.Method, _ path: String, _ body: JSON? = nil, bytes: [UInt8]? = nil,
        token: String? = AdminFixture.token, host: String? = "127.0.0.1:8444", type: String? = nil
    ) async throws -> Answer {
        var headers: HTTPFields = [:]
        if let token { headers[.authorization] = "Bearer \(token)" }
        let content = bytes ?? body?.bytes()
        if let content {
            headers[.contentType] = type ?? (bytes == nil ? "application/json" : "application/octet-stream")
            headers[.contentLength] = String(content.count)
        } else if let type {
            headers[.contentType] = type
        }
        let request = Request(
            head: HTTPRequest(method: method, scheme: "https", authority: host, path: path, headerFields: headers),
            body: RequestBody(buffer: ByteBuffer(bytes: content ?? [])))
        let context = BasicRequestContext(
            source: ApplicationRequestContextSource(
                channel: NIOAsyncTestingChannel(), logger: Logger(label: "tests") { _ in SwiftLogNoOpLogHandler() }))
        let response = try await responder.respond(to: request, context: context)
        let collected = CollectingWriter()
        try await response.body.write(collected)
        return Answer(status: response.status.code, headers: response.headers, bytes: collected.bytes)
    }

    @discardableResult
    func create(_ name: String, _ more: JSONObject = [:]) async throws -> JSON {
        let answer = try await send(.post, "/tenants", .object(more.merging(deep: ["name": .string(name)])))
        #expect(answer.status == 201, "\(answer.text)")
        return answer.json
    }

    /// Every path below and beside the data folder.
    func paths() throws -> Set<String> {
        let parent = (tenants.root as NSString).deletingLastPathComponent
        let beside = try FileManager.default.contentsOfDirectory(atPath: parent)
            .filter { !$0.hasPrefix("gatehouse-tests-") }
        let inside = FileManager.default.enumerator(atPath: tenants.root)?.allObjects as? [String] ?? []
        return Set(beside.map { "../\($0)" } + inside)
    }
}

/// A resolver that knows what the test tells it.
final class FixedResolver: DomainVerifier {
    private let records = Mutex<[String: [String]]>([:])

    func publish(_ text: String, at name: String) { records.withLock { $0[name, default: []].append(text) } }

    func texts(at name: String) async throws -> [String] { records.withLock { $0[name] ?? [] } }
}

/// Keeps what a response writes.
final class CollectingWriter: ResponseBodyWriter {
    private let collected = Mutex<[UInt8]>([])

    var bytes: [UInt8] { collected.withLock { $0 } }

    func write(_ buffer: ByteBuffer) async throws {
        collected.withLock { $0 += buffer.readableBytesView }
    }

    func finish(_ trailingHeaders: HTTPFields?) async throws {}
}
