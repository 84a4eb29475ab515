import Foundation
import WebAddresses

/// Which machines a tenant's configuration may make us talk to: any but those inside (spec 08 M10, CWE-918). What
/// counts is the address a connection really goes to, so neither a name that leads to an inner address nor one that
/// changes its mind between two look-ups gets through.
///
/// Where the operator has a proxy, HTTP leaves by it, and it is the proxy that looks names up. Of what is inside, only
/// that is refused here which can be told from the text: addresses, and names that exist nowhere else. What a public
/// name may lead to is then a rule of the proxy.
public struct EgressPolicy: Sendable {
    /// Host names and addresses the operator has opened although they are inside.
    private let exceptions: Set<String>

    /// By which HTTP leaves to hosts that are not opened; nil where it goes straight.
    let proxy: EgressProxy?
    /// The authorities to trust in whoever is called by HTTP; those of the system where there is no file.
    let authorityFile: String?

    public init(exceptions: [String] = [], proxy: EgressProxy? = nil, authorityFile: String? = nil) {
        self.exceptions = Set(exceptions.map { $0.lowercased() })
        self.proxy = proxy
        self.authorityFile = authorityFile
    }

    /// Whether a host is let through wherever its name leads.
    public func isOpened(host: String) -> Bool { exceptions.contains(host.lowercased()) }

    /// Whether a URL may be called at all: by https, or by http where the operator has opened the host.
    public func allows(_ url: ParsedURL) -> Bool {
        guard let host = url.host else { return false }
        return url.scheme == "https" || isOpened(host: host.name)
    }

    /// Whether an address may be connected to.
    /// - Parameter address: 4 or 16 bytes in network order.
    public func allows(address: [UInt8]) -> Bool {
        switch address.count {
        case 4: Self.isPublic(v4: address)
        case 16: Self.isPublic(v6: address)
        default: false
        }
    }

    /// Whether a proxy may be asked for a host, of which nothing but the text is known.
    func allows(unresolved host: CanonicalHost) -> Bool {
        guard host.isIPAddress else {
            return host.labels.count > 1 && !Self.innerDomains.contains { host.name.hasSuffix($0) }
        }
        return allows(address: Self.bytes(host.name))
    }

    /// RFC 6761 §6.3, RFC 6762 §3 and appendix G, RFC 8375, what ICANN keeps for private use, and what systems call
    /// themselves in their own tables of hosts: names of no public zone.
    private static let innerDomains = [
        ".localhost", ".local", ".home.arpa", ".internal", ".localdomain", ".localdomain4", ".localdomain6", ".lan",
        ".corp", ".home", ".intranet", ".private",
    ]

    private static func bytes(_ name: String) -> [UInt8] {
        let text = name.filter { $0 != "[" && $0 != "]" }
        let (family, count) = text.contains(":") ? (AF_INET6, 16) : (AF_INET, 4)
        var bytes = [UInt8](repeating: 0, count: count)
        return inet_pton(family, text, &bytes) == 1 ? bytes : []
    }

    /// RFC 6890: false for what is not globally reachable.
    private static func isPublic(v4 address: [UInt8]) -> Bool {
        switch (address[0], address[1], address[2]) {
        case (0, _, _), (10, _, _), (127, _, _), (169, 254, _), (192, 168, _), (224..., _, _): false
        case (100, 64...127, _), (172, 16...31, _), (198, 18...19, _): false
        case (192, 0, 0), (192, 0, 2), (192, 88, 99), (198, 51, 100), (203, 0, 113): false
        default: true
        }
    }

    private static func isPublic(v6 address: [UInt8]) -> Bool {
        let head = Array(address.prefix(12))
        // IPv4 in IPv6: mapped, and by NAT64 (RFC 6052).
        if head == Array(repeating: 0, count: 10) + [0xFF, 0xFF]
            || head == [0, 0x64, 0xFF, 0x9B] + Array(repeating: 0, count: 8)
        {
            return isPublic(v4: Array(address.suffix(4)))
        }
        switch (address[0], address[1]) {
        // 6to4 hides an IPv4 address; 2001::/23 is Teredo and other special ranges.
        case (0x20, 0x02): return false
        case (0x20, 0x01): return address[2] > 1 && !(address[2] == 0x0D && address[3] == 0xB8)
        // Only 2000::/3 is global unicast; 3fff::/20 is for documentation.
        case (0x3F, 0xFF): return address[2] & 0xF0 != 0
        default: return address[0] & 0xE0 == 0x20
        }
    }
}
