import OpenSSL

/// What a person reads from a device and types elsewhere: eight letters that are not taken for one another and make
/// no words (RFC 8628 §6.1), 34 bits of randomness.
public struct UserCode: Sendable, Equatable {
    static let alphabet = Array("BCDFGHJKLMNPQRSTVWXZ".utf8)
    private static let length = 8

    private let letters: [UInt8]

    /// A new code.
    public init() {
        var letters: [UInt8] = []
        while letters.count < Self.length {
            // 20 does not divide 256: the bytes that would favour the first letters are thrown away.
            for byte in SecureRandom.bytes(16) where byte < 240 && letters.count < Self.length {
                letters.append(Self.alphabet[Int(byte) % Self.alphabet.count])
            }
        }
        self.letters = letters
    }

    /// A code as somebody typed it: in small letters perhaps, with or without the hyphen. Nil for what can be none.
    public init?(typed text: String) {
        guard text.utf8.count <= 64 else { return nil }
        let letters = text.uppercased().utf8.filter { $0 != UInt8(ascii: "-") && $0 != UInt8(ascii: " ") }
        guard letters.count == Self.length, letters.allSatisfy(Self.alphabet.contains) else { return nil }
        self.letters = Array(letters)
    }

    /// `XXXX-XXXX`.
    public var text: String {
        String(decoding: letters.prefix(4), as: UTF8.self) + "-" + String(decoding: letters.suffix(4), as: UTF8.self)
    }

    /// What the database keeps. A plain digest of so few bits could be searched back, so it is keyed.
    public func digest(key: [UInt8]) -> String {
        Hex.encode(HMAC.sha256(key: key, Array("user code\n".utf8) + letters))
    }
}
