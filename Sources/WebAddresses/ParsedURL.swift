/// The parts of an absolute URL, exactly as written: nothing is decoded, resolved or repaired, because what is
/// compared must be what a browser will later be sent to (`raw`).
///
/// Texts that a browser would read differently than this parser are refused: control characters, spaces, backslashes,
/// quotation marks, raw non-ASCII, malformed percent-encodings, and for http and https anything but `//` and a plain
/// host after the scheme.
public struct ParsedURL: Sendable, Hashable {
    /// The text that was parsed.
    public let raw: String
    /// The scheme in lower case.
    public let scheme: String
    /// True when the authority holds an `@`.
    public let hasUserInfo: Bool
    /// The host of an http or https URL; nil for other schemes, whose authorities follow their own rules.
    public let host: CanonicalHost?
    /// The port written in an http or https URL.
    public let port: Int?
    /// The path as written, the authority of other schemes included; possibly empty.
    public let path: String
    /// What follows `?`; nil without one.
    public let query: String?
    /// What follows `#`; nil without one.
    public let fragment: String?

    /// Reads an absolute URL.
    public init(parsing raw: String) throws(URLSyntaxError) {
        let parts = try URLParts(raw)
        guard let scheme = parts.scheme else { throw .missingScheme }
        self.raw = raw
        self.scheme = scheme
        hasUserInfo = parts.hasUserInfo
        path = parts.path
        query = parts.query
        fragment = parts.fragment
        guard parts.isWeb else {
            host = nil
            port = nil
            return
        }
        guard !hasUserInfo else { throw .userInfo }
        (host, port) = try parts.hostAndPort()
    }

    /// True for http and https.
    public var isWeb: Bool { host != nil }

    /// The port written, or the default one of http and https.
    public var effectivePort: Int? {
        port ?? WebOrigin.defaultPort(of: scheme)
    }

    /// The origin of an http or https URL.
    public var origin: WebOrigin? {
        host.map { WebOrigin(scheme: scheme, host: $0, port: port) }
    }

    /// True when the host is `localhost` or an address of the loopback interface.
    public var isLoopback: Bool {
        guard let host else { return false }
        return host.name == "localhost" || host.name == "[::1]" || (host.isIPAddress && host.name.hasPrefix("127."))
    }
}

/// Why a text is no URL that can be compared safely.
public enum URLSyntaxError: Error, Sendable, Hashable, CustomStringConvertible {
    case empty
    case tooLong
    case invalidCharacter
    case malformedPercentEncoding
    case missingScheme
    case missingHost
    case userInfo
    case host(HostError)

    /// A short phrase without any of the text itself.
    public var description: String {
        switch self {
        case .empty: "URL is empty"
        case .tooLong: "URL is longer than \(URLParts.maximumLength) characters"
        case .invalidCharacter: "URL has a character that must be percent-encoded"
        case .malformedPercentEncoding: "URL has a malformed percent-encoding"
        case .missingScheme: "URL has no scheme"
        case .missingHost: "URL has no host after its scheme"
        case .userInfo: "URL has user information before its host"
        case .host(let error): error.description
        }
    }
}
