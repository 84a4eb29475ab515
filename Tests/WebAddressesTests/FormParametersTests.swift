import Testing
import WebAddresses

@Suite("Queries and forms")
struct FormParametersTests {
    @Test("names and values are decoded once, in order")
    func items() throws {
        let items = try QueryItems.parse("a=1&b=x+y&c=%C3%A9&&d&=e&f=g=h&%61=%2541")
        #expect(items.map(\.name) == ["a", "b", "c", "d", "", "f", "a"])
        #expect(items.map(\.value) == ["1", "x y", "é", "", "e", "g=h", "%41"])
        #expect(QueryItems.duplicates(in: items) == ["a"])
        #expect(try QueryItems.parse("").isEmpty)
    }

    @Test(
        "P14: malformed percent-encodings and invalid UTF-8 are refused",
        arguments: [
            ("a=%", PercentEncodingError.malformed), ("a=%4", .malformed), ("a=%zz", .malformed), ("%=1", .malformed),
            ("a=%+1", .malformed), ("a=%c0%af", .invalidUTF8), ("a=%ff", .invalidUTF8), ("a=%ed%a0%80", .invalidUTF8),
            ("%e3%80=1", .invalidUTF8),
        ]
    )
    func malformed(_ text: String, _ error: PercentEncodingError) {
        #expect(throws: error) { try QueryItems.parse(text) }
        #expect(throws: FormParametersError.malformed(error)) { try FormParameters(parsing: text) }
    }

    @Test("invalid UTF-8 bytes are refused, not replaced")
    func invalidBytes() {
        #expect(throws: PercentEncodingError.invalidUTF8) { try QueryItems.parse([0x61, 0x3D, 0xFF] as [UInt8]) }
    }

    @Test("the number of parameters is bounded")
    func tooMany() throws {
        let text = Array(repeating: "a=1", count: 1000).joined(separator: "&")
        #expect(try QueryItems.parse(text).count == 1000)
        #expect(throws: PercentEncodingError.tooManyItems) { try QueryItems.parse(text + "&b=1") }
    }

    @Test("T22: a repeated parameter is an error, even when the values agree")
    func duplicates() throws {
        #expect(throws: FormParametersError.duplicates(["grant_type"])) {
            try FormParameters(parsing: "grant_type=x&a=1&grant_type=y")
        }
        #expect(throws: FormParametersError.duplicates(["b", "a"])) {
            try FormParameters(parsing: "a=1&b=1&b=1&a=1&b=1")
        }
        #expect(throws: FormParametersError.duplicates(["scope"])) { try FormParameters(parsing: "scope=a&sc%6Fpe=b") }
    }

    @Test("a parameter is absent, empty or has a value")
    func lookup() throws {
        let form = try FormParameters(parsing: "a=1&b=&c")
        #expect(form["a"] == "1")
        #expect(form["b"] == "")
        #expect(form["c"] == "")
        #expect(form["d"] == nil)
        #expect(form.names == ["a", "b", "c"])
        #expect(FormParameters.none.isEmpty)
    }

    @Test("encoding leaves unreserved characters only, and decoding undoes it")
    func encoding() throws {
        #expect(PercentEncoding.encode(queryComponent: "a-._~Z9") == "a-._~Z9")
        #expect(PercentEncoding.encode(queryComponent: "a b+c/é\r\n&=%") == "a%20b%2Bc%2F%C3%A9%0D%0A%26%3D%25")
        let text = "a b+c&d=é\u{1F600}\r\n%41\"<>"
        #expect(try PercentEncoding.decode(form: PercentEncoding.encode(queryComponent: text)) == text)
        #expect(try PercentEncoding.decode(pathSegment: "auth0%7C1+%257C") == "auth0|1+%7C")
    }
}

@Suite("Building redirects")
struct URLBuilderTests {
    @Test(
        "the URI stays as it was, with the parameters after those it has",
        arguments: [
            ("https://a.example/cb", "https://a.example/cb?code=x%20y&state=%26"),
            ("https://a.example", "https://a.example?code=x%20y&state=%26"),
            ("https://A.example/c%62?", "https://A.example/c%62?code=x%20y&state=%26"),
            ("https://a.example/cb?x=1", "https://a.example/cb?x=1&code=x%20y&state=%26"),
            ("https://a.example/cb?x=1&", "https://a.example/cb?x=1&code=x%20y&state=%26"),
            ("https://a.example/cb?x=1#f?g", "https://a.example/cb?x=1&code=x%20y&state=%26#f?g"),
            ("com.app:/cb", "com.app:/cb?code=x%20y&state=%26"),
        ]
    )
    func query(_ uri: String, _ expected: String) {
        #expect(URLBuilder.appending([("code", "x y"), ("state", "&")], to: uri, in: .query) == expected)
    }

    @Test(
        "a fragment is added, or continued",
        arguments: [
            ("https://a.example/cb?x=1", "https://a.example/cb?x=1#token=%23"),
            ("https://a.example/cb#", "https://a.example/cb#token=%23"),
            ("https://a.example/cb#a=b", "https://a.example/cb#a=b&token=%23"),
        ]
    )
    func fragment(_ uri: String, _ expected: String) {
        #expect(URLBuilder.appending([("token", "#")], to: uri, in: .fragment) == expected)
    }

    @Test("P4: no value can end the header line or the query")
    func injection() {
        let url = URLBuilder.appending([("state", "a\r\nSet-Cookie: x=1#&b=\u{0}")], to: "https://a.example/cb")
        #expect(url == "https://a.example/cb?state=a%0D%0ASet-Cookie%3A%20x%3D1%23%26b%3D%00")
        #expect(URLBuilder.appending([], to: "https://a.example/cb") == "https://a.example/cb")
    }
}
