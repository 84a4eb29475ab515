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
        var reader = Reader(bytes: UnsafeRawBufferPointer(rebasing: bytes.prefix(Self.longest)))
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
            case .framing: return nil
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

/// Reads bytes from left to right.
private struct Reader {
    enum Kind {
        case host
        case connection
        /// Has a say in where the request ends, or in what the connection does next.
        case framing
        /// Has a say in what the answer is.
        case condition
        case other
    }

    let bytes: UnsafeRawBufferPointer
    var offset = 0

    func isNext(_ text: StaticString) -> Bool {
        let count = text.utf8CodeUnitCount
        guard self.bytes.count - self.offset >= count else { return false }
        for index in 0..<count where self.bytes[self.offset + index] != text.utf8Start[index] { return false }
        return true
    }

    /// Steps over a text if it comes next.
    mutating func skip(_ text: StaticString) -> Bool {
        guard self.isNext(text) else { return false }
        self.offset += text.utf8CodeUnitCount
        return true
    }

    /// An absolute path of letters, digits and `/ . - _`: ready-made answers have no other.
    mutating func path() -> Range<Int>? {
        let start = self.offset
        guard start < self.bytes.count, self.bytes[start] == UInt8(ascii: "/") else { return nil }
        while self.offset < self.bytes.count {
            switch self.bytes[self.offset] {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "-")...UInt8(ascii: "9"), UInt8(ascii: "_"):
                self.offset += 1
            case UInt8(ascii: " "): return start..<self.offset
            default: return nil
            }
        }
        return nil
    }

    /// A field line with its line end.
    mutating func field() -> (name: Range<Int>, value: Range<Int>)? {
        let start = self.offset
        while self.offset < self.bytes.count, self.isNameCharacter(self.bytes[self.offset]) { self.offset += 1 }
        let name = start..<self.offset
        guard !name.isEmpty, self.skip(":") else { return nil }
        while self.offset < self.bytes.count, self.bytes[self.offset] == UInt8(ascii: " ") { self.offset += 1 }
        let valueStart = self.offset
        while self.offset < self.bytes.count, (0x20...0x7E).contains(self.bytes[self.offset]) { self.offset += 1 }
        let value = valueStart..<self.offset
        // A value that ends in a space is left to the parser, which trims it.
        guard self.skip("\r\n"), value.isEmpty || self.bytes[value.upperBound - 1] != 0x20 else { return nil }
        return (name, value)
    }

    private func isNameCharacter(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"):
            true
        default: false
        }
    }

    func kind(of name: Range<Int>) -> Kind {
        switch name.count {
        case 2: return self.equals(name, "te") ? .framing : .other
        case 4: return self.equals(name, "host") ? .host : .other
        case 5: return self.equals(name, "range") ? .condition : .other
        case 6:
            if self.equals(name, "expect") { return .framing }
            return self.equals(name, "origin") ? .condition : .other
        case 7: return self.equals(name, "upgrade") || self.equals(name, "trailer") ? .framing : .other
        case 8 where self.equals(name, "if-range"), 8 where self.equals(name, "if-match"): return .condition
        case 10: return self.equals(name, "connection") ? .connection : .other
        case 13 where self.equals(name, "if-none-match"): return .condition
        case 14: return self.equals(name, "content-length") ? .framing : .other
        case 17:
            if self.equals(name, "transfer-encoding") { return .framing }
            return self.equals(name, "if-modified-since") ? .condition : .other
        case 19: return self.equals(name, "if-unmodified-since") ? .condition : .other
        default: return .other
        }
    }

    /// Compares without regard to the case of letters; the text is in lower case.
    func equals(_ range: Range<Int>, _ text: StaticString) -> Bool {
        guard range.count == text.utf8CodeUnitCount else { return false }
        for index in 0..<range.count {
            let byte = self.bytes[range.lowerBound + index]
            let isUpper = (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte)
            if (isUpper ? byte | 0x20 : byte) != text.utf8Start[index] { return false }
        }
        return true
    }
}
