import Foundation
import OpenSSL
import Testing

@testable import Management

@Suite("The array of an import")
struct JSONArrayReaderTests {
    /// The elements of a file, each with the offset behind it.
    private static func read(_ text: String, from offset: Int = 0) throws -> [(text: String, offset: Int)] {
        let path = try file(text)
        defer { unlink(path) }
        var reader = try JSONArrayReader(path: path, offset: offset)
        var elements: [(text: String, offset: Int)] = []
        while let element = try reader.next() {
            elements.append((text: String(decoding: element, as: UTF8.self), offset: reader.offset))
        }
        return elements
    }

    private static func file(_ text: String) throws -> String {
        let path = NSTemporaryDirectory() + SecureRandom.hex(byteCount: 8) + ".json"
        try Data(text.utf8).write(to: URL(fileURLWithPath: path))
        return path
    }

    @Test("is read value by value, and from behind any of them again")
    func restart() throws {
        let long = "\"" + String(repeating: "[", count: 200_000) + "\""
        let values = [
            #"{"a":"]}\"","b":[{}]}"#, "7", "true", #""x\"],""#, "[[1],{}]", "null", long, "-1.5e3", "1e999", "{}",
            "false", "[]", "\"\"",
        ]
        let text = "\u{FEFF} [ " + values.joined(separator: " ,\n") + "\t] "
        let elements = try Self.read(text)
        #expect(elements.map { $0.text } == values)
        for (index, element) in elements.enumerated() {
            let rest = try Self.read(text, from: element.offset)
            #expect(rest.map { $0.text } == Array(values.dropFirst(index + 1)), "behind element \(index)")
        }
        #expect(try Self.read(" [ ] ").isEmpty)
    }

    @Test(
        "is none where the values are none, or are not parted by commas",
        arguments: [
            "", "7", "{}", "[", "[1", "[1,", "[1,]", "[,1]", "[1 2]", "[{}{}]", "[x]", "[tru]", "[truefalse]", "[01]",
            "[-]", "[:]", "[}]", "[\"a]", "[{\"a\":1", "[\u{FEFF}1]",
        ])
    func malformed(_ text: String) {
        #expect(throws: JSONArrayReader.Failure.self) { _ = try Self.read(text) }
    }

    @Test(
        "has no element that is longer than a user can be",
        arguments: ["{\"a\":\"", "[1,\"", "\"", "1"])
    func tooLong(_ beginning: String) {
        let text = "[" + beginning + String(repeating: "1", count: 300_000)
        #expect(throws: JSONArrayReader.Failure.tooLong(at: (256 << 10) + 2)) { _ = try Self.read(text) }
    }

    @Test("what ends the reading ends it again after a restart")
    func failure() throws {
        let text = "[{\"a\":1}, x ,{}]"
        let path = try Self.file(text)
        defer { unlink(path) }
        var reader = try JSONArrayReader(path: path)
        _ = try reader.next()
        var failure: JSONArrayReader.Failure?
        do throws(JSONArrayReader.Failure) { _ = try reader.next() } catch { failure = error }
        let offset = reader.offset
        #expect(failure == .malformed(at: 10) && offset == 8)
        #expect(throws: JSONArrayReader.Failure.malformed(at: 10)) { _ = try Self.read(text, from: offset) }
    }
}
