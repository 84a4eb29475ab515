extension JSON {
    /// Reads one JSON text and refuses everything in which two readers could differ: repeated names, lone surrogates,
    /// invalid UTF-8, other encodings, numbers without a finite value, and anything after the value. A leading byte
    /// order mark is skipped (RFC 8259 §8.1 allows it).
    public static func parse(_ bytes: [UInt8], limits: JSONLimits = .default) throws(JSONParseError) -> JSON {
        var parser = JSONParser(bytes: bytes, limits: limits)
        return try parser.document()
    }

    /// Reads one JSON text; see ``parse(_:limits:)-([UInt8],_)``.
    public static func parse(_ text: String, limits: JSONLimits = .default) throws(JSONParseError) -> JSON {
        try parse(Array(text.utf8), limits: limits)
    }
}

/// A recursive descent over the bytes; the depth limit bounds the recursion.
struct JSONParser {
    let bytes: [UInt8]
    let limits: JSONLimits
    var offset = 0
    private var depth = 0
    private var values = 0

    init(bytes: [UInt8], limits: JSONLimits) {
        self.bytes = bytes
        self.limits = limits
    }

    mutating func document() throws(JSONParseError) -> JSON {
        guard bytes.count <= limits.maximumBytes else { throw failure(.tooLong, at: limits.maximumBytes) }
        try skipByteOrderMark()
        skipWhitespace()
        let value = try value()
        skipWhitespace()
        guard offset == bytes.count else { throw failure(.trailingCharacters) }
        return value
    }

    func failure(_ kind: JSONParseError.Kind, at position: Int? = nil) -> JSONParseError {
        JSONParseError(kind: kind, offset: position ?? offset)
    }

    /// The next byte, which is left in place.
    func peek() throws(JSONParseError) -> UInt8 {
        guard offset < bytes.count else { throw failure(.unexpectedEnd) }
        return bytes[offset]
    }

    private mutating func skipByteOrderMark() throws(JSONParseError) {
        if bytes.starts(with: [0xEF, 0xBB, 0xBF]) {
            offset = 3
        } else if bytes.starts(with: [0xFE, 0xFF]) || bytes.starts(with: [0xFF, 0xFE]) || bytes.prefix(2).contains(0) {
            // A JSON text starts with two ASCII characters at least when it is long enough to hold a NUL there:
            // these are UTF-16 and UTF-32, with a byte order mark or without.
            throw failure(.unsupportedEncoding)
        }
    }

    private mutating func skipWhitespace() {
        while offset < bytes.count {
            switch bytes[offset] {
            case 0x20, 0x09, 0x0A, 0x0D: offset += 1
            default: return
            }
        }
    }

    private mutating func value() throws(JSONParseError) -> JSON {
        values += 1
        guard values <= limits.maximumValues else { throw failure(.tooManyValues) }
        switch try peek() {
        case UInt8(ascii: "{"): return try object()
        case UInt8(ascii: "["): return try array()
        case UInt8(ascii: "\""): return .string(try string())
        case UInt8(ascii: "t"): return try literal("true", .bool(true))
        case UInt8(ascii: "f"): return try literal("false", .bool(false))
        case UInt8(ascii: "n"): return try literal("null", .null)
        case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): return try number()
        default: throw failure(.unexpectedCharacter)
        }
    }

    private mutating func literal(_ text: StaticString, _ value: JSON) throws(JSONParseError) -> JSON {
        let start = offset
        let length = text.utf8CodeUnitCount
        for index in 0..<length {
            guard offset < bytes.count else { throw failure(.unexpectedEnd) }
            guard bytes[offset] == text.utf8Start[index] else { throw failure(.invalidLiteral, at: start) }
            offset += 1
        }
        return value
    }

    private mutating func enter() throws(JSONParseError) {
        depth += 1
        guard depth <= limits.maximumDepth else { throw failure(.tooDeep) }
        offset += 1
        skipWhitespace()
    }

    private mutating func array() throws(JSONParseError) -> JSON {
        try enter()
        defer { depth -= 1 }
        var elements: [JSON] = []
        if try peek() == UInt8(ascii: "]") {
            offset += 1
            return .array(elements)
        }
        while true {
            elements.append(try value())
            guard try another(before: UInt8(ascii: "]")) else { return .array(elements) }
        }
    }

    private mutating func object() throws(JSONParseError) -> JSON {
        try enter()
        defer { depth -= 1 }
        var members = JSONObject()
        if try peek() == UInt8(ascii: "}") {
            offset += 1
            return .object(members)
        }
        while true {
            let start = offset
            guard try peek() == UInt8(ascii: "\"") else { throw failure(.unexpectedCharacter) }
            let name = try string()
            guard name.utf8.count <= limits.maximumNameBytes else { throw failure(.nameTooLong, at: start) }
            skipWhitespace()
            guard try peek() == UInt8(ascii: ":") else { throw failure(.unexpectedCharacter) }
            offset += 1
            skipWhitespace()
            let value = try value()
            guard members.insert(name, value) else { throw failure(.duplicateName, at: start) }
            guard try another(before: UInt8(ascii: "}")) else { return .object(members) }
        }
    }

    /// Reads what follows an element: a comma (true: another element must follow) or the closing bracket (false).
    private mutating func another(before closing: UInt8) throws(JSONParseError) -> Bool {
        skipWhitespace()
        let byte = try peek()
        guard byte == closing || byte == UInt8(ascii: ",") else { throw failure(.unexpectedCharacter) }
        offset += 1
        guard byte != closing else { return false }
        skipWhitespace()
        return true
    }
}
