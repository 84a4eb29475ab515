extension JSON {
    /// The value as compact JSON text. With `sortedKeys` the members of every object are in the order of their
    /// names' UTF-8 bytes, so that equal values have equal texts.
    public func text(sortedKeys: Bool = false) -> String {
        String(decoding: bytes(sortedKeys: sortedKeys), as: UTF8.self)
    }

    /// The value as compact JSON text in UTF-8.
    public func bytes(sortedKeys: Bool = false) -> [UInt8] {
        var writer = JSONWriter(sortedKeys: sortedKeys, escapesMarkup: false)
        writer.write(self)
        return writer.bytes
    }

    /// Adds the value as compact JSON text to what has been written already.
    public func append(to bytes: inout [UInt8]) {
        var writer = JSONWriter(sortedKeys: false, escapesMarkup: false, after: bytes)
        // The writer alone holds the bytes now, so that they are not copied.
        bytes = []
        writer.write(self)
        bytes = writer.bytes
    }

    /// The value as JSON text that may stand inside an HTML `<script>` element: `<`, `>`, `&` and the line separators
    /// of JavaScript are escaped, so that no string can end the element or the statement.
    public func scriptText() -> String {
        var writer = JSONWriter(sortedKeys: false, escapesMarkup: true)
        writer.write(self)
        return String(decoding: writer.bytes, as: UTF8.self)
    }
}

extension JSON: CustomStringConvertible {
    public var description: String { text() }
}

struct JSONWriter {
    let sortedKeys: Bool
    let escapesMarkup: Bool
    private(set) var bytes: [UInt8] = []

    init(sortedKeys: Bool, escapesMarkup: Bool, reserving length: Int = 256) {
        self.sortedKeys = sortedKeys
        self.escapesMarkup = escapesMarkup
        bytes.reserveCapacity(length)
    }

    /// Goes on behind what is written.
    init(sortedKeys: Bool, escapesMarkup: Bool, after bytes: [UInt8]) {
        self.sortedKeys = sortedKeys
        self.escapesMarkup = escapesMarkup
        self.bytes = bytes
    }

    mutating func write(_ value: JSON) {
        switch value {
        case .null: append("null")
        case .bool(let value): append(value ? "true" : "false")
        case .int(let value): bytes.append(contentsOf: String(value).utf8)
        case .double(let value): write(value)
        case .string(let value): write(value)
        case .array(let elements): write(elements)
        case .object(let members): write(members)
        }
    }

    mutating func append(_ text: StaticString) {
        bytes.append(contentsOf: UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
    }

    private mutating func write(_ elements: [JSON]) {
        bytes.append(UInt8(ascii: "["))
        var isFirst = true
        for element in elements {
            if !isFirst { bytes.append(UInt8(ascii: ",")) }
            isFirst = false
            write(element)
        }
        bytes.append(UInt8(ascii: "]"))
    }

    private mutating func write(_ members: JSONObject) {
        bytes.append(UInt8(ascii: "{"))
        var isFirst = true
        if sortedKeys {
            let sorted = members.sorted { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }
            for (key, value) in sorted { write(key, value, isFirst: &isFirst) }
        } else {
            for (key, value) in members { write(key, value, isFirst: &isFirst) }
        }
        bytes.append(UInt8(ascii: "}"))
    }

    private mutating func write(_ key: String, _ value: JSON, isFirst: inout Bool) {
        if !isFirst { bytes.append(UInt8(ascii: ",")) }
        isFirst = false
        write(key)
        bytes.append(UInt8(ascii: ":"))
        write(value)
    }

    private mutating func write(_ value: Double) {
        if !value.isFinite {
            // JSON has no such number; JavaScript writes null as well.
            append("null")
        } else if value.magnitude <= 0x1p53, let whole = Int(exactly: value) {
            bytes.append(contentsOf: String(whole).utf8)
        } else {
            bytes.append(contentsOf: value.description.utf8)
        }
    }

    mutating func write(_ text: String) {
        bytes.append(UInt8(ascii: "\""))
        var text = text
        text.withUTF8 { write($0) }
        bytes.append(UInt8(ascii: "\""))
    }

    private mutating func write(_ text: UnsafeBufferPointer<UInt8>) {
        var (copied, index) = (0, 0)
        while index < text.count {
            if !escapesMarkup, Self.isPlain(text, wordAt: index) {
                index += 8
                continue
            }
            let byte = text[index]
            let isPlain: Bool
            if escapesMarkup {
                isPlain = !isMarkup(text, at: index)
            } else {
                isPlain = byte >= 0x20 && byte != UInt8(ascii: "\"") && byte != UInt8(ascii: "\\")
            }
            index += 1
            if isPlain { continue }
            append(text[copied..<index - 1])
            // A line separator (three bytes) is written as a whole; every other escaped character is one byte.
            copied = byte == 0xE2 ? index + 2 : index
            escape(byte == 0xE2 ? (text[index + 1] == 0xA8 ? 0x2028 : 0x2029) : UInt16(byte))
        }
        append(text[min(copied, text.count)...])
    }

    private mutating func append(_ text: Slice<UnsafeBufferPointer<UInt8>>) {
        if !text.isEmpty { bytes.append(contentsOf: UnsafeBufferPointer(rebasing: text)) }
    }

    /// Whether the next eight bytes are all here and none of them needs an escape; most texts need none.
    ///
    /// In `(x - 0x01…01 · n) & ~x` a byte's highest bit is set for the lowest byte below n, and for none where there is
    /// none; a byte that equals another is one whose difference from it (XOR) is below 1.
    private static func isPlain(_ text: UnsafeBufferPointer<UInt8>, wordAt index: Int) -> Bool {
        guard text.count - index >= 8, let start = text.baseAddress else { return false }
        let word = UnsafeRawPointer(start + index).loadUnaligned(as: UInt64.self)
        let ones: UInt64 = 0x0101_0101_0101_0101
        let quote = word ^ (ones &* UInt64(UInt8(ascii: "\"")))
        let backslash = word ^ (ones &* UInt64(UInt8(ascii: "\\")))
        let found = ((word &- ones &* 0x20) & ~word) | ((quote &- ones) & ~quote) | ((backslash &- ones) & ~backslash)
        return found & (ones &* 0x80) == 0
    }

    /// Tells whether an escape is due at this byte of a text that will stand inside a script element.
    private func isMarkup(_ text: UnsafeBufferPointer<UInt8>, at index: Int) -> Bool {
        switch text[index] {
        case 0..<0x20, UInt8(ascii: "\""), UInt8(ascii: "\\"): true
        case UInt8(ascii: "<"), UInt8(ascii: ">"), UInt8(ascii: "&"): true
        // U+2028 and U+2029 are E2 80 A8 and E2 80 A9.
        case 0xE2: text[index + 1] == 0x80 && (text[index + 2] == 0xA8 || text[index + 2] == 0xA9)
        default: false
        }
    }

    private mutating func escape(_ unit: UInt16) {
        switch unit {
        case UInt16(UInt8(ascii: "\"")): append("\\\"")
        case UInt16(UInt8(ascii: "\\")): append("\\\\")
        case 0x08: append("\\b")
        case 0x09: append("\\t")
        case 0x0A: append("\\n")
        case 0x0C: append("\\f")
        case 0x0D: append("\\r")
        default:
            append("\\u")
            for shift in [12, 8, 4, 0] {
                let digit = UInt8(unit >> shift & 0xF)
                bytes.append(digit < 10 ? UInt8(ascii: "0") + digit : UInt8(ascii: "a") + digit - 10)
            }
        }
    }
}
