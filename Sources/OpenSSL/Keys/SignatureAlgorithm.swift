internal import COpenSSL

/// The signatures of JSON Web Algorithms by a pair of keys (RFC 7518 §3.1), under their registered names.
public enum SignatureAlgorithm: String, Sendable, Hashable, CaseIterable {
    /// RSASSA-PKCS1-v1_5 with SHA-256.
    case rs256 = "RS256"
    /// RSASSA-PSS with SHA-256 and a salt as long as the digest.
    case ps256 = "PS256"
    /// ECDSA on P-256 with SHA-256.
    case es256 = "ES256"

    public var keyKind: KeyKind { self == .es256 ? .ec : .rsa }

    /// Settles the padding of an operation that was begun.
    fileprivate func configure(_ context: OpaquePointer?, _ operation: String) throws(OpenSSLError) {
        guard self == .ps256 else { return }
        try EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_PSS_PADDING).orThrow(operation)
        // RFC 7518 §3.5: the salt has the size of the digest.
        try EVP_PKEY_CTX_set_rsa_pss_saltlen(context, RSA_PSS_SALTLEN_DIGEST).orThrow(operation)
    }
}

extension PrivateKey {
    /// Makes a key for an algorithm. An RSA key costs about 100 ms.
    public static func generate(for algorithm: SignatureAlgorithm) throws(OpenSSLError) -> PrivateKey {
        switch algorithm.keyKind {
        case .rsa: try self.generateRSA()
        case .ec: try self.generateP256()
        }
    }

    /// Signs a message as a JSON Web Signature is signed; the key must be of the algorithm's kind.
    public func sign(_ message: [UInt8], by algorithm: SignatureAlgorithm) throws(OpenSSLError) -> [UInt8] {
        let operation = "sign by \(algorithm.rawValue)"
        guard self.kind == algorithm.keyKind else {
            throw OpenSSLError(operation: operation, reason: "the key is of another kind")
        }
        let context = try EVP_MD_CTX_new().orThrow(operation)
        defer { EVP_MD_CTX_free(context) }
        try self.begunSignature(algorithm).copy(to: context).orThrow(operation)
        // Nothing is added to what this context has hashed, so it need not be copied once more for the end.
        EVP_MD_CTX_set_flags(context, EVP_MD_CTX_FLAG_FINALISE)
        var length = Int(EVP_PKEY_get_size(self.evp))
        var signature = [UInt8](repeating: 0, count: length)
        try EVP_DigestSign(context, &signature, &length, message, message.count).orThrow(operation)
        signature.removeLast(signature.count - length)
        return algorithm == .es256 ? try ECDSASignature.plain(der: signature) : signature
    }
}

/// A signature before its first byte. Each one is made from a copy: what algorithm, key and padding lead to in the library
/// is looked up by name, and costs more than to hash the message.
///
/// `@unchecked Sendable`: the context is not changed after `init`, and copies of it are made by any thread.
final class BegunSignature: @unchecked Sendable {
    private let context: OpaquePointer

    fileprivate init(_ key: PrivateKey, _ algorithm: SignatureAlgorithm) throws(OpenSSLError) {
        let operation = "sign by \(algorithm.rawValue)"
        self.context = try EVP_MD_CTX_new().orThrow(operation)
        var parameters: OpaquePointer?
        try EVP_DigestSignInit(self.context, &parameters, Algorithm.sha256.evp, nil, key.evp).orThrow(operation)
        try algorithm.configure(parameters, operation)
    }

    deinit { EVP_MD_CTX_free(self.context) }

    /// Goes on from here in another context; 1 where that worked, as the library says it.
    fileprivate func copy(to copy: OpaquePointer) -> Int32 {
        withExtendedLifetime(self) { EVP_MD_CTX_copy_ex(copy, self.context) }
    }
}

extension PrivateKey {
    fileprivate func begunSignature(_ algorithm: SignatureAlgorithm) throws(OpenSSLError) -> BegunSignature {
        if let begun = self.begunSignatures.withLock({ $0[algorithm] }) { return begun }
        let begun = try BegunSignature(self, algorithm)
        return self.begunSignatures.withLock { begunSignatures in
            // Another thread may have begun one meanwhile, and be copying it.
            if let first = begunSignatures[algorithm] { return first }
            begunSignatures[algorithm] = begun
            return begun
        }
    }
}

extension PublicKey {
    /// Whether a signature made by ``PrivateKey/sign(_:by:)`` belongs to the message.
    public func verify(_ message: [UInt8], signature: [UInt8], by algorithm: SignatureAlgorithm) -> Bool {
        guard self.kind == algorithm.keyKind, let context = EVP_MD_CTX_new() else { return false }
        defer {
            EVP_MD_CTX_free(context)
            ERR_clear_error()
        }
        var parameters: OpaquePointer?
        guard let signature = algorithm == .es256 ? ECDSASignature.der(plain: signature) : signature,
            EVP_DigestVerifyInit(context, &parameters, Algorithm.sha256.evp, nil, self.evp) == 1,
            (try? algorithm.configure(parameters, "verify")) != nil
        else { return false }
        return EVP_DigestVerify(context, signature, signature.count, message, message.count) == 1
    }
}

/// The two spellings of an ECDSA signature on P-256: the library's DER sequence, and the two numbers side by side
/// that JSON Web Signatures have (RFC 7518 §3.4).
private enum ECDSASignature {
    private static let numberLength = 32

    static func plain(der: [UInt8]) throws(OpenSSLError) -> [UInt8] {
        let operation = "read an ECDSA signature"
        let numbers = der.withUnsafeBufferPointer { der in
            var cursor = der.baseAddress
            return d2i_ECDSA_SIG(nil, &cursor, der.count)
        }
        let signature = try numbers.orThrow(operation)
        defer { ECDSA_SIG_free(signature) }
        var plain = [UInt8](repeating: 0, count: 2 * Self.numberLength)
        let length = Int32(Self.numberLength)
        let isWritten = plain.withUnsafeMutableBufferPointer { plain in
            BN_bn2binpad(ECDSA_SIG_get0_r(signature), plain.baseAddress, length) == length
                && BN_bn2binpad(ECDSA_SIG_get0_s(signature), plain.baseAddress! + Self.numberLength, length) == length
        }
        guard isWritten else { throw OpenSSLError.last(operation) }
        return plain
    }

    static func der(plain: [UInt8]) -> [UInt8]? {
        guard plain.count == 2 * Self.numberLength, let signature = ECDSA_SIG_new() else { return nil }
        defer { ECDSA_SIG_free(signature) }
        let length = Int32(Self.numberLength)
        let r = BN_bin2bn(plain, length, nil)
        let s = BN_bin2bn(Array(plain[Self.numberLength...]), length, nil)
        // The signature owns the numbers from here on, unless it refuses them.
        guard ECDSA_SIG_set0(signature, r, s) == 1 else {
            BN_free(r)
            BN_free(s)
            return nil
        }
        let size = i2d_ECDSA_SIG(signature, nil)
        guard size > 0 else { return nil }
        return [UInt8](unsafeUninitializedCapacity: Int(size)) { output, count in
            var cursor = output.baseAddress
            count = Int(max(0, i2d_ECDSA_SIG(signature, &cursor)))
        }
    }
}
