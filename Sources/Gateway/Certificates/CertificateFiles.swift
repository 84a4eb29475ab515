import Glibc
import OpenSSL

/// `DIR/certificates/NAME/{rsa,ecdsa}.{crt,key}`: what the operator installed, checked whenever it is read.
struct CertificateFiles: Sendable {
    private static let largestFile = 256 << 10
    let root: String

    func load() -> (found: [CertificateName: [TLSIdentity]], failures: [(name: String, error: CertificateError)]) {
        var found: [CertificateName: [TLSIdentity]] = [:]
        var failures: [(name: String, error: CertificateError)] = []
        for directory in PrivateFile.names(in: self.root) {
            guard let name = CertificateName(directory: directory) else { continue }
            for kind in KeyKind.allCases {
                do throws(CertificateError) {
                    if let identity = try self.load(name, kind) { found[name, default: []].append(identity) }
                } catch {
                    failures.append((name.description, error))
                }
            }
        }
        return (found, failures)
    }

    private func load(_ name: CertificateName, _ kind: KeyKind) throws(CertificateError) -> TLSIdentity? {
        guard let chain = try PrivateFile.read(self.path(name, kind, "crt"), limit: Self.largestFile) else {
            return nil
        }
        guard let key = try PrivateFile.read(self.path(name, kind, "key"), limit: Self.largestFile) else {
            throw .unreadableKey("there is no key file beside the certificate")
        }
        return try Self.check(name, chainPEM: chain, keyPEM: key, password: nil)
    }

    /// Reads a certificate with its key and chain, and makes sure that it is good for the name now and that each
    /// certificate of the chain signed the one before it.
    static func check(
        _ name: CertificateName, chainPEM: String, keyPEM: String, password: String?, now: Int = time(nil)
    ) throws(CertificateError) -> TLSIdentity {
        guard chainPEM.utf8.count <= Self.largestFile, keyPEM.utf8.count <= Self.largestFile else { throw .tooLarge }
        let chain: [Certificate]
        do throws(OpenSSLError) {
            chain = try Certificate.chain(pem: chainPEM)
        } catch {
            throw .unreadable(error.reason)
        }
        let key: PrivateKey
        do throws(OpenSSLError) {
            key = try PrivateKey(pem: keyPEM, password: password)
        } catch {
            throw .unreadableKey(error.reason)
        }
        guard let identity = try? TLSIdentity(chain: chain, key: key) else { throw .keyDoesNotMatch }
        let leaf = identity.leaf
        guard leaf.covers(host: name.description) else {
            throw .doesNotCover(name: name.description, names: leaf.dnsNames)
        }
        guard leaf.notAfter > now else { throw .expired(at: leaf.notAfter) }
        guard leaf.notBefore <= now else { throw .notYetValid(from: leaf.notBefore) }
        // RFC 8446 §4.4.2: each certificate should certify the one before it; not all clients cope with another order.
        for position in chain.indices.dropFirst() where !chain[position - 1].isIssued(by: chain[position]) {
            throw .brokenChain(
                position: position + 1, name: Self.shownName(chain[position]),
                before: Self.shownName(chain[position - 1]))
        }
        return identity
    }

    /// Certificates of servers need no common name, those of authorities have no other.
    private static func shownName(_ certificate: Certificate) -> String {
        let names = [certificate.subjectCommonName] + certificate.dnsNames + [certificate.subjectOrganization]
        return names.first { !$0.isEmpty } ?? "without a name"
    }

    func save(_ name: CertificateName, _ identity: TLSIdentity) throws(CertificateError) {
        try PrivateFile.makeDirectory(self.root)
        try PrivateFile.makeDirectory("\(self.root)/\(name.directory)")
        let (chain, key): (String, String)
        do throws(OpenSSLError) {
            var text = ""
            for certificate in identity.chain { text += try certificate.pem() }
            chain = text
            key = try identity.key.pem()
        } catch {
            throw .unreadable(error.reason)
        }
        // Between the two renames the pair does not match; a reload in that moment keeps what is in use.
        try PrivateFile.write(Array(key.utf8), to: self.path(name, identity.key.kind, "key"), mode: 0o600)
        try PrivateFile.write(Array(chain.utf8), to: self.path(name, identity.key.kind, "crt"), mode: 0o600)
    }

    func remove(_ name: CertificateName) {
        for kind in KeyKind.allCases {
            unlink(self.path(name, kind, "crt"))
            unlink(self.path(name, kind, "key"))
        }
        rmdir("\(self.root)/\(name.directory)")
    }

    private func path(_ name: CertificateName, _ kind: KeyKind, _ suffix: String) -> String {
        "\(self.root)/\(name.directory)/\(kind == .rsa ? "rsa" : "ecdsa").\(suffix)"
    }
}
