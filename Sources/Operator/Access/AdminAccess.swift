import OpenSSL
import WebAddresses

/// Who may use the admin port: whoever has its token, under one of its own names.
public struct AdminAccess: Sendable {
    /// Digests are compared, so that not even the length of the token shows.
    private let tokenDigest: [UInt8]
    private let hosts: Set<CanonicalHost>

    /// - Parameter hosts: names the port answers to beside those of loopback.
    public init(token: String, hosts: [String] = []) {
        tokenDigest = Digest.sha256(Array(token.utf8))
        self.hosts = Set((Self.loopback + hosts).compactMap { try? CanonicalHost.parse(authority: $0).host })
    }

    private static let loopback = ["localhost", "127.0.0.1", "[::1]"]

    func isToken(_ text: String) -> Bool {
        constantTimeEqual(Digest.sha256(Array(text.utf8)), tokenDigest)
    }

    func allows(authority: String) -> Bool {
        guard let host = try? CanonicalHost.parse(authority: authority).host else { return false }
        return hosts.contains(host)
    }
}
