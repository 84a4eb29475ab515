import Testing
import WebAddresses

@Suite("Allowed logout URLs")
struct LogoutListTests {
    private let list = URLList(
        ["https://app.example.com/out?a=b#c", "https://*.spa.example.com", "com.app://host/logout"], .logout)

    @Test(
        "U9 R28: query and fragment do not count on either side",
        arguments: [
            "https://app.example.com/out",
            "https://app.example.com/out?x=https://evil.example",
            "https://app.example.com/out#top",
            "https://app.example.com/out?user=auth0|1#/x?y",
            "HTTPS://APP.example.com:443/out",
            "https://x.spa.example.com",
            "https://x.spa.example.com/",
            "https://x.spa.example.com?bye",
            "com.app://host/logout",
            "com.app://host/logout?x=1",
        ]
    )
    func allowed(_ url: String) {
        #expect(list.allows(url))
    }

    @Test(
        "U9: the tricks of U1 do not work here either",
        arguments: [
            "https://evil.example",
            "https://evil.example/out",
            "http://app.example.com/out",
            "https://app.example.com/OUT",
            "https://app.example.com/out/",
            "https://app.example.com/out/x",
            "https://app.example.com/",
            "https://app.example.com:8443/out",
            "https://app.example.com.evil.example/out",
            "https://app.example.com@evil.example/out",
            "https://evil.example?https://app.example.com/out",
            "https://evil.example#@app.example.com/out",
            "https://evil.example\\@app.example.com/out",
            "https://app.example.com/out?a=b c",
            "https://app.example.com/out?a=\r\nb",
            "https://app.example.com/out#é",
            "https://app.example.com/out?a=<b>",
            "https://app.example.com/out%3fa",
            "https:/app.example.com/out",
            "//app.example.com/out",
            "/out",
            "/\\evil.example",
            "https://spa.example.com",
            "https://a.b.spa.example.com",
            "https://x.spa.example.com/y",
            "com.app://host/logout/x",
            "com.app://host",
            "javascript:alert(1)",
        ]
    )
    func refused(_ url: String) {
        #expect(!list.allows(url))
    }
}
