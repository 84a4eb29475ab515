/// Splits a template into text, outputs and tags.
struct LiquidTokens {
    enum Token {
        case text(String)
        /// What stands between `{{` and `}}`.
        case output(String)
        /// What stands between `{%` and `%}`.
        case tag(String)
    }

    static func split(_ source: String) throws(LiquidError) -> [Token] {
        let bytes = Array(source.utf8)
        var tokens: [Token] = []
        var start = 0
        var position = 0
        var trimsNext = false
        func text(_ range: Range<Int>, trimEnd: Bool) {
            var piece = bytes[range]
            if trimsNext { piece = piece.drop(while: isSpace) }
            while trimEnd, let last = piece.last, isSpace(last) { piece.removeLast() }
            if !piece.isEmpty { tokens.append(.text(String(decoding: piece, as: UTF8.self))) }
        }
        while position + 1 < bytes.count {
            let opening = (bytes[position], bytes[position + 1])
            let isOutput = opening == (UInt8(ascii: "{"), UInt8(ascii: "{"))
            let isTag = opening == (UInt8(ascii: "{"), UInt8(ascii: "%"))
            guard isOutput || isTag else {
                position += 1
                continue
            }
            let closing = isOutput ? UInt8(ascii: "}") : UInt8(ascii: "%")
            var end = position + 2
            while end + 1 < bytes.count, !(bytes[end] == closing && bytes[end + 1] == UInt8(ascii: "}")) { end += 1 }
            guard end + 1 < bytes.count else { throw .unterminated(isOutput ? "{{" : "{%") }
            var inner = bytes[(position + 2)..<end]
            let trimsBefore = inner.first == UInt8(ascii: "-")
            if trimsBefore { inner.removeFirst() }
            let trimsAfter = inner.last == UInt8(ascii: "-")
            if trimsAfter { inner.removeLast() }
            text(start..<position, trimEnd: trimsBefore)
            trimsNext = trimsAfter
            let content = String(decoding: inner, as: UTF8.self).trimmingSpaces
            position = end + 2
            if isTag, content == "raw" || content == "comment" {
                let (body, after) = try block(content, bytes, from: position)
                if content == "raw" { tokens.append(.text(String(decoding: body, as: UTF8.self))) }
                position = after
            } else {
                tokens.append(isOutput ? .output(content) : .tag(content))
            }
            start = position
        }
        text(start..<bytes.count, trimEnd: false)
        return tokens
    }

    /// The bytes up to `{% endNAME %}`, which are not looked at, and the position after it.
    private static func block(
        _ name: String, _ bytes: [UInt8], from start: Int
    ) throws(LiquidError) -> (ArraySlice<UInt8>, Int) {
        var position = start
        while position + 1 < bytes.count {
            if bytes[position] == UInt8(ascii: "{"), bytes[position + 1] == UInt8(ascii: "%"),
                let end = bytes[position...].firstIndex(of: UInt8(ascii: "}"))
            {
                let inner = String(decoding: bytes[(position + 2)..<end], as: UTF8.self)
                    .filter { !"%- \t\r\n".contains($0) }
                if inner == "end\(name)" { return (bytes[start..<position], end + 1) }
            }
            position += 1
        }
        throw .unterminated(name)
    }

    private static func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || (0x09...0x0D).contains(byte) }
}

extension StringProtocol {
    /// Without white space at both ends.
    package var trimmingSpaces: String {
        var text = Substring(self)
        while let first = text.unicodeScalars.first, first.properties.isWhitespace { text.unicodeScalars.removeFirst() }
        while let last = text.unicodeScalars.last, last.properties.isWhitespace { text.unicodeScalars.removeLast() }
        return String(text)
    }
}
