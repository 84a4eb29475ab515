import HTTPTypes
import NIOCore

/// How much, and for how long, a client may ask of a connection.
public struct HTTPLimits: Sendable {
    /// Target and header fields of a request together: the names and the values, in bytes.
    public var fields = 32 << 10
    /// The name, or the value, of one header field.
    public var field = 24 << 10
    /// Header fields of a request, Host among them.
    public var fieldCount = 128
    /// Path and query.
    public var target = 16 << 10
    public var body = 1 << 20
    /// From accepting the connection until the TLS handshake is done.
    public var handshakeTimeout = TimeAmount.seconds(10)
    /// From the handshake until the first request's header is complete.
    public var headerTimeout = TimeAmount.seconds(15)
    /// From the header until the whole body has arrived.
    public var bodyTimeout = TimeAmount.seconds(30)
    /// From an answer until the next request's header is complete.
    public var idleTimeout = TimeAmount.seconds(60)
    /// How long a client may take to read what was sent.
    public var writeTimeout = TimeAmount.seconds(30)
    /// Connections of one address at once (a /64 for IPv6).
    public var connectionsPerAddress = 1024
    /// HTTP/2 streams of one connection at once.
    public var streams = 100
    /// How long connections may take to finish when the server is told to end.
    public var drainTimeout = TimeAmount.seconds(20)

    /// Paths that take big files: their bodies are handed on as they arrive instead of being collected.
    public var uploads: [Upload] = []

    /// A path whose POST takes a big file.
    public struct Upload: Sendable {
        public let path: String
        public let body: Int
        public let timeout: TimeAmount

        public init(path: String, body: Int, timeout: TimeAmount) {
            self.path = path
            self.body = body
            self.timeout = timeout
        }
    }

    public init() {}

    /// The rule for a request's body where it is one of its own.
    func upload(_ method: HTTPRequest.Method, _ target: String?) -> Upload? {
        guard method == .post, !uploads.isEmpty, let target else { return nil }
        return uploads.first { upload in
            guard target.hasPrefix(upload.path) else { return false }
            let rest = target.utf8.dropFirst(upload.path.utf8.count)
            return rest.isEmpty || rest.first == UInt8(ascii: "?")
        }
    }
}
