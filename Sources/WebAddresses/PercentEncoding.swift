/// Percent-encoding of query components (RFC 3986 §2.1) and of forms (`application/x-www-form-urlencoded`).
public enum PercentEncoding {
    /// Decodes a name or value of a form or a query, where `+` stands for a space.
    public static func decode(form text: some StringProtocol) throws(PercentEncodingError) -> String {
        try decode(text.utf8, plusIsSpace: true)
    }

    /// Decodes a part of a path, where `+` stands for itself. Only once: `%2541` is `%41`.
    public static func decode(pathSegment text: some StringProtocol) throws(PercentEncodingError) -> String {
        try decode(text.utf8, plusIsSpace: false)
    }

    /// Encodes a name or value of a query: everything but letters, digits and `-._~`.
    public static func encode(queryComponent text: some StringProtocol) -> String {
        var encoded: [UInt8] = []
        encoded.reserveCapacity(text.utf8.count)
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"),
                UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "~"):
                encoded.append(byte)
            default:
                encoded.append(UInt8(ascii: "%"))
                encoded.append(hexDigit(byte >> 4))
                encoded.append(hexDigit(byte & 0xF))
            }
        }
        return String(decoding: encoded, as: UTF8.self)
    }

    static func decode(_ text: some Sequence<UInt8>, plusIsSpace: Bool) throws(PercentEncodingError) -> String {
        var decoded: [UInt8] = []
        decoded.reserveCapacity(text.underestimatedCount)
        var bytes = text.makeIterator()
        while let byte = bytes.next() {
            switch byte {
            case UInt8(ascii: "%"):
                guard let high = bytes.next().flatMap(hexValue), let low = bytes.next().flatMap(hexValue) else {
                    throw .malformed
                }
                decoded.append(high << 4 | low)
            case UInt8(ascii: "+") where plusIsSpace: decoded.append(UInt8(ascii: " "))
            default: decoded.append(byte)
            }
        }
        guard let result = String(validating: decoded, as: UTF8.self) else { throw .invalidUTF8 }
        return result
    }

    private static func hexDigit(_ value: UInt8) -> UInt8 {
        value < 10 ? UInt8(ascii: "0") + value : UInt8(ascii: "A") + value - 10
    }

    private static func hexValue(_ byte: UInt8) -> UInt8? {
        if isDigit(byte) { return byte - UInt8(ascii: "0") }
        return isHexDigit(byte) ? (byte | 0x20) - UInt8(ascii: "a") + 10 : nil
    }
}

/// Why a text cannot be decoded.
public enum PercentEncodingError: Error, Sendable, Hashable, CustomStringConvertible {
    /// A `%` without two hexadecimal digits after it.
    case malformed
    /// The decoded bytes are no UTF-8 (overlong forms and surrogates included).
    case invalidUTF8
    case tooManyItems

    public var description: String {
        switch self {
        case .malformed: "malformed percent-encoding"
        case .invalidUTF8: "invalid UTF-8"
        case .tooManyItems: "more than \(QueryItems.maximumItems) parameters"
        }
    }
}
