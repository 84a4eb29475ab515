/// What an authenticator says about itself and a ceremony (WebAuthn §6.1).
struct AuthenticatorData: Sendable {
    let relyingPartyHash: [UInt8]
    /// Somebody touched it.
    let userIsPresent: Bool
    /// It made sure who touched it.
    let userIsVerified: Bool
    let signCount: UInt32
    /// Present at registration.
    let credential: (id: [UInt8], key: CBOR)?

    init(_ bytes: [UInt8]) throws(CBOR.Malformed) {
        guard bytes.count >= 37 else { throw CBOR.Malformed() }
        relyingPartyHash = Array(bytes[..<32])
        let flags = bytes[32]
        userIsPresent = flags & 0x01 != 0
        userIsVerified = flags & 0x04 != 0
        signCount = bytes[33..<37].reduce(0) { $0 << 8 | UInt32($1) }
        var rest = bytes[37...]
        if flags & 0x40 != 0 {
            // 16 bytes of model, then the length of the id.
            guard rest.count >= 18 else { throw CBOR.Malformed() }
            let length = Int(rest[rest.startIndex + 16]) << 8 | Int(rest[rest.startIndex + 17])
            rest = rest.dropFirst(18)
            // WebAuthn §4: credential ids are at most 1023 bytes long.
            guard (1...1023).contains(length), rest.count > length else { throw CBOR.Malformed() }
            let id = Array(rest.prefix(length))
            let (key, behind) = try CBOR.parsePrefix(rest.dropFirst(length))
            credential = (id, key)
            rest = behind
        } else {
            credential = nil
        }
        if flags & 0x80 != 0 { rest = try CBOR.parsePrefix(rest).rest }
        guard rest.isEmpty else { throw CBOR.Malformed() }
    }
}
