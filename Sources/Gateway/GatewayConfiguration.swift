/// Where the front server listens, and what it allows.
public struct GatewayConfiguration: Sendable {
    public var bindAddress: String
    /// 0 for any free port.
    public var httpsPort: Int
    /// 0 for any free port; nil for no plain listener.
    public var httpPort: Int?
    /// The port the public sees, if something in front of the server maps it to another; in issuers and links.
    public var publicPort: Int?
    public var limits: HTTPLimits

    public init(
        bindAddress: String = "127.0.0.1", httpsPort: Int = 8443, httpPort: Int? = 8080, publicPort: Int? = nil,
        limits: HTTPLimits = HTTPLimits()
    ) {
        self.bindAddress = bindAddress
        self.httpsPort = httpsPort
        self.httpPort = httpPort
        self.publicPort = publicPort
        self.limits = limits
    }
}
