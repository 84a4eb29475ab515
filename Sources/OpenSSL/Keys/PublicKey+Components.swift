internal import COpenSSL

/// Public keys from and to the numbers a JSON Web Key holds (RFC 7518 §6).
extension PublicKey {
    /// Bounds on the modulus of an RSA key made elsewhere: weaker ones are worthless (RFC 7518 §3.3), longer ones cost
    /// more than a stranger may make us spend.
    private static let acceptedModulus = 256...1024

    /// An RSA key from modulus and exponent, big-endian.
    public convenience init(rsaModulus n: [UInt8], exponent e: [UInt8]) throws(OpenSSLError) {
        let operation = "read an RSA key"
        guard Self.acceptedModulus.contains(n.count), (1...8).contains(e.count) else {
            throw OpenSSLError(operation: operation, reason: "the key is too short or too long")
        }
        let evp = try COpenSSL_rsa_public_key(n, n.count, e, e.count).orThrow(operation)
        self.init(owning: evp, kind: .rsa)
    }

    /// A key on P-256 from the coordinates of its point.
    public convenience init(p256X x: [UInt8], y: [UInt8]) throws(OpenSSLError) {
        let operation = "read a P-256 key"
        guard x.count == 32, y.count == 32 else {
            throw OpenSSLError(operation: operation, reason: "a coordinate has not 32 bytes")
        }
        // SEC 1 §2.3.3: an uncompressed point. One that is not on the curve is refused.
        let evp = try COpenSSL_p256_public_key([0x04] + x + y).orThrow(operation)
        self.init(owning: evp, kind: .ec)
    }

    /// The coordinates of a key on P-256, 32 bytes each; nil for keys of another kind or curve.
    public var p256Coordinates: (x: [UInt8], y: [UInt8])? {
        guard self.isP256, let x = self.coordinate(OSSL_PKEY_PARAM_EC_PUB_X),
            let y = self.coordinate(OSSL_PKEY_PARAM_EC_PUB_Y)
        else { return nil }
        return (x, y)
    }

    /// Whether the key may verify an algorithm: of its kind, on its curve, long enough.
    public func suits(_ algorithm: SignatureAlgorithm) -> Bool {
        switch algorithm {
        case .es256: self.isP256
        case .rs256, .ps256: self.kind == .rsa && Self.acceptedModulus.contains(Int(EVP_PKEY_get_size(self.evp)))
        }
    }

    private var isP256: Bool {
        var name = [CChar](repeating: 0, count: 64)
        defer { ERR_clear_error() }
        guard self.kind == .ec, EVP_PKEY_get_group_name(self.evp, &name, name.count, nil) == 1 else { return false }
        return String(decoding: name.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self) == "prime256v1"
    }

    private func coordinate(_ parameter: String) -> [UInt8]? {
        var number: OpaquePointer?
        guard EVP_PKEY_get_bn_param(self.evp, parameter, &number) == 1 else {
            ERR_clear_error()
            return nil
        }
        defer { BN_free(number) }
        var bytes = [UInt8](repeating: 0, count: 32)
        return BN_bn2binpad(number, &bytes, 32) == 32 ? bytes : nil
    }
}
