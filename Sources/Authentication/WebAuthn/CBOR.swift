/// A CBOR value as authenticators write them (CTAP2 canonical form, RFC 8949 §4.2): definite lengths, shortest heads,
/// no floating point, no tags. Everything else is refused.
enum CBOR: Sendable, Hashable {
    /// Both signs.
    case integer(Int64)
    case bytes([UInt8])
    case text(String)
    case array([CBOR])
    case map([CBOR: CBOR])
    case boolean(Bool)
    case null

    struct Malformed: Error {}

    /// A value that is all there is.
    static func parse(_ bytes: [UInt8]) throws(Malformed) -> CBOR {
        var reader = Reader(bytes: bytes[...])
        let value = try reader.value(depth: 0)
        guard reader.bytes.isEmpty else { throw Malformed() }
        return value
    }

    /// A value and what stands behind it.
    static func parsePrefix(_ bytes: ArraySlice<UInt8>) throws(Malformed) -> (CBOR, rest: ArraySlice<UInt8>) {
        var reader = Reader(bytes: bytes)
        let value = try reader.value(depth: 0)
        return (value, reader.bytes)
    }

    subscript(key: CBOR) -> CBOR? {
        if case .map(let members) = self { members[key] } else { nil }
    }

    var bytes: [UInt8]? {
        if case .bytes(let bytes) = self { bytes } else { nil }
    }

    private struct Reader {
        private static let deepest = 4

        var bytes: ArraySlice<UInt8>

        mutating func value(depth: Int) throws(Malformed) -> CBOR {
            guard depth <= Self.deepest, let first = bytes.popFirst() else { throw Malformed() }
            let (major, info) = (first >> 5, first & 31)
            if major == 7 {
                switch info {
                case 20: return .boolean(false)
                case 21: return .boolean(true)
                case 22: return .null
                default: throw Malformed()
                }
            }
            let argument = try argument(info)
            switch major {
            case 0: return .integer(argument)
            case 1: return .integer(-1 - argument)
            case 2: return .bytes(try take(argument))
            case 3:
                guard let text = String(validating: try take(argument), as: UTF8.self) else { throw Malformed() }
                return .text(text)
            case 4: return .array(try elements(argument, depth: depth))
            case 5: return .map(try members(argument, depth: depth))
            default: throw Malformed()
            }
        }

        /// A length or a number, in the shortest form there is for it.
        private mutating func argument(_ info: UInt8) throws(Malformed) -> Int64 {
            guard info >= 24 else { return Int64(info) }
            guard info <= 27 else { throw Malformed() }
            let width = 1 << Int(info - 24)
            let number = try take(Int64(width)).reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
            let smallest: UInt64 =
                switch width {
                case 1: 24
                case 2: 1 << 8
                case 4: 1 << 16
                default: 1 << 32
                }
            guard number >= smallest, let argument = Int64(exactly: number) else { throw Malformed() }
            return argument
        }

        private mutating func take(_ count: Int64) throws(Malformed) -> [UInt8] {
            guard count <= bytes.count else { throw Malformed() }
            defer { bytes.removeFirst(Int(count)) }
            return Array(bytes.prefix(Int(count)))
        }

        private mutating func elements(_ count: Int64, depth: Int) throws(Malformed) -> [CBOR] {
            // Each element takes a byte at least, so no length promises more than is there.
            guard count <= bytes.count else { throw Malformed() }
            var elements: [CBOR] = []
            for _ in 0..<count { elements.append(try value(depth: depth + 1)) }
            return elements
        }

        private mutating func members(_ count: Int64, depth: Int) throws(Malformed) -> [CBOR: CBOR] {
            guard count <= bytes.count else { throw Malformed() }
            var members: [CBOR: CBOR] = [:]
            for _ in 0..<count {
                let key = try value(depth: depth + 1)
                switch key {
                case .integer, .text: break
                default: throw Malformed()
                }
                guard members.updateValue(try value(depth: depth + 1), forKey: key) == nil else { throw Malformed() }
            }
            return members
        }
    }
}
