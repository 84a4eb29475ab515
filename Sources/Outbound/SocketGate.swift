import CCurl
import Foundation
import WebAddresses

/// Opens libcurl's sockets, and only to addresses the policy allows. libcurl resolves the name and tries its addresses
/// one after the other; each comes through here right before it is connected to. Where a proxy leads to the host, the
/// sockets are the proxy's, and what is asked of it has been looked at before.
final class SocketGate {
    private let policy: EgressPolicy
    /// The operator has opened the host, wherever its name leads.
    let isOpen: Bool
    /// What leads to the host; nil where it is called straight.
    let proxy: EgressProxy?
    private(set) var hasRefused = false

    init(_ policy: EgressPolicy, url: String) throws(TransferError) {
        guard let parsed = try? ParsedURL(parsing: url), let host = parsed.host, policy.allows(parsed) else {
            throw .refused
        }
        self.policy = policy
        isOpen = policy.isOpened(host: host.name)
        proxy = isOpen ? nil : policy.proxy
        guard proxy == nil || policy.allows(unresolved: host) else { throw .refused }
    }

    /// For servers that are named by host and port, which no proxy of HTTP leads to.
    init(_ policy: EgressPolicy, host: String) {
        self.policy = policy
        isOpen = policy.isOpened(host: host)
        proxy = nil
    }

    static let open: curl_opensocket_callback = { gate, _, address in
        guard let gate, let address else { return -1 }
        return Unmanaged<SocketGate>.fromOpaque(gate).takeUnretainedValue().open(address)
    }

    private func open(_ target: UnsafeMutablePointer<curl_sockaddr>) -> curl_socket_t {
        let family = target.pointee.family
        guard isOpen || proxy != nil || Self.address(target).map(policy.allows(address:)) == true else {
            hasRefused = true
            return -1
        }
        return socket(family, target.pointee.socktype | Int32(SOCK_CLOEXEC.rawValue), target.pointee.protocol)
    }

    /// The address in network order; nil for a family that is neither IPv4 nor IPv6.
    private static func address(_ target: UnsafeMutablePointer<curl_sockaddr>) -> [UInt8]? {
        // The socket address itself is the last member; libcurl makes room for all of it behind.
        guard let start = MemoryLayout<curl_sockaddr>.offset(of: \.addr) else { return nil }
        let raw = UnsafeRawPointer(target).advanced(by: start)
        switch target.pointee.family {
        case AF_INET:
            let address = raw.loadUnaligned(as: sockaddr_in.self).sin_addr
            return withUnsafeBytes(of: address) { Array($0) }
        case AF_INET6:
            let address = raw.loadUnaligned(as: sockaddr_in6.self).sin6_addr
            return withUnsafeBytes(of: address) { Array($0) }
        default: return nil
        }
    }
}
