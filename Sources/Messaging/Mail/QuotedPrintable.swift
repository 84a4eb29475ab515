import OpenSSL

/// Quoted-printable (RFC 2045 §6.7), for bodies with long lines or letters beyond ASCII.
enum QuotedPrintable {
    static func encode(_ text: String) -> String {
        text.split(separator: "\n", omittingEmptySubsequences: false).map(line).joined(separator: "\r\n")
    }

    private static func line(_ text: Substring) -> String {
        var result = ""
        var width = 0
        let bytes = Array(text.utf8)
        for (index, byte) in bytes.enumerated() {
            let isLast = index == bytes.count - 1
            let isSpace = byte == 0x20 || byte == 0x09
            let isPlain = (0x21...0x7E).contains(byte) && byte != UInt8(ascii: "=") || isSpace && !isLast
            let piece = isPlain ? String(UnicodeScalar(byte)) : "=" + Hex.encode([byte]).uppercased()
            if width + piece.utf8.count > 75 {
                result += "=\r\n"
                width = 0
            }
            result += piece
            width += piece.utf8.count
        }
        return result
    }
}
