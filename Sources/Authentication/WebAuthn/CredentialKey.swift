import OpenSSL

/// The public key of a security key or passkey, as COSE writes it (RFC 9053): ES256 or RS256.
struct CredentialKey: Sendable {
    /// COSE's numbers of the algorithms, most wanted first.
    static let algorithms = [-7, -257]

    let key: PublicKey

    /// Nil for every other kind of key.
    init?(_ cose: CBOR) {
        switch (cose[.integer(1)], cose[.integer(3)]) {
        case (.integer(2)?, .integer(-7)?):
            guard cose[.integer(-1)] == .integer(1), let x = cose[.integer(-2)]?.bytes,
                let y = cose[.integer(-3)]?.bytes, let key = try? PublicKey(p256X: x, y: y)
            else { return nil }
            self.key = key
        case (.integer(3)?, .integer(-257)?):
            // 2048 bits at least, and no key that takes a minute to check.
            guard let n = cose[.integer(-1)]?.bytes, (256...512).contains(n.count), n[0] >= 0x80,
                let e = cose[.integer(-2)]?.bytes, e == [1, 0, 1],
                let key = try? PublicKey(rsaModulus: n, exponent: e)
            else { return nil }
            self.key = key
        default: return nil
        }
    }

}
