import Mustache

/// HTML text escaped scalar by scalar. The template engine's own escaping goes by grapheme clusters, so a quotation
/// mark with a combining accent would pass it and end an attribute (spec 08 L7).
struct PageText: MustacheContentType {
    /// The name templates choose this type by.
    static let name = "PAGE"

    func escapeText(_ text: String) -> String {
        var escaped: [UInt8] = []
        escaped.reserveCapacity(text.utf8.count)
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "&"): escaped.append(contentsOf: "&amp;".utf8)
            case UInt8(ascii: "<"): escaped.append(contentsOf: "&lt;".utf8)
            case UInt8(ascii: ">"): escaped.append(contentsOf: "&gt;".utf8)
            case UInt8(ascii: "\""): escaped.append(contentsOf: "&quot;".utf8)
            case UInt8(ascii: "'"): escaped.append(contentsOf: "&#39;".utf8)
            // A form sends line ends back as CR LF and parsers drop NUL: written as references they stay themselves.
            case 0x0D: escaped.append(contentsOf: "&#13;".utf8)
            case 0x0A: escaped.append(contentsOf: "&#10;".utf8)
            default: escaped.append(byte)
            }
        }
        return String(decoding: escaped, as: UTF8.self)
    }
}
