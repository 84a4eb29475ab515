import Hummingbird
import Logging
import StrictJSON
import Tenancy
import WebAddresses

/// What a handler may use: the request's tenant is chosen already and its shard open. A handler never looks a
/// tenant up, never opens a database and never reads the Host header.
public struct TenantContext: RequestContext {
    public typealias Source = TenantContextSource

    public var coreContext: CoreRequestContextStorage
    private let source: TenantContextSource

    public init(source: TenantContextSource) {
        self.coreContext = .init(source: source)
        self.source = source
    }

    public var shard: Shard { source.shard }
    /// The canonical host the request came in under.
    public var host: CanonicalHost { source.host }
    /// `host` and, where the public port is not 443, the port: what issuer and links are made of.
    public var domain: String { source.domain }
    /// The peer's address; forwarding headers of untrusted peers are not believed.
    public var clientAddress: String { source.clientAddress }
    /// Whom that address stands for where callers are counted.
    public var clientNetwork: ClientNetwork { ClientNetwork(of: clientAddress) }
    /// The id shown in `X-Auth0-RequestId`.
    public var requestID: String { source.requestID }

    /// The issuer of everything this tenant signs under this domain, with its trailing slash (spec 02 §12).
    public var issuer: String { "https://\(domain)/" }
    /// The audience of the Management API under this domain (spec 03 §1).
    public var managementAudience: String { "https://\(domain)/api/v2/" }
    /// The audience of the API for one's own second factors under this domain.
    public var factorAudience: String { "https://\(domain)/mfa/" }
    /// The audience of /userinfo under this domain.
    public var userInfoAudience: String { "https://\(domain)/userinfo" }
    /// The web origin of the tenant itself.
    public var ownOrigin: String { "https://\(domain)" }
    public var now: Timestamp { shard.now }

    /// An API by the audience a client names; the Management API goes under the domain of the request.
    public func resourceServer(audience: String) async throws -> ResourceServer? {
        switch own(audience) {
        case .management: try await shard.resourceServer(identifier: ResourceServer.systemIdentifier)
        case .factors: .factorAPI
        case .none where audience == ResourceServer.systemIdentifier: nil
        case .none: try await shard.resourceServer(identifier: audience)
        }
    }

    /// ``resourceServer(audience:)`` inside a transaction.
    public func resourceServer(audience: String, in db: TenantDatabase) throws -> ResourceServer? {
        switch own(audience) {
        case .management: try db.resourceServers.find(identifier: ResourceServer.systemIdentifier)
        case .factors: .factorAPI
        case .none where audience == ResourceServer.systemIdentifier: nil
        case .none: try db.resourceServers.find(identifier: audience)
        }
    }

    private enum OwnAPI { case management, factors }

    /// Which of the tenant's own APIs an audience names under this domain; nil where another is meant.
    private func own(_ audience: String) -> OwnAPI? {
        // Nearly every token is for another API, and the names are made of the domain each time.
        if audience.utf8.last != UInt8(ascii: "/") { return nil }
        if audience.hasSuffix("/api/v2/"), audience == managementAudience { return .management }
        if audience.hasSuffix("/mfa/"), audience == factorAudience { return .factors }
        return nil
    }
}

/// Made by the gateway for each request once host and tenant are known. A class, because a context is copied often.
public final class TenantContextSource: RequestContextSource, Sendable {
    public let logger: Logger
    public let shard: Shard
    public let host: CanonicalHost
    public let domain: String
    public let clientAddress: String
    public let requestID: String

    public init(
        logger: Logger, shard: Shard, host: CanonicalHost, domain: String, clientAddress: String, requestID: String
    ) {
        self.logger = logger
        self.shard = shard
        self.host = host
        self.domain = domain
        self.clientAddress = clientAddress
        self.requestID = requestID
    }
}
