internal import COpenSSL

extension PublicKey {
    /// A key on the curve P-256 by its coordinates, 32 bytes each. A point that is not on the curve is refused.
    public convenience init(p256X x: [UInt8], y: [UInt8]) throws(OpenSSLError) {
        guard x.count == 32, y.count == 32 else {
            throw OpenSSLError(operation: "read a public key", reason: "the coordinates are not 32 bytes long")
        }
        let algorithm = DER.sequence(DER.identifier(Self.ecPublicKey) + DER.identifier(Self.p256))
        try self.init(subjectPublicKeyInfo: DER.sequence(algorithm + DER.bits([4] + x + y)), kind: .ec)
    }

    /// An RSA key by modulus and exponent, big-endian.
    public convenience init(rsaModulus n: [UInt8], exponent e: [UInt8]) throws(OpenSSLError) {
        let algorithm = DER.sequence(DER.identifier(Self.rsaEncryption) + DER.null)
        let key = DER.sequence(DER.integer(n) + DER.integer(e))
        try self.init(subjectPublicKeyInfo: DER.sequence(algorithm + DER.bits(key)), kind: .rsa)
    }

    private convenience init(subjectPublicKeyInfo der: [UInt8], kind: KeyKind) throws(OpenSSLError) {
        let operation = "read a public key"
        let evp = der.withUnsafeBufferPointer { bytes in
            var start = bytes.baseAddress
            return d2i_PUBKEY(nil, &start, bytes.count)
        }
        self.init(owning: try evp.orThrow(operation), kind: kind)
    }

    private static let ecPublicKey: [UInt8] = [0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x02, 0x01]
    private static let p256: [UInt8] = [0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x03, 0x01, 0x07]
    private static let rsaEncryption: [UInt8] = [0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x01, 0x01]
}

/// As much of DER (X.690) as a public key needs.
private enum DER {
    static let null: [UInt8] = [0x05, 0x00]

    static func sequence(_ content: [UInt8]) -> [UInt8] { value(0x30, content) }
    static func identifier(_ content: [UInt8]) -> [UInt8] { value(0x06, content) }
    static func bits(_ content: [UInt8]) -> [UInt8] { value(0x03, [0] + content) }

    /// A number without a sign: a leading zero keeps it positive.
    static func integer(_ bytes: [UInt8]) -> [UInt8] {
        let digits = Array(bytes.drop { $0 == 0 })
        return value(0x02, (digits.first ?? 0x80) & 0x80 == 0 ? digits : [0] + digits)
    }

    private static func value(_ tag: UInt8, _ content: [UInt8]) -> [UInt8] {
        let count = content.count
        let length: [UInt8] =
            switch count {
            case ..<0x80: [UInt8(count)]
            case ..<0x100: [0x81, UInt8(count)]
            default: [0x82, UInt8(truncatingIfNeeded: count >> 8), UInt8(truncatingIfNeeded: count)]
            }
        return [tag] + length + content
    }
}
