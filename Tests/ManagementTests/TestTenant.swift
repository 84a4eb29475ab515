import HTTPTypes
import Hummingbird
import Logging
import NIOCore
import OpenSSL
import StrictJSON
import Synchronization
import Tenancy
import TenantHTTP
import TenantTesting
import Testing
import WebAddresses

@testable import Management

/// A tenant on a real shard in a folder of its own, with the Management API in front of it.
final class TestTenant: Sendable {
    let shard: Shard
    let managementClient: ManagementClient
    let domain = "acme.localhost:8443"
    let jobFiles: JobFiles
    private let fixture: TenantFixture
    private let responder: any HTTPResponder<TenantContext>
    private let keys: SigningKeys
    private let host: CanonicalHost

    init(deployment: Deployment = .shared, discovery: ProviderDiscovery = .none) async throws {
        fixture = try TenantFixture()
        let made = try await fixture.registry.create(
            NewTenant(name: "acme", deployment: deployment, wantsManagementClient: true))
        shard = try await fixture.shards.shard(for: made.tenant)
        managementClient = try #require(made.managementClient)
        keys = try await shard.signingKeys()
        host = try CanonicalHost(parsing: "acme.localhost")
        let router = Router(context: TenantContext.self)
        let hasher = try PasswordHasher(cost: 4, pool: shard.pools.hashing)
        jobFiles = JobFiles(root: fixture.root + "/jobs")
        addManagementRoutes(
            to: router,
            services: ManagementServices(passwordHasher: hasher, jobFiles: jobFiles, discovery: discovery))
        responder = router.buildResponder()
    }

    private var context: TenantContext {
        TenantContext(
            source: TenantContextSource(
                logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }, shard: shard, host: host,
                domain: domain, clientAddress: "192.0.2.7", requestID: "r1"))
    }

    // MARK: Tokens

    /// A token for the Management API; by default of the management client, with every scope.
    func token(
        scopes: [String] = SystemScopes.all, subject: String? = nil, audience: String? = nil, expiresIn: Int = 3600,
        extra: JSONObject = [:]
    ) throws -> String {
        let now = Int(shard.now.seconds)
        var claims: JSONObject = [
            "iss": .string("https://\(domain)/"),
            "sub": .string(subject ?? "\(managementClient.clientID)@clients"),
            "aud": .string(audience ?? "https://\(domain)/api/v2/"), "iat": .int(now), "exp": .int(now + expiresIn),
            "azp": .string(managementClient.clientID), "scope": .string(scopes.joined(separator: " ")),
        ]
        for (name, value) in extra { claims[name] = value }
        return try JSONWebToken.signed(claims, by: keys.current)
    }

    // MARK: Calls

    struct Reply: Sendable {
        let status: Int
        let headers: HTTPFields
        let body: JSON

        var message: String? { body["message"]?.string }
        var errorCode: String? { body["errorCode"]?.string }
    }

    /// Sends a request with a token of every scope, unless told otherwise.
    @discardableResult
    func send(
        _ method: HTTPRequest.Method, _ path: String, _ body: JSON? = nil, scopes: [String]? = nil,
        authorization: [String]? = nil, contentType: String = "application/json"
    ) async throws -> Reply {
        try await send(
            method, path, bytes: body?.bytes() ?? [],
            authorization: authorization ?? ["Bearer \(try token(scopes: scopes ?? SystemScopes.all))"],
            contentType: body == nil ? nil : contentType)
    }

    func send(
        _ method: HTTPRequest.Method, _ path: String, bytes: [UInt8], authorization: [String], contentType: String?,
        userAgent: String = "test/1.0"
    ) async throws -> Reply {
        // No two requests at the same moment, so that listings in order of age have one order.
        fixture.time.advance(seconds: 1)
        var head = HTTPRequest(method: method, scheme: "https", authority: domain, path: "/api/v2\(path)")
        for value in authorization { head.headerFields.append(HTTPField(name: .authorization, value: value)) }
        head.headerFields[.contentType] = contentType
        head.headerFields[.userAgent] = userAgent
        let request = Request(head: head, body: .init(buffer: ByteBuffer(bytes: bytes)))
        let response = try await responder.respond(to: request, context: context)
        let collector = Collector()
        try await response.body.write(CollectingWriter(collector: collector))
        let text = collector.bytes.withLock { $0 }
        let reply = Reply(
            status: response.status.code, headers: response.headers, body: text.isEmpty ? .null : try JSON.parse(text))
        expectDescribed(reply, of: method, path)
        return reply
    }

    /// Sends a request with these fields and no body; the answer as text, because to pages not all of them are JSON.
    func exchange(
        _ method: HTTPRequest.Method, _ path: String, headers: HTTPFields
    ) async throws -> (status: Int, headers: HTTPFields, text: String) {
        fixture.time.advance(seconds: 1)
        let head = HTTPRequest(
            method: method, scheme: "https", authority: domain, path: "/api/v2\(path)", headerFields: headers)
        let response = try await responder.respond(
            to: Request(head: head, body: .init(buffer: ByteBuffer())), context: context)
        let collector = Collector()
        try await response.body.write(CollectingWriter(collector: collector))
        let bytes = collector.bytes.withLock { $0 }
        return (response.status.code, response.headers, String(decoding: bytes, as: UTF8.self))
    }

    /// The response to a GET with a token of every scope, whose body is still to be written.
    func respond(to path: String) async throws -> Response {
        var head = HTTPRequest(method: .get, scheme: "https", authority: domain, path: "/api/v2\(path)")
        head.headerFields[.authorization] = "Bearer \(try token())"
        return try await responder.respond(
            to: Request(head: head, body: .init(buffer: ByteBuffer())), context: context)
    }

    /// Gets a file by its whole URL; nil unless the answer is 200.
    func download(_ url: String) async throws -> [UInt8]? {
        let path = String(url.dropFirst("https://\(domain)".count))
        let request = Request(
            head: HTTPRequest(method: .get, scheme: "https", authority: domain, path: path),
            body: .init(buffer: ByteBuffer()))
        let response = try await responder.respond(to: request, context: context)
        guard response.status == .ok else { return nil }
        let collector = Collector()
        try await response.body.write(CollectingWriter(collector: collector))
        return collector.bytes.withLock { $0 }
    }

    func wait(seconds: Int64) { fixture.time.advance(seconds: seconds) }

    /// The newest event of a type.
    func lastEvent(_ type: String) async throws -> JSONObject? {
        try await shard.read { try $0.logs.page(LogFilter(type: type), offset: 0, limit: 1).first }
    }

    func eventCount(_ type: String) async throws -> Int {
        try await shard.read { try $0.logs.count(LogFilter(type: type)) }
    }
}

private final class Collector: Sendable {
    let bytes = Mutex<[UInt8]>([])
}

private struct CollectingWriter: ResponseBodyWriter {
    let collector: Collector

    mutating func write(_ buffer: ByteBuffer) async throws {
        collector.bytes.withLock { $0.append(contentsOf: buffer.readableBytesView) }
    }

    consuming func finish(_ trailingHeaders: HTTPFields?) async throws {}
}

extension JSON {
    func at(_ path: String...) -> JSON? {
        path.reduce(JSON?.some(self)) { value, key in value?[key] }
    }
}
