import StrictJSON
import Testing

@Suite("JSON writer")
struct JSONWriterTests {
    @Test(
        "values are written compactly, members in order",
        arguments: [
            (nil, "null"), (true, "true"), (false, "false"), (0, "0"), (-1, "-1"), (.int(.min), "-9223372036854775808"),
            (1.5, "1.5"), (.double(1), "1"), (.double(-0.0), "0"), (.double(1e300), "1e+300"), (.double(.nan), "null"),
            (.double(.infinity), "null"), ("", "\"\""), ([], "[]"), ([:], "{}"),
            (["b": 1, "a": [nil, "x", [:]]], "{\"b\":1,\"a\":[null,\"x\",{}]}"),
            ("\"\\/\u{08}\u{0C}\n\r\t\u{0}\u{1F}\u{7F}", "\"\\\"\\\\/\\b\\f\\n\\r\\t\\u0000\\u001f\u{7F}\""),
            ("é😀\u{2028}</script>", "\"é😀\u{2028}</script>\""),
        ] as [(JSON, String)]
    )
    func texts(_ value: JSON, _ text: String) throws {
        #expect(value.text() == text)
        #expect(value.bytes() == Array(text.utf8))
    }

    @Test("an escape is found wherever it stands", arguments: ["\"", "\\", "\u{0}", "\u{1F}", "\n"])
    func escapePlaces(special: String) throws {
        for length in 0...26 {
            for place in 0...length {
                // Bytes that lie next to those that need an escape, and some of more than seven bits.
                let plain = ["a", "!", "#", " ", "[", "]", "\u{7F}", "é", "\u{10FFFF}"]
                var characters = (0..<length).map { plain[($0 * 5 + place) % plain.count] }
                let unchanged = characters.joined()
                #expect(JSON.string(unchanged).text() == "\"\(unchanged)\"")
                characters.insert(special, at: place)
                let text = JSON.string(characters.joined()).text()
                #expect(text.utf8.count > unchanged.utf8.count + 3)
                #expect(try JSON.parse(text) == .string(characters.joined()))
            }
        }
    }

    @Test("an object written member by member is the one its tree would be")
    func objectWriter() throws {
        var writer = JSONObjectWriter()
        writer.put("te\"xt", "a\nb")
        writer.put("none", nil as String?)
        writer.put("number", -7)
        writer.put("texts", ["x", "\\"])
        writer.put("no texts", [])
        writer.put("list left out", nil as [String]?)
        writer.put("tree", json: ["a": [nil, 1.5]])
        writer.put("null", json: .null)
        writer.put("left out", json: nil)
        let tree: JSON = [
            "te\"xt": "a\nb", "number": -7, "texts": ["x", "\\"], "no texts": [], "tree": ["a": [nil, 1.5]],
            "null": nil,
        ]
        #expect(String(decoding: writer.finish(), as: UTF8.self) == tree.text())
        var empty = JSONObjectWriter(reserving: 0)
        #expect(empty.finish() == Array("{}".utf8))
    }

    @Test("sorted names make equal values equal texts")
    func sortedKeys() {
        let left: JSON = ["b": ["z": 1, "a": 2], "a": 1, "B": 0]
        let right: JSON = ["a": 1, "B": 0, "b": ["a": 2, "z": 1]]
        #expect(left == right)
        #expect(left.text(sortedKeys: true) == "{\"B\":0,\"a\":1,\"b\":{\"a\":2,\"z\":1}}")
        #expect(left.text(sortedKeys: true) == right.text(sortedKeys: true))
    }

    @Test("what is written is read back the same")
    func roundTrip() throws {
        let value: JSON = [
            "text": "a\"\\\u{0}\u{1F}é😀\u{2028}\u{10FFFF}",
            "numbers": [0, -1, 1.5, 1e-7, 1e300, .int(.max), .int(.min)],
            "nested": ["a": [["b": [:]]], "c": nil], "": true,
        ]
        #expect(try JSON.parse(value.text()) == value)
        #expect(try JSON.parse(value.bytes()).text() == value.text())
        #expect(try JSON.parse(value.scriptText()) == value)
    }

    @Test("U13 L7: no string can leave a script element")
    func scriptText() {
        let value: JSON = ["state": "</script><!--&\u{2028}\u{2029}\u{20AC}â\n"]
        #expect(
            value.scriptText()
                == "{\"state\":\"\\u003c/script\\u003e\\u003c!--\\u0026\\u2028\\u2029\u{20AC}â\\n\"}")
    }
}
