import Liquid
import OpenSSL

/// Text in header fields (RFC 5322 §2.2, RFC 2047).
enum MailHeader {
    /// Longest run of bytes in one encoded word: RFC 2047 §2 allows 75 characters in all.
    private static let wordBytes = 45

    /// Free text such as a subject. Line ends and other controls become spaces: nothing can begin a new field
    /// (spec 08 L13).
    static func text(_ text: String) -> String {
        let clean = clean(text)
        return clean.utf8.allSatisfy { (0x20..<0x7F).contains($0) } && !clean.contains("=?") && clean.utf8.count < 900
            ? clean : encoded(clean)
    }

    /// The name before an address, quoted.
    static func phrase(_ text: String) -> String {
        let clean = clean(text)
        guard clean.utf8.allSatisfy({ (0x20..<0x7F).contains($0) }), clean.utf8.count < 200 else {
            return encoded(clean)
        }
        return "\"" + clean.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"") + "\""
    }

    private static func clean(_ text: String) -> String {
        var scalars = String.UnicodeScalarView()
        for scalar in text.unicodeScalars.prefix(500) {
            let isControl =
                scalar.value < 0x20 || (0x7F..<0xA0).contains(scalar.value)
                || scalar.value == 0x2028 || scalar.value == 0x2029
            scalars.append(isControl ? " " : scalar)
        }
        return String(scalars).trimmingSpaces
    }

    /// Encoded words of whole scalars, folded.
    private static func encoded(_ text: String) -> String {
        var words: [[UInt8]] = [[]]
        for scalar in text.unicodeScalars {
            let bytes = Array(String(scalar).utf8)
            if words[words.count - 1].count + bytes.count > wordBytes { words.append([]) }
            words[words.count - 1] += bytes
        }
        return words.map { "=?UTF-8?B?\(Base64.encode($0))?=" }.joined(separator: "\r\n ")
    }
}
