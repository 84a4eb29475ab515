import Glibc
import Logging
import OpenSSL

/// The certificate authority made in the data directory at the first start: `ca.pem`, which clients trust, and
/// `ca-key.pem`.
///
/// The admin listener's certificate always comes from it, those of public names in development alone. All
/// certificates it issues share one RSA and one P-256 key: making keys is what is slow, and with the keys at hand a
/// certificate is made within a handshake.
struct LocalAuthority: Sendable {
    private static let daysOfLeaf = 397
    private static let largestFile = 65_536
    let authority: CertificateAuthority
    private let keys: [PrivateKey]

    /// Opens the authority of a data directory, or makes it where there is none.
    ///
    /// - Throws: ``AuthorityError`` for files that are damaged, do not belong together, or cannot be read or written;
    ///   ``OpenSSLError`` where the library makes no key.
    init(directory: String, logger: Logger) throws {
        self.authority = try Self.authority(directory, logger)
        self.keys = try [
            Self.key("\(directory)/development-rsa-key.pem") { () throws(OpenSSLError) in
                try PrivateKey.generateRSA()
            },
            Self.key("\(directory)/development-ecdsa-key.pem") { () throws(OpenSSLError) in
                try PrivateKey.generateP256()
            },
        ]
    }

    func issue(dnsNames: [String]) throws(OpenSSLError) -> [TLSIdentity] {
        var identities: [TLSIdentity] = []
        for key in self.keys {
            let leaf = try self.authority.issue(dnsNames: dnsNames, key: key, validForDays: Self.daysOfLeaf)
            identities.append(try TLSIdentity(chain: [leaf], key: key))
        }
        return identities
    }

    /// Clients trust this authority, so another takes its place only where there are no files at all.
    private static func authority(_ directory: String, _ logger: Logger) throws -> CertificateAuthority {
        let (certificatePath, keyPath) = ("\(directory)/ca.pem", "\(directory)/ca-key.pem")
        let certificate = try Self.read(certificatePath) { (text) throws(OpenSSLError) in try Certificate(pem: text) }
        let key = try Self.read(keyPath) { (text) throws(OpenSSLError) in try PrivateKey(pem: text) }
        guard let certificate else {
            guard key == nil else { throw AuthorityError.missing(certificatePath, beside: keyPath) }
            let number = SecureRandom.hex(byteCount: 3)
            let made = try CertificateAuthority.create(commonName: "Gatehouse development CA \(number)")
            try Self.write(made.key.pem(), to: keyPath, mode: 0o600)
            try Self.write(made.certificate.pem(), to: certificatePath, mode: 0o644)
            return made
        }
        guard let key else { throw AuthorityError.missing(keyPath, beside: certificatePath) }
        guard certificate.matches(key) else {
            throw AuthorityError.keyDoesNotMatch(certificate: certificatePath, key: keyPath)
        }
        // One that is about to expire would make certificates that outlive it.
        guard certificate.notAfter <= time(nil) + (Self.daysOfLeaf + 1) * 86_400 else {
            return try CertificateAuthority(certificate: certificate, key: key)
        }
        // With its key and name kept, whoever trusts the old certificate trusts what is issued until that ends.
        let name = certificate.subjectCommonName
        let renewed = try CertificateAuthority.create(commonName: name.isEmpty ? "Gatehouse CA" : name, key: key)
        try Self.write(renewed.certificate.pem(), to: certificatePath, mode: 0o644)
        logger.warning(
            "the certificate authority was renewed before its end: clients must trust its new certificate by then",
            metadata: ["file": "\(certificatePath)", "end": "\(HTTPDate.format(certificate.notAfter))"])
        return renewed
    }

    private static func key(
        _ path: String, make: () throws(OpenSSLError) -> PrivateKey
    ) throws -> PrivateKey {
        let stored = try Self.read(path) { (text) throws(OpenSSLError) in try PrivateKey(pem: text) }
        if let stored { return stored }
        let key = try make()
        try Self.write(key.pem(), to: path, mode: 0o600)
        return key
    }

    // MARK: Files

    /// What a file holds, or nil if there is none.
    private static func read<Value>(
        _ path: String, _ parse: (String) throws(OpenSSLError) -> Value
    ) throws(AuthorityError) -> Value? {
        let text: String?
        do throws(CertificateError) {
            text = try PrivateFile.read(path, limit: Self.largestFile)
        } catch {
            // The reason names the file.
            if case .unreadable(let reason) = error { throw .unreadable(reason) }
            throw .damaged(path, reason: "it is too large")
        }
        guard let text else { return nil }
        do throws(OpenSSLError) {
            return try parse(text)
        } catch {
            throw .damaged(path, reason: error.reason)
        }
    }

    private static func write(_ text: String, to path: String, mode: mode_t) throws(AuthorityError) {
        do throws(CertificateError) {
            try PrivateFile.write(Array(text.utf8), to: path, mode: mode)
        } catch {
            throw .notWritable("\(error)")
        }
    }
}
