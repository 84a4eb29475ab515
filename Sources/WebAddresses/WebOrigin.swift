/// The origin of a web page (RFC 6454): scheme, host and port.
public struct WebOrigin: Hashable, Sendable, CustomStringConvertible {
    /// `http` or `https`.
    public let scheme: String
    public let host: CanonicalHost
    /// The port, the default one of the scheme filled in.
    public let port: Int

    /// Reads the value of an Origin header: `http` or `https`, a host, perhaps a port, and nothing else. The opaque
    /// origin `null` and the origins of other schemes are refused.
    public init(parsing text: String) throws(URLSyntaxError) {
        let url = try ParsedURL(parsing: text)
        guard let origin = url.origin else { throw .missingHost }
        guard url.path.isEmpty, url.query == nil, url.fragment == nil else { throw .invalidCharacter }
        self = origin
    }

    init(scheme: String, host: CanonicalHost, port: Int?) {
        self.scheme = scheme
        self.host = host
        self.port = port ?? Self.defaultPort(of: scheme) ?? 443
    }

    /// The serialized form that belongs into Access-Control-Allow-Origin and `postMessage`.
    public var serialized: String {
        Self.serialize(scheme: scheme, host: host.name, port: port)
    }

    public var description: String { serialized }

    static func serialize(scheme: String, host: String, port: Int) -> String {
        port == defaultPort(of: scheme) ? "\(scheme)://\(host)" : "\(scheme)://\(host):\(port)"
    }

    static func defaultPort(of scheme: String) -> Int? {
        switch scheme {
        case "https": 443
        case "http": 80
        default: nil
        }
    }
}
