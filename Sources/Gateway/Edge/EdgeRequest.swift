import HTTPTypes
import Tenancy

/// A request that a ready-made answer may serve: a complete GET or HEAD of HTTP/1.1 without a body.
///
/// It is read from the bytes before the HTTP parser sees them. The reader is stricter than the parser: whatever it
/// does not expect is left to the parser, so the two never disagree about where a request ends.
struct EdgeRequest: Equatable {
    let isHead: Bool
    /// Offsets in the bytes it was read from.
    let path: Range<Int>
    let host: Range<Int>
    /// The bytes of the whole request.
    let length: Int
    /// Whether a field makes the answer depend on more than host and path.
    let isConditional: Bool

    private static let longest = 8192

    /// - Returns: nil for everything that is not plainly such a request.
    init?(_ bytes: UnsafeRawBufferPointer) {
        var reader = HeadReader(bytes: UnsafeRawBufferPointer(rebasing: bytes.prefix(Self.longest)))
        if reader.skip("GET ") {
            self.isHead = false
        } else if reader.skip("HEAD ") {
            self.isHead = true
        } else {
            return nil
        }
        // Most requests are for the application, and their fields are long.
        guard reader.isNext(ReadyMadePath.folder), let path = reader.path(), reader.skip(" HTTP/1.1\r\n") else {
            return nil
        }
        self.path = path
        var (host, isConditional) = (Range<Int>?.none, false)
        while !reader.skip("\r\n") {
            guard let (name, value) = reader.field() else { return nil }
            switch reader.kind(of: name) {
            case .host:
                guard host == nil else { return nil }
                host = value
            case .connection:
                guard reader.equals(value, "keep-alive") else { return nil }
            case .contentLength, .framing: return nil
            case .condition: isConditional = true
            case .other: break
            }
        }
        guard let host, !host.isEmpty else { return nil }
        self.host = host
        self.isConditional = isConditional
        self.length = reader.offset
    }

    /// Whether a field makes the answer to a request of HTTP/2 depend on more than host and path.
    static func isConditional(_ request: HTTPRequest) -> Bool {
        request.headerFields.contains { field in
            let name = field.name.canonicalName
            return name == "origin" || name == "range" || name.hasPrefix("if-") || name == "content-length"
        }
    }
}
