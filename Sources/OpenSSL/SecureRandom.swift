internal import COpenSSL

/// Random values nobody can guess, from the library's generator seeded by the operating system.
public enum SecureRandom {
    public static func bytes(_ count: Int) -> [UInt8] {
        guard count > 0 else { return [] }
        return [UInt8](unsafeUninitializedCapacity: count) { output, initialized in
            // Carrying on without randomness would hand out guessable secrets.
            precondition(RAND_bytes(output.baseAddress, Int32(count)) == 1, "no randomness available")
            initialized = count
        }
    }

    /// `count` characters out of A–Z, a–z and 0–9, each equally likely.
    public static func alphanumeric(_ count: Int) -> String {
        var text: [UInt8] = []
        text.reserveCapacity(count)
        while text.count < count {
            // 62 does not divide 256: the bytes that would favour the first letters are thrown away.
            for byte in self.bytes(count - text.count + 8) where byte < 248 && text.count < count {
                text.append(self.letters[Int(byte) % 62])
            }
        }
        return String(decoding: text, as: UTF8.self)
    }

    public static func base64URL(byteCount: Int) -> String { Base64URL.encode(self.bytes(byteCount)) }

    public static func hex(byteCount: Int) -> String { Hex.encode(self.bytes(byteCount)) }

    private static let letters = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789".utf8)
}
