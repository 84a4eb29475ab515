import Testing
import WebAddresses

@Suite("Parsed URLs")
struct ParsedURLTests {
    @Test("the parts are those written")
    func parts() throws {
        let url = try ParsedURL(parsing: "HTTPS://Example.COM:8443/a%2Fb/../c?x=1?y#f?g#h")
        #expect(url.raw == "HTTPS://Example.COM:8443/a%2Fb/../c?x=1?y#f?g#h")
        #expect(url.scheme == "https")
        #expect(url.host?.name == "example.com")
        #expect(url.port == 8443)
        #expect(url.path == "/a%2Fb/../c")
        #expect(url.query == "x=1?y")
        #expect(url.fragment == "f?g#h")
        #expect(url.origin?.serialized == "https://example.com:8443")
        #expect(url.isWeb)
    }

    @Test("a custom scheme has a path only")
    func customScheme() throws {
        let url = try ParsedURL(parsing: "com.app://user@host:1/cb?x")
        #expect(url.scheme == "com.app")
        #expect(url.host == nil)
        #expect(url.path == "//user@host:1/cb")
        #expect(url.hasUserInfo)
        #expect(url.query == "x")
        #expect(url.origin == nil)
        #expect(!url.isWeb)
        #expect(url.effectivePort == nil)
    }

    @Test("default ports are those of http and https")
    func effectivePort() throws {
        #expect(try ParsedURL(parsing: "http://a.example").effectivePort == 80)
        #expect(try ParsedURL(parsing: "https://a.example").effectivePort == 443)
        #expect(try ParsedURL(parsing: "https://a.example:80").effectivePort == 80)
    }

    @Test(
        "R21: loopback hosts are known",
        arguments: [
            ("http://localhost:3000", true), ("http://127.0.0.1/cb", true), ("http://127.8.8.8/cb", true),
            ("http://[::1]/", true), ("http://LOCALHOST", true), ("http://127.example.com", false),
            ("http://localhost.example", false), ("com.app://localhost", false),
        ]
    )
    func loopback(_ text: String, _ isLoopback: Bool) throws {
        #expect(try ParsedURL(parsing: text).isLoopback == isLoopback)
    }
}
