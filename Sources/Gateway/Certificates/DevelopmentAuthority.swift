import Glibc
import OpenSSL

/// The certificate authority made in the data directory at the first start, for development.
///
/// All certificates it issues share one RSA and one P-256 key: making keys is what is slow, and with the keys at
/// hand a certificate is made within a handshake.
struct DevelopmentAuthority: Sendable {
    private static let daysOfLeaf = 397
    let authority: CertificateAuthority
    private let keys: [PrivateKey]

    /// Opens the authority of a data directory, or makes it.
    init(directory: String) throws {
        self.authority = try Self.authority(directory)
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

    private static func authority(_ directory: String) throws -> CertificateAuthority {
        let (certificatePath, keyPath) = ("\(directory)/ca.pem", "\(directory)/ca-key.pem")
        if let certificate = try PrivateFile.read(certificatePath, limit: 65_536),
            let key = try PrivateFile.read(keyPath, limit: 65_536)
        {
            let stored = try CertificateAuthority(
                certificate: Certificate(pem: certificate), key: PrivateKey(pem: key))
            // One that is about to expire would make certificates that outlive it.
            if stored.certificate.notAfter > time(nil) + (Self.daysOfLeaf + 1) * 86_400 { return stored }
        }
        let host = SecureRandom.hex(byteCount: 3)
        let made = try CertificateAuthority.create(commonName: "Gatehouse development CA \(host)")
        try PrivateFile.write(Array(made.key.pem().utf8), to: keyPath, mode: 0o600)
        try PrivateFile.write(Array(made.certificate.pem().utf8), to: certificatePath, mode: 0o644)
        return made
    }

    private static func key(
        _ path: String, make: () throws(OpenSSLError) -> PrivateKey
    ) throws -> PrivateKey {
        if let text = try PrivateFile.read(path, limit: 65_536) { return try PrivateKey(pem: text) }
        let key = try make()
        try PrivateFile.write(Array(key.pem().utf8), to: path, mode: 0o600)
        return key
    }
}
