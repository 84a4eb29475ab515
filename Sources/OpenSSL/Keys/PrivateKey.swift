internal import COpenSSL
import Synchronization

/// A private key, for signatures and for certificates.
///
/// `@unchecked Sendable`: the `EVP_PKEY` is not changed after `init`, and the library lets several threads sign
/// with one key at once.
public final class PrivateKey: @unchecked Sendable {
    let evp: OpaquePointer
    public let kind: KeyKind
    /// One for each algorithm the key has signed by.
    let begunSignatures = Mutex<[SignatureAlgorithm: BegunSignature]>([:])

    /// Takes over the caller's reference.
    private init(owning evp: OpaquePointer, operation: String) throws(OpenSSLError) {
        do {
            self.kind = try KeyKind(of: evp, operation)
            self.evp = evp
        } catch {
            EVP_PKEY_free(evp)
            throw error
        }
    }

    /// Takes over a key the library has read.
    convenience init(taking evp: OpaquePointer) throws(OpenSSLError) {
        try self.init(owning: evp, operation: "read a private key")
    }

    deinit { EVP_PKEY_free(self.evp) }

    /// Makes an RSA key. Costs about 100 ms of processor time for 2048 bits: not on an event loop.
    public static func generateRSA(bits: Int = 2048) throws(OpenSSLError) -> PrivateKey {
        try self.generate("RSA") { EVP_PKEY_CTX_set_rsa_keygen_bits($0, Int32(bits)) }
    }

    /// Makes a key on the curve P-256.
    public static func generateP256() throws(OpenSSLError) -> PrivateKey {
        try self.generate("EC") { EVP_PKEY_CTX_set_group_name($0, "P-256") }
    }

    private static func generate(
        _ algorithm: String, _ configure: (OpaquePointer) -> Int32
    ) throws(OpenSSLError) -> PrivateKey {
        let operation = "generate a private key"
        let context = try EVP_PKEY_CTX_new_from_name(nil, algorithm, nil).orThrow(operation)
        defer { EVP_PKEY_CTX_free(context) }
        try EVP_PKEY_keygen_init(context).orThrow(operation)
        try configure(context).orThrow(operation)
        var evp: OpaquePointer?
        try EVP_PKEY_generate(context, &evp).orThrow(operation)
        return try PrivateKey(owning: evp.orThrow(operation), operation: operation)
    }

    /// Reads a key in PEM (PKCS #8, PKCS #1 or SEC 1), decrypting it if a password is given.
    public convenience init(pem: String, password: String? = nil) throws(OpenSSLError) {
        let operation = "read a private key"
        var secret = password.map { Array($0.utf8CString) } ?? []
        defer { secret.withUnsafeMutableBytes { OPENSSL_cleanse($0.baseAddress, $0.count) } }
        let evp = try PEM.read(operation, pem) { (bio) throws(OpenSSLError) in
            let key = secret.withUnsafeMutableBytes { secret in
                PEM_read_bio_PrivateKey(bio, nil, PEM.password, secret.baseAddress)
            }
            return try key.orThrow(operation)
        }
        try self.init(owning: evp, operation: operation)
    }

    /// The key in PEM, unencrypted PKCS #8.
    public func pem() throws(OpenSSLError) -> String {
        let bytes = try PEM.write("write a private key") {
            PEM_write_bio_PrivateKey($0, self.evp, nil, nil, 0, nil, nil)
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// Signs a message with SHA-256: RSASSA-PKCS1-v1_5 for RSA (RS256), a DER sequence for elliptic curves.
    public func sign(sha256 message: [UInt8]) throws(OpenSSLError) -> [UInt8] {
        let operation = "sign"
        let context = try EVP_MD_CTX_new().orThrow(operation)
        defer { EVP_MD_CTX_free(context) }
        try EVP_DigestSignInit(context, nil, Algorithm.sha256.evp, nil, self.evp).orThrow(operation)
        var length = Int(EVP_PKEY_get_size(self.evp))
        var signature = [UInt8](repeating: 0, count: length)
        try EVP_DigestSign(context, &signature, &length, message, message.count).orThrow(operation)
        signature.removeLast(signature.count - length)
        return signature
    }

    /// The public half.
    public var publicKey: PublicKey {
        EVP_PKEY_up_ref(self.evp)
        return PublicKey(owning: self.evp, kind: self.kind)
    }
}
