internal import COpenSSL

/// An X.509 certificate.
///
/// `@unchecked Sendable`: the `X509` is not changed after `init`; the library guards what it caches inside.
public final class Certificate: @unchecked Sendable {
    let x509: OpaquePointer

    /// Takes over the caller's reference.
    init(owning x509: OpaquePointer) {
        self.x509 = x509
    }

    deinit { X509_free(self.x509) }

    /// Reads the first certificate of a PEM text.
    public convenience init(pem: String) throws(OpenSSLError) {
        let operation = "read a certificate"
        self.init(
            owning: try PEM.read(operation, pem) { (bio) throws(OpenSSLError) in
                try PEM_read_bio_X509(bio, nil, PEM.password, nil).orThrow(operation)
            })
    }

    /// Reads a certificate in DER.
    public convenience init(der: [UInt8]) throws(OpenSSLError) {
        let x509 = der.withUnsafeBufferPointer { der in
            var cursor = der.baseAddress
            return d2i_X509(nil, &cursor, der.count)
        }
        self.init(owning: try x509.orThrow("read a certificate"))
    }

    /// Reads every certificate of a PEM text, in its order: the leaf first, as servers send them.
    public static func chain(pem: String) throws(OpenSSLError) -> [Certificate] {
        let operation = "read a certificate chain"
        return try PEM.read(operation, pem) { (bio) throws(OpenSSLError) in
            var chain: [Certificate] = []
            while let x509 = PEM_read_bio_X509(bio, nil, PEM.password, nil) {
                chain.append(Certificate(owning: x509))
            }
            guard !chain.isEmpty else { throw OpenSSLError.last(operation) }
            // The loop ends with "no start line", which is the end of the text; anything else is damage.
            guard self.reachedEndOfText() else { throw OpenSSLError.last(operation) }
            ERR_clear_error()
            return chain
        }
    }

    private static func reachedEndOfText() -> Bool {
        let code = ERR_peek_last_error()
        return ERR_reason_error_string(code).map { String(cString: $0) } == "no start line"
    }

    public func pem() throws(OpenSSLError) -> String {
        let bytes = try PEM.write("write a certificate") { PEM_write_bio_X509($0, self.x509) }
        return String(decoding: bytes, as: UTF8.self)
    }

    public var der: [UInt8] {
        let length = i2d_X509(self.x509, nil)
        guard length > 0 else { return [] }
        return [UInt8](unsafeUninitializedCapacity: Int(length)) { output, count in
            var cursor = output.baseAddress
            count = Int(max(0, i2d_X509(self.x509, &cursor)))
        }
    }

    /// A degenerate PKCS #7 structure that holds this certificate alone, in PEM.
    public func pkcs7PEM() throws(OpenSSLError) -> String {
        let operation = "write a certificate as PKCS #7"
        let pkcs7 = try PKCS7_new().orThrow(operation)
        defer { PKCS7_free(pkcs7) }
        try PKCS7_set_type(pkcs7, NID_pkcs7_signed).orThrow(operation)
        try PKCS7_content_new(pkcs7, NID_pkcs7_data).orThrow(operation)
        PKCS7_ctrl(pkcs7, PKCS7_OP_SET_DETACHED_SIGNATURE, 1, nil)
        try PKCS7_add_certificate(pkcs7, self.x509).orThrow(operation)
        let bytes = try PEM.write(operation) { PEM_write_bio_PKCS7($0, pkcs7) }
        return String(decoding: bytes, as: UTF8.self)
    }

    public var sha1Thumbprint: [UInt8] { Digest.sha1(self.der) }
    public var sha256Thumbprint: [UInt8] { Digest.sha256(self.der) }

    public var publicKey: PublicKey {
        get throws(OpenSSLError) {
            let operation = "read the public key of a certificate"
            let evp = try X509_get_pubkey(self.x509).orThrow(operation)
            do {
                return PublicKey(owning: evp, kind: try KeyKind(of: evp, operation))
            } catch {
                EVP_PKEY_free(evp)
                throw error
            }
        }
    }

    /// Whether the certificate was made for this key.
    public func matches(_ key: PrivateKey) -> Bool {
        defer { ERR_clear_error() }
        return X509_check_private_key(self.x509, key.evp) == 1
    }
}
