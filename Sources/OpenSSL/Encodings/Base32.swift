/// Base 32 without padding (RFC 4648 §6), as authenticator apps take their keys.
public enum Base32 {
    private static let letters = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".utf8)

    public static func encode(_ bytes: [UInt8]) -> String {
        var text: [UInt8] = []
        text.reserveCapacity((bytes.count * 8 + 4) / 5)
        var (group, bits) = (0, 0)
        for byte in bytes {
            group = (group << 8 | Int(byte)) & 0xFFFF
            bits += 8
            while bits >= 5 {
                bits -= 5
                text.append(letters[group >> bits & 31])
            }
        }
        if bits > 0 { text.append(letters[group << (5 - bits) & 31]) }
        return String(decoding: text, as: UTF8.self)
    }
}
