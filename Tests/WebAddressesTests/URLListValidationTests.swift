import Testing
import WebAddresses

@Suite("Saving URL lists")
struct URLListValidationTests {
    private static let purposes: [URLList.Purpose] = [.callbacks, .logout, .origins]

    @Test(
        "ordinary entries can be saved in every list",
        arguments: [
            "https://app.example.com", "https://app.example.com/cb", "http://localhost:3000/cb", "http://127.0.0.1/cb",
            "http://[::1]:3000", "https://*.example.com", "https://pre-*-post.example.com/x", "*.google.com",
            "app.example.com/cb", "localhost", "app.example.com:443", "https://*.example.co.uk",
            "https://xn--bcher-kva.example/cb", "https://a.example/cb?x=[1]&y={z}", "https://*.a.b.c.example:8443/cb",
            "https://*.com.example",
        ],
        purposes
    )
    func accepted(_ entry: String, _ purpose: URLList.Purpose) {
        #expect(throws: Never.self) { try URLList.validate(entry: entry, purpose: purpose) }
    }

    @Test(
        "U3 U5: entries that cannot be compared safely are refused in every list",
        arguments: [
            ("", URLEntryError.syntax(.empty)),
            ("https://*", .wildcardTooWide),
            ("https://*.com", .wildcardTooWide),
            ("*", .wildcardTooWide),
            ("*.com", .wildcardTooWide),
            ("https://*.co.uk", .wildcardTooWide),
            ("https://a-*.com.au/cb", .wildcardTooWide),
            ("http://*.localhost:3000", .wildcardTooWide),
            ("https://a.*.example.com", .misplacedWildcard),
            ("https://*.*.example.com", .misplacedWildcard),
            ("https://**.example.com", .misplacedWildcard),
            ("https://example.com/*", .misplacedWildcard),
            ("https://example.com?x=*", .misplacedWildcard),
            ("https://*.example.com/*", .misplacedWildcard),
            ("https://example.*", .misplacedWildcard),
            ("https://example.com:*", .syntax(.host(.malformedPort))),
            ("*://example.com", .syntax(.host(.malformedPort))),
            ("https://user@example.com/cb", .syntax(.userInfo)),
            ("https://user:pw@*.example.com/cb", .syntax(.userInfo)),
            ("https://example.com/cb\r\nX: y", .syntax(.invalidCharacter)),
            (" https://example.com/cb", .syntax(.invalidCharacter)),
            ("https://a.example, https://b.example", .syntax(.invalidCharacter)),
            ("https://example.com\\cb", .syntax(.invalidCharacter)),
            ("https://bücher.example", .syntax(.invalidCharacter)),
            ("https://*\u{3002}example.com", .syntax(.invalidCharacter)),
            ("https://example.com/%zz", .syntax(.malformedPercentEncoding)),
            ("https://", .syntax(.missingHost)),
            ("https:example.com", .syntax(.missingHost)),
            ("//example.com", .syntax(.missingHost)),
            ("/cb", .syntax(.missingHost)),
            ("https://example.com:99999", .syntax(.host(.malformedPort))),
            ("https://exa_mple.com", .syntax(.host(.invalidCharacter))),
            ("https://example.com.", .syntax(.host(.emptyLabel))),
            ("https://*.example.com.", .syntax(.host(.emptyLabel))),
            ("https://*..example.com", .syntax(.host(.emptyLabel))),
            ("https://-*.example.com", .syntax(.host(.misplacedHyphen))),
            ("https://127.1/cb", .syntax(.host(.malformedAddress))),
            ("https://*.0.0.1/cb", .syntax(.host(.malformedAddress))),
            ("javascript:alert(1)", .forbiddenScheme),
            ("JavaScript:alert(1)", .forbiddenScheme),
            ("javascript://app.example.com/cb", .forbiddenScheme),
            ("data:text/html,x", .forbiddenScheme),
            ("vbscript:x", .forbiddenScheme),
            ("file:///etc/passwd", .forbiddenScheme),
            ("app.example.com:8443", .portWithoutScheme),
            ("localhost:3000/cb", .portWithoutScheme),
            ("https://example.com/" + String(repeating: "a", count: 10_240), .syntax(.tooLong)),
        ],
        purposes
    )
    func refused(_ entry: (text: String, error: URLEntryError), _ purpose: URLList.Purpose) {
        #expect(throws: entry.error) { try URLList.validate(entry: entry.text, purpose: purpose) }
    }

    @Test("custom schemes are for callbacks and logout URLs, and have no wildcard")
    func customSchemes() {
        for purpose in [URLList.Purpose.callbacks, .logout] {
            #expect(throws: Never.self) { try URLList.validate(entry: "com.app://cb", purpose: purpose) }
            #expect(throws: Never.self) { try URLList.validate(entry: "com.app:/cb", purpose: purpose) }
            #expect(throws: URLEntryError.wildcardInCustomScheme) {
                try URLList.validate(entry: "com.app://*.example.com", purpose: purpose)
            }
        }
        #expect(throws: URLEntryError.schemeWithoutOrigin) {
            try URLList.validate(entry: "com.app://cb", purpose: .origins)
        }
    }

    @Test("a fragment is refused in callbacks only")
    func fragments() {
        #expect(throws: URLEntryError.fragment) {
            try URLList.validate(entry: "https://a.example/#/cb", purpose: .callbacks)
        }
        #expect(throws: Never.self) { try URLList.validate(entry: "https://a.example/#/cb", purpose: .logout) }
        #expect(throws: Never.self) { try URLList.validate(entry: "https://a.example/#/cb", purpose: .origins) }
    }

    @Test("U5: a list has at most 100 entries")
    func tooManyEntries() {
        let entries = (1...101).map { "https://a\($0).example/cb" }
        #expect(throws: URLEntryError.tooManyEntries) { try URLList.validate(entries: entries, purpose: .callbacks) }
        #expect(throws: Never.self) { try URLList.validate(entries: Array(entries.prefix(100)), purpose: .callbacks) }
        #expect(throws: URLEntryError.forbiddenScheme) {
            try URLList.validate(entries: ["https://a.example", "data:x"], purpose: .callbacks)
        }
    }

    @Test("R27: an entry without a scheme is saved with a warning")
    func warning() {
        #expect(URLList.warning(entry: "*.google.com", purpose: .callbacks) != nil)
        #expect(URLList.warning(entry: "https://*.google.com", purpose: .callbacks) == nil)
        #expect(URLList.warning(entry: "com.app://cb", purpose: .callbacks) == nil)
    }

    @Test("R25: a field is split at commas and line breaks, blanks dropped")
    func field() {
        #expect(
            URLList.entries(inField: " https://a.example ,, https://b.example\r\n\thttps://c.example,\n ")
                == ["https://a.example", "https://b.example", "https://c.example"])
        #expect(URLList.entries(inField: " , ").isEmpty)
    }

    @Test("the target of a request that names none is the first entry without a wildcard")
    func firstURL() {
        #expect(
            URLList(["https://*.a.example", "b.example/cb", "https://c.example"], .callbacks).firstURL
                == "https://b.example/cb")
        #expect(URLList(["javascript:x", "com.app://cb"], .callbacks).firstURL == "com.app://cb")
        #expect(URLList(["https://*.a.example"], .callbacks).firstURL == nil)
    }
}
