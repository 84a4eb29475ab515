import Authentication
import Foundation
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
import WebAddresses

/// A tenant with the Authentication API in front of it and no network.
struct TokenFixture: Sendable {
    static let callback = "https://app.example.com/cb"
    static let verifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
    static let challenge = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"

    let service: TenantFixture
    let shard: Shard
    let domain: String
    let responder: any HTTPResponder<TenantContext>

    init(
        _ name: String = "acme", in service: TenantFixture? = nil, lists: PasswordLists = .none,
        rateLimiting: RateLimiting = .off
    ) async throws {
        let service = try service ?? TenantFixture()
        self.service = service
        shard = try await service.shard(name)
        domain = name + ".auth0.com"
        let router = Router(context: TenantContext.self)
        addAuthenticationRoutes(
            to: router,
            services: AuthenticationServices(
                passwordHasher: try PasswordHasher(cost: 4, pool: shard.pools.hashing, lists: lists),
                rateLimiting: rateLimiting))
        responder = router.buildResponder()
    }

    // MARK: What a tenant has

    func client(_ document: JSONObject = [:]) async throws -> Client {
        let client = Client(
            clientID: Client.newID(), secret: Client.newSecret(), isGlobal: false, createdAt: shard.now,
            document: Client.defaults.merging(
                deep: [
                    "name": "App", "oidc_conformant": true, "callbacks": [.string(Self.callback)],
                    "token_endpoint_auth_method": "none",
                ]
            ).merging(deep: document))
        try await shard.write { try $0.clients.insert(client) }
        return client
    }

    func confidentialClient() async throws -> Client {
        try await client(["token_endpoint_auth_method": "client_secret_post"])
    }

    func user(_ email: String = "jane@example.com") async throws -> User {
        let user = TenantFixture.user(email, at: shard.now)
        try await shard.write { try $0.users.insert(user, passwordHash: nil) }
        return user
    }

    func api(
        _ identifier: String = "https://api.example.com", _ document: JSONObject = [:]
    ) async throws -> ResourceServer {
        let api = ResourceServer(
            id: ResourceServer.newID(), identifier: identifier, isSystem: false, createdAt: shard.now,
            document: ([
                "name": "API", "scopes": [["value": "read:things"], ["value": "write:things"]],
                "allow_offline_access": true, "token_lifetime": 600,
            ] as JSONObject).merging(deep: document))
        try await shard.write { try $0.resourceServers.insert(api) }
        return api
    }

    func grant(_ client: Client, _ api: ResourceServer, scope: [String]) async throws {
        let grant = ClientGrant(
            id: ClientGrant.newID(), clientID: client.clientID, resourceServerID: api.id, scope: scope,
            createdAt: shard.now)
        try await shard.write { try $0.clientGrants.insert(grant) }
    }

    /// A code as /authorize leaves it.
    func code(
        _ client: Client, _ user: User, scope: String = "openid profile email", audience: String? = nil,
        challenge: String? = nil, nonce: String? = nil
    ) async throws -> String {
        let secret = OpaqueSecret.authorizationCode()
        let now = shard.now
        try await shard.write { db in
            let family = try db.tokenFamilies.insert(clientID: client.clientID, userID: user.userID, at: now)
            try db.authorizationCodes.insert(
                AuthorizationCode(
                    familyID: family, clientID: client.clientID, userID: user.userID, sessionID: "session",
                    connection: user.connection, redirectURI: Self.callback, redirectURIWasSent: true,
                    scope: scope.split(separator: " ").map(String.init), audience: audience, nonce: nonce,
                    codeChallenge: challenge, authenticatedAt: now, wantsAuthTime: false,
                    expiresAt: now.adding(seconds: 600)),
                secret: secret)
        }
        return secret.text
    }

    // MARK: Requests

    func send(
        _ method: HTTPRequest.Method, _ path: String, headers: HTTPFields = [:], body: String = "",
        from address: String = "192.0.2.1"
    ) async throws -> Answer {
        let head = HTTPRequest(method: method, scheme: "https", authority: domain, path: path, headerFields: headers)
        let request = Request(head: head, body: RequestBody(buffer: ByteBuffer(string: body)))
        let source = TenantContextSource(
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }, shard: shard,
            host: try CanonicalHost(parsing: domain), domain: domain, clientAddress: address, requestID: "r1")
        return try await Answer(responder.respond(to: request, context: TenantContext(source: source)))
    }

    func token(_ form: KeyValuePairs<String, String>, headers: HTTPFields = [:]) async throws -> Answer {
        var headers = headers
        headers[.contentType] = "application/x-www-form-urlencoded"
        let body = form.map { "\($0)=\(PercentEncoding.encode(queryComponent: $1))" }.joined(separator: "&")
        return try await send(.post, "/oauth/token", headers: headers, body: body)
    }

    /// Redeems a code as its public client does.
    func redeem(_ code: String, _ client: Client, verifier: String? = nil) async throws -> Answer {
        guard let verifier else {
            return try await token([
                "grant_type": "authorization_code", "client_id": client.clientID, "code": code,
                "redirect_uri": Self.callback,
            ])
        }
        return try await token([
            "grant_type": "authorization_code", "client_id": client.clientID, "code": code,
            "redirect_uri": Self.callback, "code_verifier": verifier,
        ])
    }

    func refresh(_ token: String, _ client: Client, scope: String? = nil) async throws -> Answer {
        try await self.token([
            "grant_type": "refresh_token", "client_id": client.clientID, "refresh_token": token, "scope": scope ?? "",
        ])
    }

    func userInfo(_ token: String) async throws -> Answer {
        try await send(.get, "/userinfo", headers: [.authorization: "Bearer \(token)"])
    }

    /// What a block and its end leave behind.
    func endLogins(of user: User) async throws {
        let now = shard.now
        try await shard.write { try $0.endLogins(of: user.userID, issuer: "https://acme.auth0.com/", at: now) }
    }

    /// The types of the events so far, in alphabetical order: the time of a test stands still.
    func events() async throws -> [String] {
        try await shard.read { try $0.logs.page(newestFirst: false, offset: 0, limit: 1_000) }
            .compactMap { $0["type"]?.string }.sorted()
    }

    /// The types of the events in the history of the user with an address, in alphabetical order.
    func history(of email: String) async throws -> [String] {
        try await shard.read { db in
            let user = try db.users.find(email: email).first
            return try db.logs.page(LogFilter(userID: user?.userID ?? ""), offset: 0, limit: 1_000)
        }.compactMap { $0["type"]?.string }.sorted()
    }
}

/// A response read to its end.
struct Answer: Sendable {
    let status: Int
    let headers: HTTPFields
    let text: String

    init(_ response: Response) async throws {
        status = response.status.code
        headers = response.headers
        let collected = Collected()
        try await response.body.write(collected)
        text = collected.text
    }

    var json: JSON { (try? JSON.parse(text)) ?? .null }
    subscript(name: String) -> String? { json[name]?.string }

    private final class Collected: ResponseBodyWriter, Sendable {
        private let bytes = Mutex<[UInt8]>([])
        var text: String { bytes.withLock { String(decoding: $0, as: UTF8.self) } }
        func write(_ buffer: ByteBuffer) { bytes.withLock { $0.append(contentsOf: buffer.readableBytesView) } }
        func finish(_ trailingHeaders: HTTPFields?) {}
    }
}
