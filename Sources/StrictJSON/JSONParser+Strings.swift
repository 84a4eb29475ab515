extension JSONParser {
    /// Reads a string; `offset` is at its opening quotation mark.
    mutating func string() throws(JSONParseError) -> String {
        let opening = offset
        offset += 1
        let start = offset
        while offset < bytes.count {
            switch bytes[offset] {
            case UInt8(ascii: "\""):
                // Most strings have no escape: one validated copy of the bytes is the value.
                let text = try validated(bytes[start..<offset], at: opening)
                offset += 1
                return text
            case UInt8(ascii: "\\"):
                return try escapedString(from: start, opening: opening)
            case 0x00...0x1F:
                throw failure(.controlCharacter)
            default:
                offset += 1
            }
        }
        throw failure(.unexpectedEnd)
    }

    /// Goes on with a string at its first backslash.
    private mutating func escapedString(from start: Int, opening: Int) throws(JSONParseError) -> String {
        var decoded = Array(bytes[start..<offset])
        while offset < bytes.count {
            let byte = bytes[offset]
            switch byte {
            case UInt8(ascii: "\""):
                let text = try validated(decoded[...], at: opening)
                offset += 1
                return text
            case UInt8(ascii: "\\"):
                decoded.append(contentsOf: try escape().utf8)
            case 0x00...0x1F:
                throw failure(.controlCharacter)
            default:
                decoded.append(byte)
                offset += 1
            }
        }
        throw failure(.unexpectedEnd)
    }

    private func validated(_ slice: ArraySlice<UInt8>, at opening: Int) throws(JSONParseError) -> String {
        guard let text = String(validating: slice, as: UTF8.self) else { throw failure(.invalidUTF8, at: opening) }
        return text
    }

    private mutating func escape() throws(JSONParseError) -> Unicode.Scalar {
        let start = offset
        offset += 1
        let kind = try peek()
        offset += 1
        switch kind {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): return Unicode.Scalar(kind)
        case UInt8(ascii: "b"): return "\u{08}"
        case UInt8(ascii: "f"): return "\u{0C}"
        case UInt8(ascii: "n"): return "\n"
        case UInt8(ascii: "r"): return "\r"
        case UInt8(ascii: "t"): return "\t"
        case UInt8(ascii: "u"): return try unicodeEscape(from: start)
        default: throw failure(.invalidEscape, at: start)
        }
    }

    private mutating func unicodeEscape(from start: Int) throws(JSONParseError) -> Unicode.Scalar {
        let unit = try fourHexDigits(from: start)
        if let scalar = Unicode.Scalar(unit) { return scalar }
        // What is no scalar is a surrogate; only a high one followed by a low one means a character.
        guard UTF16.isLeadSurrogate(UInt16(unit)) else { throw failure(.loneSurrogate, at: start) }
        guard bytes.count - offset >= 2, bytes[offset] == UInt8(ascii: "\\"), bytes[offset + 1] == UInt8(ascii: "u")
        else { throw failure(.loneSurrogate, at: start) }
        offset += 2
        let low = try fourHexDigits(from: start)
        guard UTF16.isTrailSurrogate(UInt16(low)),
            let scalar = Unicode.Scalar(0x10000 + ((unit - 0xD800) << 10) + (low - 0xDC00))
        else { throw failure(.loneSurrogate, at: start) }
        return scalar
    }

    private mutating func fourHexDigits(from start: Int) throws(JSONParseError) -> UInt32 {
        var unit: UInt32 = 0
        for _ in 0..<4 {
            let digit: UInt8
            switch try peek() {
            case let byte where (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte): digit = byte - 0x30
            case let byte where (UInt8(ascii: "a")...UInt8(ascii: "f")).contains(byte): digit = byte - 0x61 + 10
            case let byte where (UInt8(ascii: "A")...UInt8(ascii: "F")).contains(byte): digit = byte - 0x41 + 10
            default: throw failure(.invalidEscape, at: start)
            }
            unit = unit << 4 | UInt32(digit)
            offset += 1
        }
        return unit
    }
}
