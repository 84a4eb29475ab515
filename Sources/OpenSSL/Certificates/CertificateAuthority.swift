internal import COpenSSL

/// A certificate and key that sign the certificates of servers.
public struct CertificateAuthority: Sendable {
    public let certificate: Certificate
    public let key: PrivateKey

    /// - Throws: if the key does not belong to the certificate.
    public init(certificate: Certificate, key: PrivateKey) throws(OpenSSLError) {
        guard certificate.matches(key) else {
            throw OpenSSLError(operation: "use a certificate authority", reason: "its key is of another certificate")
        }
        self.certificate = certificate
        self.key = key
    }

    /// Makes an authority that is valid for ten years and allowed to sign server certificates only.
    ///
    /// - Parameter key: the key of an authority that is renewed; a new one on the curve P-256 if there is none.
    public static func create(
        commonName: String, key: PrivateKey? = nil
    ) throws(OpenSSLError) -> CertificateAuthority {
        let signer = if let key { key } else { try PrivateKey.generateP256() }
        let builder = try CertificateBuilder(commonName: commonName, key: signer.publicKey, validForDays: 3650)
        try builder.add(NID_basic_constraints, "critical,CA:TRUE,pathlen:0")
        try builder.add(NID_key_usage, "critical,keyCertSign,cRLSign")
        try builder.add(NID_subject_key_identifier, "hash")
        let certificate = try builder.signed(by: signer, issuer: nil)
        return try CertificateAuthority(certificate: certificate, key: signer)
    }

    /// Issues a server certificate for DNS names; the first also becomes the common name.
    public func issue(
        dnsNames: [String], key: PrivateKey, validForDays days: Int
    ) throws(OpenSSLError) -> Certificate {
        guard let first = dnsNames.first else {
            throw OpenSSLError(operation: "issue a certificate", reason: "it needs at least one name")
        }
        let builder = try CertificateBuilder(commonName: first, key: key.publicKey, validForDays: days)
        try builder.add(NID_basic_constraints, "critical,CA:FALSE")
        try builder.add(NID_key_usage, "critical,digitalSignature")
        try builder.add(NID_ext_key_usage, "serverAuth")
        try builder.add(NID_subject_key_identifier, "hash")
        try builder.add(NID_authority_key_identifier, "keyid", issuer: self.certificate)
        try builder.add(dnsNames: dnsNames)
        return try builder.signed(by: self.key, issuer: self.certificate)
    }
}

extension Certificate {
    /// Makes a certificate signed by its own key: the signing certificate of a tenant.
    public static func selfSigned(
        commonName: String, key: PrivateKey, validForDays days: Int
    ) throws(OpenSSLError) -> Certificate {
        let builder = try CertificateBuilder(commonName: commonName, key: key.publicKey, validForDays: days)
        try builder.add(NID_basic_constraints, "critical,CA:TRUE")
        try builder.add(NID_subject_key_identifier, "hash")
        return try builder.signed(by: key, issuer: nil)
    }
}
