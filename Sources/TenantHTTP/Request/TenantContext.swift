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
    public let shard: Shard
    /// The canonical host the request came in under.
    public let host: CanonicalHost
    /// `host` and, where the public port is not 443, the port: what issuer and links are made of.
    public let domain: String
    /// The peer's address; forwarding headers of untrusted peers are not believed.
    public let clientAddress: String
    /// The id shown in `X-Auth0-RequestId`.
    public let requestID: String

    public init(source: TenantContextSource) {
        self.coreContext = .init(source: source)
        self.shard = source.shard
        self.host = source.host
        self.domain = source.domain
        self.clientAddress = source.clientAddress
        self.requestID = source.requestID
    }

    /// The issuer of everything this tenant signs under this domain, with its trailing slash (spec 02 §12).
    public var issuer: String { "https://\(domain)/" }
    /// The audience of the Management API under this domain (spec 03 §1).
    public var managementAudience: String { "https://\(domain)/api/v2/" }
    /// The audience of /userinfo under this domain.
    public var userInfoAudience: String { "https://\(domain)/userinfo" }
    /// The web origin of the tenant itself.
    public var ownOrigin: String { "https://\(domain)" }
    public var now: Timestamp { shard.now }

    /// An API by the audience a client names; the Management API goes under the domain of the request.
    public func resourceServer(audience: String) async throws -> ResourceServer? {
        if audience == managementAudience {
            return try await shard.resourceServer(identifier: ResourceServer.systemIdentifier)
        }
        guard audience != ResourceServer.systemIdentifier else { return nil }
        return try await shard.resourceServer(identifier: audience)
    }
}

/// Made by the gateway for each request once host and tenant are known.
public struct TenantContextSource: RequestContextSource {
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
