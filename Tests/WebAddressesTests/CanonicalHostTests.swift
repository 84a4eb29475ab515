import Testing
import WebAddresses

@Suite("Canonical hosts")
struct CanonicalHostTests {
    @Test(
        "H3 H4 H6: a host has one canonical form",
        arguments: [
            ("acme.auth0.com", "acme.auth0.com"),
            ("ACME.Auth0.COM", "acme.auth0.com"),
            ("acme.auth0.com.", "acme.auth0.com"),
            ("ACME.AUTH0.COM.", "acme.auth0.com"),
            ("acme.eu.auth0.com", "acme.eu.auth0.com"),
            ("localhost", "localhost"),
            ("demo.localhost", "demo.localhost"),
            ("xn--cme-7cd.auth0.com", "xn--cme-7cd.auth0.com"),
            ("XN--CME-7CD.auth0.com", "xn--cme-7cd.auth0.com"),
            ("a-b.c--d.example", "a-b.c--d.example"),
            ("0.example", "0.example"),
            ("1and1.example", "1and1.example"),
            ("127.0.0.1", "127.0.0.1"),
            ("127.0.0.1.", "127.0.0.1"),
            ("255.255.255.255", "255.255.255.255"),
            ("[::1]", "[::1]"),
            ("[::]", "[::]"),
            ("[0:0:0:0:0:0:0:1]", "[::1]"),
            ("[2001:DB8::0:1]", "[2001:db8::1]"),
            ("[2001:db8:0:0:1:0:0:1]", "[2001:db8::1:0:0:1]"),
            ("[2001:db8:0:1:1:1:1:1]", "[2001:db8:0:1:1:1:1:1]"),
            ("[1:2:3:4:5:6:7::]", "[1:2:3:4:5:6:7:0]"),
            ("[::ffff:127.0.0.1]", "[::ffff:7f00:1]"),
        ]
    )
    func canonicalForm(_ text: String, _ name: String) throws {
        let host = try CanonicalHost(parsing: text)
        #expect(host.name == name)
        #expect(host.description == name)
        #expect(try CanonicalHost(parsing: name) == host)
    }

    @Test(
        "H6 H7: what is no host name is refused before any lookup",
        arguments: [
            ("", HostError.empty),
            (".", .emptyLabel),
            ("..", .emptyLabel),
            (".acme.auth0.com", .emptyLabel),
            ("acme..auth0.com", .emptyLabel),
            ("acme.auth0.com..", .emptyLabel),
            ("\u{0430}cme.auth0.com", .nonASCII),
            ("acme\u{3002}auth0.com", .nonASCII),
            ("\u{24E2}pa.example", .nonASCII),
            ("acme.auth0.com\u{0}", .invalidCharacter),
            ("acme .auth0.com", .invalidCharacter),
            (" acme.auth0.com", .invalidCharacter),
            ("acme\t.auth0.com", .invalidCharacter),
            ("acme%00.auth0.com", .invalidCharacter),
            ("acme%2eauth0.com", .invalidCharacter),
            ("acme/auth0.com", .invalidCharacter),
            ("acme\\auth0.com", .invalidCharacter),
            ("acme@auth0.com", .invalidCharacter),
            ("acme.auth0.com,globex.auth0.com", .invalidCharacter),
            ("acme#auth0.com", .invalidCharacter),
            ("<acme>.auth0.com", .invalidCharacter),
            ("acme'.auth0.com", .invalidCharacter),
            ("ac_me.auth0.com", .invalidCharacter),
            ("*.auth0.com", .invalidCharacter),
            ("acme.auth0.com:443", .invalidCharacter),
            ("acme.auth0.com\r\nX: y", .invalidCharacter),
            ("-acme.auth0.com", .misplacedHyphen),
            ("acme-.auth0.com", .misplacedHyphen),
            ("acme.auth0.com-", .misplacedHyphen),
            ("-", .misplacedHyphen),
            (String(repeating: "a", count: 64) + ".example", .labelTooLong),
            (String(repeating: "a.", count: 128), .tooLong),
            ("127.1", .malformedAddress),
            ("2130706433", .malformedAddress),
            ("0x7f.1", .malformedAddress),
            ("0x7f000001", .malformedAddress),
            ("0177.0.0.1", .malformedAddress),
            ("127.0.0.256", .malformedAddress),
            ("1.2.3.4.5", .malformedAddress),
            ("acme.123", .malformedAddress),
            ("::1", .invalidCharacter),
            ("[::1", .malformedAddress),
            ("[]", .malformedAddress),
            ("[:::]", .malformedAddress),
            ("[1::2::3]", .malformedAddress),
            ("[1:2:3:4:5:6:7]", .malformedAddress),
            ("[1:2:3:4:5:6:7:8:9]", .malformedAddress),
            ("[12345::]", .malformedAddress),
            ("[+1::]", .malformedAddress),
            ("[fe80::1%eth0]", .malformedAddress),
            ("[1.2.3.4::1]", .malformedAddress),
            ("[acme]", .malformedAddress),
        ]
    )
    func refused(_ text: String, _ error: HostError) {
        #expect(throws: error) { try CanonicalHost(parsing: text) }
    }

    @Test("the longest name and the longest label are accepted")
    func longest() throws {
        let label = String(repeating: "a", count: 63)
        let name = [label, label, label, String(repeating: "b", count: 61)].joined(separator: ".")
        #expect(name.utf8.count == 253)
        #expect(try CanonicalHost(parsing: name).name == name)
        #expect(try CanonicalHost(parsing: name + ".").name == name)
        #expect(throws: HostError.tooLong) { try CanonicalHost(parsing: name + "b") }
    }

    @Test(
        "H5: a port is a decimal number from 1 to 65535",
        arguments: [
            ("acme.auth0.com", "acme.auth0.com", nil),
            ("acme.auth0.com:8443", "acme.auth0.com", 8443),
            ("ACME.auth0.com.:443", "acme.auth0.com", 443),
            ("acme.auth0.com:1", "acme.auth0.com", 1),
            ("acme.auth0.com:65535", "acme.auth0.com", 65535),
            ("127.0.0.1:80", "127.0.0.1", 80),
            ("[::1]", "[::1]", nil),
            ("[::1]:8443", "[::1]", 8443),
        ] as [(String, String, Int?)]
    )
    func authority(_ text: String, _ name: String, _ port: Int?) throws {
        let authority = try CanonicalHost.parse(authority: text)
        #expect(authority.host.name == name)
        #expect(authority.port == port)
    }

    @Test(
        "H5: a malformed port is refused",
        arguments: [":", ":0", ":99999", ":65536", ":8443x", ":08443", ":+443", ":-1", ": 443", ":443:443", ":४४३"]
    )
    func malformedPort(_ port: String) {
        #expect(throws: HostError.malformedPort) { try CanonicalHost.parse(authority: "acme.auth0.com" + port) }
        #expect(throws: HostError.malformedPort) { try CanonicalHost.parse(authority: "[::1]" + port) }
    }

    @Test(
        "H7: an authority holds nothing but host and port",
        arguments: [
            "", ":443", "user@acme.auth0.com", "user:pw@acme.auth0.com", "acme.auth0.com/", "acme.auth0.com?x",
            "[::1]x:443", "[::1", "https://acme.auth0.com", "acme.auth0.com, globex.auth0.com",
        ]
    )
    func malformedAuthority(_ text: String) {
        #expect(throws: HostError.self) { try CanonicalHost.parse(authority: text) }
    }

    @Test("labels are those of a DNS name, and an address has none")
    func labels() throws {
        #expect(try CanonicalHost(parsing: "Acme.EU.auth0.com.").labels == ["acme", "eu", "auth0", "com"])
        #expect(try CanonicalHost(parsing: "acme.auth0.com").isIPAddress == false)
        for address in ["127.0.0.1", "[::1]"] {
            let host = try CanonicalHost(parsing: address)
            #expect(host.isIPAddress)
            #expect(host.labels.isEmpty)
        }
    }
}
