import Testing
import WebAddresses

@Suite("Allowed callback URLs")
struct CallbackListTests {
    private let list = URLList(
        ["https://app.example.com/cb", "https://*.spa.example.com/cb", "http://localhost:3000/cb"], .callbacks)

    @Test(
        "U3 U4: the URL listed is allowed, however scheme, host and default port are written",
        arguments: [
            "https://app.example.com/cb",
            "https://app.example.com:443/cb",
            "HTTPS://APP.EXAMPLE.COM/cb",
            "hTTps://App.Example.Com:443/cb",
            "https://x.spa.example.com/cb",
            "https://X.SPA.example.com:443/cb",
            "https://pr-17.spa.example.com/cb",
            "https://xn--bcher-kva.spa.example.com/cb",
            "http://localhost:3000/cb",
            "http://LOCALHOST:3000/cb",
        ]
    )
    func allowed(_ url: String) {
        #expect(list.allows(url))
    }

    @Test(
        "U1: no trick turns another host into the one listed",
        arguments: [
            "https://app.example.com.evil.example/cb",
            "https://app.example.comevil/cb",
            "https://evilapp.example.com/cb",
            "https://app.example.com@evil.example/cb",
            "https://evil.example#@app.example.com/cb",
            "https://evil.example\\@app.example.com/cb",
            "https://evil.example%2f@app.example.com/cb",
            "https:/app.example.com/cb",
            "https:app.example.com/cb",
            "https:///app.example.com/cb",
            "//app.example.com/cb",
            "\\\\app.example.com/cb",
            "https://app.example.com\\.evil.example/cb",
            "https:\\\\app.example.com/cb",
            "https://app.example.com:443@evil.example/",
            "https://app.example.com:443@evil.example/cb",
            "https://user@app.example.com/cb",
            "https://user:password@app.example.com/cb",
            "https://@app.example.com/cb",
            "https://app.example.com%00.evil.example/cb",
            "https://app.example.com%2eevil.example/cb",
            "https://app%2eexample.com/cb",
            "https://app.example.com./cb",
            "https://app.example.com../cb",
            "https://.app.example.com/cb",
            "https://[app.example.com]/cb",
            "app.example.com/cb",
            "/cb",
            "",
        ]
    )
    func otherHost(_ url: String) {
        #expect(!list.allows(url))
    }

    @Test(
        "U2: path and query are compared character by character, and a fragment is refused",
        arguments: [
            "https://app.example.com/cb/../evil",
            "https://app.example.com/x/../cb",
            "https://app.example.com/./cb",
            "https://app.example.com//cb",
            "https://app.example.com/cb%2f..",
            "https://app.example.com/cb/",
            "https://app.example.com/CB",
            "https://app.example.com/cb?x=1",
            "https://app.example.com/cb?",
            "https://app.example.com/cb;x",
            "https://app.example.com/c%62",
            "https://app.example.com/cbx",
            "https://app.example.com/c",
            "https://app.example.com/",
            "https://app.example.com",
            "https://app.example.com/cb#frag",
            "https://app.example.com/cb#",
            "https://app.example.com/cb ",
            " https://app.example.com/cb",
            "https://app.example.com/cb%0a",
            "https://app.example.com/cb\n",
            "https://app.example.com/cb\r\nSet-Cookie: a=b",
            "https://app.example.com/cb\u{0}",
            "https://app.example.com/cb%",
            "https://app.example.com/cb%zz",
            "https://app.example.com/cb\u{FF0F}",
            "ht\ttps://app.example.com/cb",
            "https\n://app.example.com/cb",
            "https ://app.example.com/cb",
        ]
    )
    func otherPath(_ url: String) {
        #expect(!list.allows(url))
    }

    @Test(
        "U3: scheme and port must be those listed",
        arguments: [
            "http://app.example.com/cb",
            "http://app.example.com:443/cb",
            "https://app.example.com:8443/cb",
            "https://app.example.com:80/cb",
            "https://app.example.com:/cb",
            "https://app.example.com:0443/cb",
            "https://app.example.com:443x/cb",
            "https://app.example.com:65979/cb",
            "ftp://app.example.com/cb",
            "httpss://app.example.com/cb",
            "wss://app.example.com/cb",
            "javascript:alert(1)//app.example.com/cb",
            "javascript://app.example.com/cb",
            "data:text/html,https://app.example.com/cb",
            "vbscript:https://app.example.com/cb",
            "file://app.example.com/cb",
            "file:///cb",
            "view-source:https://app.example.com/cb",
            "blob:https://app.example.com/cb",
        ]
    )
    func otherScheme(_ url: String) {
        #expect(!list.allows(url))
    }

    @Test(
        "U4: a wildcard stands for one label only",
        arguments: [
            "https://spa.example.com/cb",
            "https://a.b.spa.example.com/cb",
            "https://evil.example/.spa.example.com/cb",
            "https://evil.example?.spa.example.com/cb",
            "https://evil.example#.spa.example.com/cb",
            "https://evil.example\\.spa.example.com/cb",
            "https://a%2eb.spa.example.com/cb",
            "https://a_b@x.spa.example.com",
            "https://a_b.spa.example.com/cb",
            "https://*.spa.example.com/cb",
            "https://.spa.example.com/cb",
            "https://-.spa.example.com",
            "https://-.spa.example.com/cb",
            "https://-x.spa.example.com/cb",
            "https://x\u{3002}spa.example.com/cb",
            "https://x.spa\u{FF0E}example.com/cb",
            "https://x.\u{24E2}pa.example.com/cb",
            "https://\u{445}.spa.example.com/cb",
            "https://x%E3%80%82spa.example.com/cb",
            "https://xspa.example.com/cb",
            "https://x.evilspa.example.com/cb",
            "https://x.spa.example.com.evil.example/cb",
            "https://x.spa.example.com./cb",
            "https://x.spa.example.com/other",
            "http://x.spa.example.com/cb",
            "https://x.spa.example.com:8443/cb",
            "https://evil.example/x.spa.example.com/cb",
            "https://evil.example:x.spa.example.com/cb",
        ]
    )
    func wildcard(_ url: String) {
        #expect(!list.allows(url))
    }

    @Test(
        "U6: localhost is a host like any other, and its port counts",
        arguments: [
            "http://localhost.evil.example:3000/cb",
            "http://127.0.0.1:3000/cb",
            "http://localhost:3001/cb",
            "http://localhost/cb",
            "http://[::1]:3000/cb",
            "http://localhost:3000@evil.example/cb",
            "http://localhost:3000.evil.example/cb",
            "http://localhost.:3000/cb",
            "https://localhost:3000/cb",
            "http://0x7f.1:3000/cb",
            "http://2130706433:3000/cb",
            "localhost:3000/cb",
        ]
    )
    func localhost(_ url: String) {
        #expect(!list.allows(url))
    }

    @Test(
        "a custom scheme matches exactly",
        arguments: [
            ("com.app://cb", true), ("com.app://cb?x=1", false), ("com.app://cb/", false), ("com.app://CB", false),
            ("COM.APP://cb", false), ("com.app:cb", false), ("com.app:///cb", false), ("com.apps://cb", false),
            ("com.app://cb#x", false), ("com.other:/done?a=b", true), ("com.other:/done?a=c", false),
            ("com.other:/done", false), ("com.app:", false), ("com.app", false),
        ]
    )
    func customScheme(_ url: String, _ isAllowed: Bool) {
        #expect(URLList(["com.app://cb", "com.other:/done?a=b"], .callbacks).allows(url) == isAllowed)
    }

    @Test(
        "R26 R27: an entry without a scheme means https on the default port",
        arguments: [
            ("https://www.google.com", true), ("https://www.google.com/", true), ("https://www.google.com:443", true),
            ("http://www.google.com", false), ("https://www.google.com:8443", false), ("https://google.com", false),
            ("https://a.b.google.com", false), ("https://app.example.com/cb", true), ("app.example.com/cb", false),
            ("http://app.example.com/cb", false), ("http://app.example.com:443/cb", false),
        ]
    )
    func withoutScheme(_ url: String, _ isAllowed: Bool) {
        #expect(URLList(["*.google.com", "app.example.com/cb"], .callbacks).allows(url) == isAllowed)
    }

    @Test(
        "a wildcard may have letters around it",
        arguments: [
            ("https://pre-x-post.example.com/", true), ("https://PRE-1-2-POST.example.com/", true),
            ("https://pre--post.example.com/", false), ("https://pre-post.example.com/", false),
            ("https://pre-x.y-post.example.com/", false), ("https://apre-x-post.example.com/", false),
            ("https://pre-x-posta.example.com/", false), ("https://x.example.com/", false),
        ]
    )
    func partialWildcard(_ url: String, _ isAllowed: Bool) {
        #expect(URLList(["https://Pre-*-post.example.com"], .callbacks).allows(url) == isAllowed)
    }

    @Test(
        "prefix and suffix of a wildcard do not overlap",
        arguments: [
            ("https://aba.example.com/", false), ("https://ababa.example.com/", true),
            ("https://abba.example.com/", false),
        ]
    )
    func overlappingWildcard(_ url: String, _ isAllowed: Bool) {
        #expect(URLList(["https://ab*ba.example.com"], .callbacks).allows(url) == isAllowed)
    }

    @Test(
        "an entry's query is part of it",
        arguments: [
            ("https://a.example.com/cb?x=1", true), ("https://a.example.com/cb?X=1", false),
            ("https://a.example.com/cb?x=1&y=2", false), ("https://a.example.com/cb?x=%31", false),
            ("https://a.example.com/cb", false),
        ]
    )
    func query(_ url: String, _ isAllowed: Bool) {
        #expect(URLList(["https://a.example.com/cb?x=1"], .callbacks).allows(url) == isAllowed)
    }

    @Test(
        "IDN hosts are compared in punycode",
        arguments: [
            ("https://xn--bcher-kva.example/cb", true), ("https://XN--BCHER-KVA.example/cb", true),
            ("https://bücher.example/cb", false), ("https://b%C3%BCcher.example/cb", false),
            ("https://bucher.example/cb", false), ("https://xn--bcher-kvb.example/cb", false),
        ]
    )
    func internationalNames(_ url: String, _ isAllowed: Bool) {
        #expect(URLList(["https://xn--bcher-kva.example/cb"], .callbacks).allows(url) == isAllowed)
    }

    @Test("IP addresses match in canonical form, never a wildcard")
    func addresses() {
        let list = URLList(["http://[::1]:3000/cb", "http://127.0.0.1:3000/cb", "http://*.0.0.1/cb"], .callbacks)
        #expect(list.allows("http://[0:0:0:0:0:0:0:1]:3000/cb"))
        #expect(list.allows("http://127.0.0.1:3000/cb"))
        #expect(!list.allows("http://127.1:3000/cb"))
        #expect(!list.allows("http://[::ffff:127.0.0.1]:3000/cb"))
        #expect(!list.allows("http://127.0.0.1/cb"))
    }

    @Test("entries that cannot be saved match nothing, not even themselves")
    func invalidEntries() {
        let entries = [
            "javascript:alert(1)", "data:text/html,x", "https://*.com", "https://user@a.example/cb",
            "https://a.example/cb#x", "https://a.example/*", "file:///etc/passwd", "",
        ]
        let list = URLList(entries, .callbacks)
        for entry in entries { #expect(!list.allows(entry), "\(entry)") }
        #expect(!list.allows("https://x.com"))
        #expect(!URLList([], .callbacks).allows("https://a.example/cb"))
    }

    @Test("a URL longer than any entry can be is refused")
    func longURL() {
        let path = "/" + String(repeating: "a", count: 2048)
        #expect(!URLList(["https://a.example" + path], .callbacks).allows("https://a.example" + path))
    }
}
