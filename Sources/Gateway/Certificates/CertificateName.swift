import WebAddresses

/// What a certificate is installed for: one host, or every name one label below a domain.
struct CertificateName: Sendable, Hashable, CustomStringConvertible {
    let isWildcard: Bool
    /// The host, or the domain below which the wildcard stands.
    let host: CanonicalHost

    init(_ host: CanonicalHost, isWildcard: Bool = false) {
        self.host = host
        self.isWildcard = isWildcard
    }

    init(parsing text: String) throws(CertificateError) {
        self.isWildcard = text.hasPrefix("*.")
        let name = self.isWildcard ? String(text.dropFirst(2)) : text
        guard let host = try? CanonicalHost(parsing: name), !host.isIPAddress else { throw .invalidName(text) }
        self.host = host
    }

    /// From the name of a directory, where an asterisk would be a nuisance.
    init?(directory: String) {
        let text = directory.hasPrefix("_wildcard.") ? "*." + directory.dropFirst("_wildcard.".count) : directory
        guard let name = try? CertificateName(parsing: text) else { return nil }
        self = name
    }

    var directory: String { self.isWildcard ? "_wildcard.\(self.host.name)" : self.host.name }
    /// The name that the certificate has to be good for, as it stands in one.
    var description: String { self.isWildcard ? "*.\(self.host.name)" : self.host.name }
}
