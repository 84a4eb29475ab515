import Glibc

/// An IP address or a range in CIDR notation (RFC 4632, RFC 4291 §2.3), as administrators list them.
public struct AddressRange: Sendable, Hashable, CustomStringConvertible {
    /// As it was written.
    public let description: String
    private let network: [UInt8]
    /// How many bits of an address have to be those of the network.
    private let bits: Int

    /// Nil for what is neither.
    public init?(_ text: String) {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count <= 2, let network = Self.bytes(of: String(parts[0])) else { return nil }
        description = text
        self.network = network
        guard parts.count == 2 else {
            bits = network.count * 8
            return
        }
        guard let bits = Int(parts[1]), parts[1].allSatisfy(\.isNumber), bits <= network.count * 8 else { return nil }
        self.bits = bits
    }

    public func contains(_ address: String) -> Bool {
        guard let address = Self.bytes(of: address), address.count == network.count else { return false }
        let (whole, rest) = (bits / 8, bits % 8)
        guard address.prefix(whole) == network.prefix(whole) else { return false }
        guard rest > 0 else { return true }
        let mask = UInt8(truncatingIfNeeded: 0xFF << (8 - rest))
        return address[whole] & mask == network[whole] & mask
    }

    /// 4 bytes, or 16; IPv4 as a socket of both families shows it is IPv4 (RFC 4291 §2.5.5.2).
    private static func bytes(of address: String) -> [UInt8]? {
        var v4 = in_addr()
        if inet_pton(AF_INET, address, &v4) == 1 { return withUnsafeBytes(of: v4) { Array($0) } }
        var v6 = in6_addr()
        guard inet_pton(AF_INET6, address, &v6) == 1 else { return nil }
        let bytes = withUnsafeBytes(of: v6) { Array($0) }
        let isMapped = bytes.prefix(10).allSatisfy { $0 == 0 } && bytes[10] == 0xFF && bytes[11] == 0xFF
        return isMapped ? Array(bytes.suffix(4)) : bytes
    }
}
