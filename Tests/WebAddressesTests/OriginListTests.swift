import Testing
import WebAddresses

@Suite("Allowed origins")
struct OriginListTests {
    private let list = URLList.effectiveOrigins(
        callbacks: [
            "https://app.example.com/cb?x=1", "com.app://cb", "http://localhost:3000/cb", "https://h.example/#/cb",
        ],
        allowedOrigins: ["https://*.spa.example.com/some/path", "https://api.example.com:8443", "*.google.com"],
        webOrigins: ["https://web.example.com#x"]
    )

    @Test(
        "R29: the origins of the callbacks and of the lists are allowed, whatever their paths",
        arguments: [
            "https://app.example.com", "http://localhost:3000", "https://x.spa.example.com",
            "https://api.example.com:8443", "https://web.example.com", "https://www.google.com", "https://h.example",
            "https://app.example.com:443", "https://APP.example.com",
        ]
    )
    func allowed(_ origin: String) throws {
        #expect(list.allows(origin))
        #expect(list.allows(origin: try WebOrigin(parsing: origin)))
    }

    @Test(
        "U11: other origins, and texts that are none, are refused",
        arguments: [
            "null", "", "*", "https://app.example.com.evil.example", "https://evilapp.example.com",
            "http://app.example.com", "https://app.example.com:8443", "https://app.example.com/",
            "https://app.example.com evil", "https://app.example.com,https://evil.example", "file://",
            "chrome-extension://abcdefgh", "https://app.example.com/cb", "https://app.example.com?x",
            "https://app.example.com#", "https://api.example.com", "https://spa.example.com",
            "https://a.b.spa.example.com", "https://*.spa.example.com", "http://www.google.com", "com.app://cb",
            "http://localhost", "http://localhost:3001", "https://user@app.example.com", "//app.example.com",
            "app.example.com", "https://app.example.com.", "https://app.example.com\\", "NULL",
        ]
    )
    func refused(_ origin: String) {
        #expect(!list.allows(origin))
    }

    @Test("origins are listed once, with their wildcards")
    func origins() {
        let list = URLList.effectiveOrigins(
            callbacks: ["https://a.example/cb", "https://A.example:443/other", "com.app://cb", "javascript:x"],
            allowedOrigins: ["http://*.b.example:8080/x", "c.example"]
        )
        #expect(list.origins == ["https://a.example", "http://*.b.example:8080", "https://c.example"])
    }
}

@Suite("Origin header")
struct WebOriginTests {
    @Test(
        "an origin is serialized canonically",
        arguments: [
            ("https://app.example.com", "https://app.example.com"),
            ("https://APP.example.com:443", "https://app.example.com"),
            ("http://a.example:80", "http://a.example"),
            ("http://a.example:443", "http://a.example:443"),
            ("https://a.example:8443", "https://a.example:8443"),
            ("http://[::1]:3000", "http://[::1]:3000"),
        ]
    )
    func serialized(_ text: String, _ expected: String) throws {
        let origin = try WebOrigin(parsing: text)
        #expect(origin.serialized == expected)
        #expect(try WebOrigin(parsing: expected) == origin)
    }

    @Test(
        "U11: what no page can be the origin of is refused",
        arguments: [
            "null", "", "file://", "chrome-extension://abc", "https://", "https:a.example", "https://a.example/",
            "https://a.example/x", "https://a.example?x", "https://a.example#", "https://a.example evil",
            "https://a@b.example", "https://a.example:99999", "https://a.example, https://b.example", "a.example",
            "https://a_b.example", "https://é.example",
        ]
    )
    func refused(_ text: String) {
        #expect(throws: URLSyntaxError.self) { try WebOrigin(parsing: text) }
    }
}
