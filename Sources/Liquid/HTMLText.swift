/// Text as HTML shows it, in an element or between the quotation marks of an attribute.
public enum HTMLText {
    /// Byte by byte, so that no combining character hides a quotation mark (spec 08 L7).
    /// - Parameter keepingLineEnds: whether line ends become references. A form sends them back as CR LF otherwise,
    ///   and parsers change CR.
    public static func escape(_ text: String, keepingLineEnds: Bool = false) -> String {
        // What pages carry most of are sealed texts, in which there is nothing to escape.
        guard text.utf8.contains(where: { isSpecial($0) || keepingLineEnds && ($0 == 0x0D || $0 == 0x0A) }) else {
            return text
        }
        var escaped: [UInt8] = []
        escaped.reserveCapacity(text.utf8.count)
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "&"): escaped.append(contentsOf: "&amp;".utf8)
            case UInt8(ascii: "<"): escaped.append(contentsOf: "&lt;".utf8)
            case UInt8(ascii: ">"): escaped.append(contentsOf: "&gt;".utf8)
            case UInt8(ascii: "\""): escaped.append(contentsOf: "&quot;".utf8)
            case UInt8(ascii: "'"): escaped.append(contentsOf: "&#39;".utf8)
            case 0x0D where keepingLineEnds: escaped.append(contentsOf: "&#13;".utf8)
            case 0x0A where keepingLineEnds: escaped.append(contentsOf: "&#10;".utf8)
            default: escaped.append(byte)
            }
        }
        return String(decoding: escaped, as: UTF8.self)
    }

    private static func isSpecial(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "&"), UInt8(ascii: "<"), UInt8(ascii: ">"), UInt8(ascii: "\""), UInt8(ascii: "'"): true
        default: false
        }
    }
}
