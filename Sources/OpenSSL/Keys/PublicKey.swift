internal import COpenSSL

/// A public key, for checking signatures and for publication.
///
/// `@unchecked Sendable`: the `EVP_PKEY` is not changed after `init`, and the library lets several threads verify
/// with one key at once.
public final class PublicKey: @unchecked Sendable {
    let evp: OpaquePointer
    public let kind: KeyKind

    /// Takes over the caller's reference.
    init(owning evp: OpaquePointer, kind: KeyKind) {
        self.evp = evp
        self.kind = kind
    }

    deinit { EVP_PKEY_free(self.evp) }

    /// Reads a key in PEM (`BEGIN PUBLIC KEY`).
    public convenience init(pem: String) throws(OpenSSLError) {
        let operation = "read a public key"
        let evp = try PEM.read(operation, pem) { (bio) throws(OpenSSLError) in
            try PEM_read_bio_PUBKEY(bio, nil, PEM.password, nil).orThrow(operation)
        }
        do {
            self.init(owning: evp, kind: try KeyKind(of: evp, operation))
        } catch {
            EVP_PKEY_free(evp)
            throw error
        }
    }

    /// The key in PEM (`BEGIN PUBLIC KEY`).
    public func pem() throws(OpenSSLError) -> String {
        let bytes = try PEM.write("write a public key") { PEM_write_bio_PUBKEY($0, self.evp) }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// Whether a signature made by ``PrivateKey/sign(sha256:)`` belongs to the message.
    public func verify(sha256 message: [UInt8], signature: [UInt8]) -> Bool {
        guard let context = EVP_MD_CTX_new() else { return false }
        defer {
            EVP_MD_CTX_free(context)
            ERR_clear_error()
        }
        guard EVP_DigestVerifyInit(context, nil, Algorithm.sha256.evp, nil, self.evp) == 1 else { return false }
        return EVP_DigestVerify(context, signature, signature.count, message, message.count) == 1
    }

    /// Modulus and exponent of an RSA key, big-endian without leading zeros, as a JSON Web Key has them.
    public var rsaComponents: (n: [UInt8], e: [UInt8])? {
        guard self.kind == .rsa, let n = self.number(OSSL_PKEY_PARAM_RSA_N), let e = self.number(OSSL_PKEY_PARAM_RSA_E)
        else { return nil }
        return (n, e)
    }

    private func number(_ parameter: String) -> [UInt8]? {
        var number: OpaquePointer?
        guard EVP_PKEY_get_bn_param(self.evp, parameter, &number) == 1 else {
            ERR_clear_error()
            return nil
        }
        defer { BN_free(number) }
        var bytes = [UInt8](repeating: 0, count: Int(BN_num_bits(number) + 7) / 8)
        BN_bn2bin(number, &bytes)
        return bytes
    }
}
