import StrictJSON
import Testing

@Suite("JSON parser")
struct JSONParserTests {
    @Test(
        "RFC 8259: well-formed texts are read",
        arguments: [
            ("null", .null), ("true", .bool(true)), ("false", .bool(false)), (" \t\r\n1 \n", .int(1)),
            ("\"\"", .string("")),
            ("[]", .array([])), ("[ ]", .array([])), ("{}", .object([:])), ("{ }", .object([:])),
            ("[1,[2,[]],{}]", [1, [2, []], [:]]),
            ("{\"a\":{\"b\":[null,true]},\"\":0}", ["a": ["b": [nil, true]], "": 0]),
            ("{ \"a\" : 1 , \"b\" : 2 }", ["a": 1, "b": 2]),
            ("\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"", .string("\"\\/\u{08}\u{0C}\n\r\t")),
            ("\"\\u0041\\u00e9\\u20AC\\u0000\"", .string("Aé€\u{0}")),
            ("\"\\ud83d\\uDE00\"", .string("😀")),
            ("\"a\\ud83d\\ude00b\\n😀\"", .string("a😀b\n😀")),
            ("\"\u{7F}\u{2028}é漢\"", .string("\u{7F}\u{2028}é漢")),
            ("\u{FEFF}{\"a\":1}", ["a": 1]),
            ("{\"a\":1,\"A\":2,\"a \":3}", ["a": 1, "A": 2, "a ": 3]),
            ("{\"__proto__\":{},\"constructor\":1}", ["__proto__": [:], "constructor": 1]),
        ] as [(String, JSON)]
    )
    func wellFormed(_ text: String, _ value: JSON) throws {
        #expect(try JSON.parse(text) == value)
    }

    @Test(
        "numbers keep their value",
        arguments: [
            ("0", .int(0)), ("-0", .int(0)), ("-1", .int(-1)), ("36000", .int(36000)),
            ("9223372036854775807", .int(.max)), ("-9223372036854775808", .int(.min)),
            ("9223372036854775808", .double(9_223_372_036_854_775_808)),
            ("-9223372036854775809", .double(-9_223_372_036_854_775_808)),
            ("1.5", .double(1.5)), ("-0.25", .double(-0.25)), ("1e-2", .double(0.01)), ("1E+2", .int(100)),
            ("1.0", .int(1)), ("1e3", .int(1000)), ("10e-1", .int(1)), ("0e0", .int(0)), ("0.0", .int(0)),
            ("1e300", .double(1e300)), ("1.7976931348623157e308", .double(.greatestFiniteMagnitude)),
            ("1e-400", .int(0)), ("123456789012345678901234567890", .double(1.2345678901234568e29)),
        ] as [(String, JSON)]
    )
    func numbers(_ text: String, _ value: JSON) throws {
        #expect(try JSON.parse(text) == value)
        #expect(try JSON.parse("[\(text)]") == .array([value]))
    }

    @Test(
        "P14 M6: everything else is refused",
        arguments: [
            ("", .unexpectedEnd), (" ", .unexpectedEnd), ("\u{FEFF}", .unexpectedEnd),
            ("nul", .unexpectedEnd), ("nulL", .invalidLiteral), ("True", .unexpectedCharacter),
            ("truefalse", .trailingCharacters), ("NaN", .unexpectedCharacter), ("Infinity", .unexpectedCharacter),
            ("-Infinity", .invalidNumber), ("undefined", .unexpectedCharacter), ("'a'", .unexpectedCharacter),
            ("1 2", .trailingCharacters), ("{} x", .trailingCharacters), ("{}{}", .trailingCharacters),
            ("[1]]", .trailingCharacters), ("{}\u{0}", .trailingCharacters), ("{}// c", .trailingCharacters),
            ("[", .unexpectedEnd), ("[1", .unexpectedEnd), ("[1,", .unexpectedEnd), ("[1,]", .unexpectedCharacter),
            ("[,1]", .unexpectedCharacter), ("[1 2]", .unexpectedCharacter), ("[1}", .unexpectedCharacter),
            ("]", .unexpectedCharacter), ("{", .unexpectedEnd), ("{\"a\"", .unexpectedEnd), ("{\"a\":", .unexpectedEnd),
            ("{\"a\":1", .unexpectedEnd), ("{\"a\":1,}", .unexpectedCharacter), ("{a:1}", .unexpectedCharacter),
            ("{1:1}", .unexpectedCharacter), ("{\"a\" 1}", .unexpectedCharacter), ("{\"a\":}", .unexpectedCharacter),
            ("{,}", .unexpectedCharacter), ("/**/1", .unexpectedCharacter), ("\u{A0}1", .unexpectedCharacter),
            ("01", .invalidNumber), ("-01", .invalidNumber), ("00", .invalidNumber), ("-", .unexpectedEnd),
            ("+1", .unexpectedCharacter), (".5", .unexpectedCharacter), ("1.", .unexpectedEnd),
            ("[1.]", .invalidNumber),
            ("1e", .unexpectedEnd), ("[1e+]", .invalidNumber), ("1.e1", .invalidNumber), ("--1", .invalidNumber),
            ("0x10", .trailingCharacters), ("1_000", .trailingCharacters), ("1e400", .numberOutOfRange),
            ("-1e400", .numberOutOfRange), ("1e309", .numberOutOfRange),
            (String(repeating: "9", count: 2000), .numberOutOfRange),
            ("\"", .unexpectedEnd), ("\"a", .unexpectedEnd), ("\"a\\", .unexpectedEnd), ("\"\\\"", .unexpectedEnd),
            ("\"\\u12", .unexpectedEnd), ("\"\\x41\"", .invalidEscape), ("\"\\'\"", .invalidEscape),
            ("\"\\u12G4\"", .invalidEscape), ("\"\\u+123\"", .invalidEscape), ("\"\\U0041\"", .invalidEscape),
            ("\"a\nb\"", .controlCharacter), ("\"a\tb\"", .controlCharacter), ("\"\\n\u{0}\"", .controlCharacter),
            ("\"\\ud800\"", .loneSurrogate), ("\"\\udc00\"", .loneSurrogate), ("\"\\ud800x\"", .loneSurrogate),
            ("\"\\ud800\\n\"", .loneSurrogate), ("\"\\ud800\\ud800\"", .loneSurrogate),
            ("\"\\udc00\\ud800\"", .loneSurrogate), ("\"\\ud83d\\u0041\"", .loneSurrogate),
            ("{\"a\":1,\"a\":1}", .duplicateName), ("{\"a\":1,\"\\u0061\":2}", .duplicateName),
            ("{\"x\":{\"b\":1,\"c\":2,\"b\":3}}", .duplicateName), ("{\"\":1,\"\":2}", .duplicateName),
            ("{\"\\u00e9\":1,\"e\\u0301\":2}", .duplicateName),
        ] as [(String, JSONParseError.Kind)]
    )
    func refused(_ text: String, _ kind: JSONParseError.Kind) {
        #expect(throws: JSONParseError.self) { try JSON.parse(text) }
        #expect(error(text)?.kind == kind)
    }

    @Test(
        "P14: invalid UTF-8 is refused wherever it stands",
        arguments: [
            [0xC0, 0xAF], [0xFF], [0x80], [0xE3, 0x80], [0xED, 0xA0, 0x80], [0xF4, 0x90, 0x80, 0x80], [0xC3],
            [0xF0, 0x80, 0x80, 0xAF],
        ] as [[UInt8]]
    )
    func invalidUTF8(_ bytes: [UInt8]) {
        let quote = UInt8(ascii: "\"")
        let escapedLineBreak = Array("\\n".utf8)
        for text in [[quote] + bytes + [quote], [quote] + escapedLineBreak + bytes + [quote]] {
            #expect(error(bytes: text)?.kind == .invalidUTF8)
        }
        #expect(error(bytes: Array("{\"".utf8) + bytes + Array("\":1}".utf8))?.kind == .invalidUTF8)
        #expect(error(bytes: bytes) != nil)
    }

    @Test("P14: UTF-16 and UTF-32 are refused, with a byte order mark and without")
    func otherEncodings() {
        let texts: [[UInt8]] = [
            [0xFF, 0xFE, 0x7B, 0, 0x7D, 0], [0xFE, 0xFF, 0, 0x7B, 0, 0x7D], [0x7B, 0, 0x7D, 0], [0, 0x7B, 0, 0x7D],
            [0, 0, 0xFE, 0xFF, 0, 0, 0, 0x31], [0xFF, 0xFE, 0, 0, 0x31, 0, 0, 0],
        ]
        for text in texts { #expect(error(bytes: text)?.kind == .unsupportedEncoding) }
    }

    @Test("M6: depth is bounded, so that no text can exhaust the stack")
    func depth() throws {
        func nested(_ depth: Int) -> String {
            String(repeating: "[", count: depth) + String(repeating: "]", count: depth)
        }
        #expect(try JSON.parse(nested(64)).array?.count == 1)
        #expect(error(nested(65))?.kind == .tooDeep)
        #expect(error(String(repeating: "[", count: 1_000_000))?.kind == .tooDeep)
        #expect(error(String(repeating: "{\"a\":", count: 10_000))?.kind == .tooDeep)
        #expect(error(nested(5), limits: JSONLimits(maximumDepth: 4))?.kind == .tooDeep)
        let wide = "[" + Array(repeating: "[[]]", count: 1000).joined(separator: ",") + "]"
        #expect(try JSON.parse(wide).array?.count == 1000)
    }

    @Test("M6: length, number of values and names are bounded")
    func limits() {
        #expect(error("\"" + String(repeating: "a", count: 10 << 20) + "\"")?.kind == .tooLong)
        let million = "[" + Array(repeating: "0", count: 1_000_000).joined(separator: ",") + "]"
        #expect(error(million)?.kind == .tooManyValues)
        #expect(error("{\"" + String(repeating: "k", count: 1 << 20) + "\":1}")?.kind == .nameTooLong)
        #expect(error("[1,2]", limits: JSONLimits(maximumValues: 2))?.kind == .tooManyValues)
        #expect(error("[1,2]", limits: JSONLimits(maximumBytes: 4))?.kind == .tooLong)
    }

    @Test("an object of many members is read and searched without trouble, and its duplicates are found")
    func manyMembers() throws {
        let members = (0..<100_000).map { "\"k\($0)\":\($0)" }.joined(separator: ",")
        let object = try #require(try JSON.parse("{\(members)}").object)
        #expect(object.count == 100_000)
        #expect(object["k99999"] == 99_999)
        #expect(error("{\(members),\"k5\":1}")?.kind == .duplicateName)
    }

    @Test("an error says where, and nothing of the text")
    func errors() throws {
        let failure = try #require(error("{\"secret\":1,\"secret\":2}"))
        #expect(failure.offset == 12)
        #expect(failure.reason == "duplicate name in an object")
        #expect(!failure.description.contains("secret"))
    }

    private func error(_ text: String, limits: JSONLimits = .default) -> JSONParseError? {
        error(bytes: Array(text.utf8), limits: limits)
    }

    private func error(bytes: [UInt8], limits: JSONLimits = .default) -> JSONParseError? {
        do {
            _ = try JSON.parse(bytes, limits: limits)
            return nil
        } catch {
            return error
        }
    }
}
