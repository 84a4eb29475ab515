import OpenSSL
import WebAddresses

/// Who may use the admin port: whoever has its token, under one of its own names.
public struct AdminAccess: Sendable {
    /// Digests are compared, so that not even the length of the token shows.
    private let tokenDigest: [UInt8]
    /// Those of loopback first, each once.
    private let hosts: [CanonicalHost]

    /// - Parameter hosts: names the port answers to beside those of loopback.
    public init(token: String, hosts: [CanonicalHost] = []) {
        tokenDigest = Digest.sha256(Array(token.utf8))
        let loopback = Self.loopback.compactMap { try? CanonicalHost(parsing: $0) }
        self.hosts = (loopback + hosts).reduce(into: []) { if !$0.contains($1) { $0.append($1) } }
    }

    private static let loopback = ["localhost", "127.0.0.1", "[::1]"]

    /// What the port's certificate has to be for: the names it answers to, IPv6 addresses without brackets, as
    /// certificates hold them.
    public var certificateNames: [String] {
        hosts.map { $0.name.hasPrefix("[") ? String($0.name.dropFirst().dropLast()) : $0.name }
    }

    func isToken(_ text: String) -> Bool {
        constantTimeEqual(Digest.sha256(Array(text.utf8)), tokenDigest)
    }

    func allows(authority: String) -> Bool {
        guard let host = try? CanonicalHost.parse(authority: authority).host else { return false }
        return hosts.contains(host)
    }
}
