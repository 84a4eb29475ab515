import Foundation

/// Which machines a tenant's configuration may make us talk to: any but those inside (spec 08 M10). What counts is the
/// address the connection really goes to, so neither a name that resolves to an inner address nor one that changes
/// its mind between two look-ups gets through.
public struct EgressPolicy: Sendable {
    /// Host names and addresses the operator has opened although they are inside.
    private let exceptions: Set<String>

    public init(exceptions: [String] = []) { self.exceptions = Set(exceptions.map { $0.lowercased() }) }

    /// Whether a host is let through wherever its name leads.
    func isOpened(host: String) -> Bool { exceptions.contains(host.lowercased()) }

    /// - Parameter address: 4 or 16 bytes in network order.
    func allows(address: [UInt8]) -> Bool {
        switch address.count {
        case 4: isPublic(v4: address)
        case 16: isPublic(v6: address)
        default: false
        }
    }

    /// RFC 6890: what is not globally reachable.
    private func isPublic(v4 address: [UInt8]) -> Bool {
        switch (address[0], address[1]) {
        case (0, _), (10, _), (127, _), (169, 254), (192, 168), (198, 18), (198, 19), (224..., _): false
        case (100, 64...127), (172, 16...31): false
        case (192, 0): address[2] != 0 && address[2] != 2
        default: true
        }
    }

    private func isPublic(v6 address: [UInt8]) -> Bool {
        let head = Array(address.prefix(12))
        // IPv4 in IPv6: mapped, and by NAT64 (RFC 6052).
        if head == [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF] || head == [0, 0x64, 0xFF, 0x9B, 0, 0, 0, 0, 0, 0, 0, 0] {
            return isPublic(v4: Array(address.suffix(4)))
        }
        // Only 2000::/3 is global unicast, and 6to4 and Teredo hide an IPv4 address in it.
        let isGlobal = address[0] & 0xE0 == 0x20
        let isTunnel =
            address[0] == 0x20 && (address[1] == 0x02 || (address[1] == 0x01 && address[2] == 0 && address[3] == 0))
        return isGlobal && !isTunnel
    }
}
