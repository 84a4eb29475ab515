import OpenSSL

/// A certificate in use, as the operator sees it.
public struct InstalledCertificate: Sendable, Hashable {
    /// The host or wildcard it was installed for.
    public let name: String
    public let kind: KeyKind
    public let subject: String
    public let dnsNames: [String]
    /// Seconds since 1970.
    public let notBefore: Int
    public let notAfter: Int
    public let sha256Thumbprint: String

    init(name: CertificateName, identity: TLSIdentity) {
        let leaf = identity.leaf
        self.name = name.description
        self.kind = identity.key.kind
        self.subject = leaf.subjectCommonName
        self.dnsNames = leaf.dnsNames
        self.notBefore = leaf.notBefore
        self.notAfter = leaf.notAfter
        self.sha256Thumbprint = Hex.encode(leaf.sha256Thumbprint)
    }
}
