/// A host in the one form in which hosts are compared: ASCII, lower case, no trailing dot, no port.
///
/// Nothing is folded beyond ASCII case: a name in raw Unicode is refused, and punycode is compared as written, so no
/// look-alike ever becomes another name. An IPv6 address keeps its brackets and is written as RFC 5952 says.
public struct CanonicalHost: Hashable, Sendable, CustomStringConvertible {
    /// The canonical text.
    public let name: String
    /// True for an IPv4 or IPv6 address.
    public let isIPAddress: Bool

    /// Reads a host without a port: a DNS name, an IPv4 address, or an IPv6 address in brackets.
    public init(parsing text: String) throws(HostError) {
        try self.init(bytes: Array(text.utf8)[...])
    }

    /// Reads the value of a Host or `:authority` field: a host and, after a colon, a port in decimal without leading
    /// zeros.
    public static func parse(authority: String) throws(HostError) -> (host: CanonicalHost, port: Int?) {
        let (host, port) = try split(authority: Array(authority.utf8)[...])
        return (try CanonicalHost(bytes: host), port)
    }

    public var description: String { name }

    /// The labels of a DNS name, left to right; none for an IP address.
    public var labels: [Substring] {
        isIPAddress ? [] : name.split(separator: ".")
    }

    init(bytes: ArraySlice<UInt8>) throws(HostError) {
        guard let first = bytes.first else { throw .empty }
        if first == UInt8(ascii: "[") {
            guard bytes.last == UInt8(ascii: "]"), let address = IPv6Address(parsing: bytes.dropFirst().dropLast())
            else { throw .malformedAddress }
            name = "[\(address)]"
            isIPAddress = true
            return
        }
        let canonical = try Self.canonicalName(bytes)
        name = String(decoding: canonical, as: UTF8.self)
        isIPAddress = try Self.isIPv4(canonical)
    }

    /// Splits an authority at the colon before its port; what stands before it is not yet known to be a host.
    static func split(authority: ArraySlice<UInt8>) throws(HostError) -> (host: ArraySlice<UInt8>, port: Int?) {
        var afterHost = authority.startIndex
        if authority.first == UInt8(ascii: "[") {
            guard let closing = authority.firstIndex(of: UInt8(ascii: "]")) else { throw .malformedAddress }
            afterHost = closing + 1
            guard afterHost == authority.endIndex || authority[afterHost] == UInt8(ascii: ":") else {
                throw .malformedAddress
            }
        } else {
            afterHost = authority.firstIndex(of: UInt8(ascii: ":")) ?? authority.endIndex
        }
        guard afterHost < authority.endIndex else { return (authority, nil) }
        return (authority[..<afterHost], try port(authority[(afterHost + 1)...]))
    }

    private static func port(_ digits: ArraySlice<UInt8>) throws(HostError) -> Int {
        guard (1...5).contains(digits.count), digits.allSatisfy(isDigit), digits.first != UInt8(ascii: "0") else {
            throw .malformedPort
        }
        let port = digits.reduce(0) { $0 * 10 + Int($1 - UInt8(ascii: "0")) }
        guard port <= 65535 else { throw .malformedPort }
        return port
    }

    /// RFC 1123 §2.1: letters, digits and hyphens, no hyphen at either end of a label.
    private static func canonicalName(_ bytes: ArraySlice<UInt8>) throws(HostError) -> [UInt8] {
        var name = bytes
        if name.last == UInt8(ascii: ".") { name = name.dropLast() }
        guard !name.isEmpty else { throw bytes.isEmpty ? .empty : .emptyLabel }
        guard name.count <= 253 else { throw .tooLong }
        var canonical: [UInt8] = []
        canonical.reserveCapacity(name.count)
        var labelLength = 0
        for byte in name {
            switch byte {
            case UInt8(ascii: "."):
                try endLabel(ofLength: labelLength, in: canonical)
                labelLength = -1
            case UInt8(ascii: "-"):
                guard labelLength > 0 else { throw .misplacedHyphen }
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"):
                break
            case UInt8(ascii: "A")...UInt8(ascii: "Z"):
                canonical.append(byte | 0x20)
                labelLength += 1
                continue
            case 0x80...:
                throw .nonASCII
            default:
                throw .invalidCharacter
            }
            canonical.append(byte)
            labelLength += 1
        }
        try endLabel(ofLength: labelLength, in: canonical)
        return canonical
    }

    private static func endLabel(ofLength length: Int, in name: [UInt8]) throws(HostError) {
        guard length > 0 else { throw .emptyLabel }
        guard length <= 63 else { throw .labelTooLong }
        guard name.last != UInt8(ascii: "-") else { throw .misplacedHyphen }
    }

    /// Browsers read every name whose last label is a number as an IPv4 address, `0x7f.1` and `2130706433` included.
    /// Only the usual form of four decimal numbers is taken here; the others name the same address in disguise.
    private static func isIPv4(_ name: [UInt8]) throws(HostError) -> Bool {
        let last = name[(name.lastIndex(of: UInt8(ascii: ".")).map { $0 + 1 } ?? 0)...]
        let isHexadecimal =
            last.starts(with: "0x".utf8)
            && last.dropFirst(2).allSatisfy { isDigit($0) || (UInt8(ascii: "a")...UInt8(ascii: "f")).contains($0) }
        guard isHexadecimal || last.allSatisfy(isDigit) else { return false }
        guard IPv6Address.ipv4(name[...]) != nil else { throw .malformedAddress }
        return true
    }
}

func isDigit(_ byte: UInt8) -> Bool {
    (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
}
