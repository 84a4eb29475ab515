import Testing

@testable import Tenancy

@Suite("Whom an address stands for")
struct ClientNetworkTests {
    @Test(
        "an IPv4 address itself, of IPv6 the /64, however it is written",
        arguments: [
            ("192.0.2.1", "192.0.2.1"), ("::ffff:192.0.2.1", "192.0.2.1"), ("2001:db8::1", "2001:db8:0:0::/64"),
            ("2001:0DB8:0000::ffff:1", "2001:db8:0:0::/64"), ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
            ("fe80::1%eth0", "fe80:0:0:0::/64"), ("::1", "0:0:0:0::/64"), ("", ""),
            ("2001:DB8::1:0:0:0:9", "2001:db8:0:1::/64"),
        ])
    func networks(_ address: String, _ network: String) {
        #expect(ClientNetwork(of: address).description == network)
    }

    @Test(
        "a range holds its addresses and no other",
        arguments: [
            ("192.0.2.0/24", "192.0.2.255", true), ("192.0.2.0/24", "192.0.3.1", false),
            ("192.0.2.0/23", "192.0.3.1", true), ("192.0.2.7", "192.0.2.7", true), ("192.0.2.7", "192.0.2.8", false),
            ("192.0.2.0/24", "::ffff:192.0.2.9", true), ("0.0.0.0/0", "203.0.113.1", true),
            ("0.0.0.0/0", "2001:db8::1", false), ("2001:db8::/33", "2001:db8:7fff::1", true),
            ("2001:db8::/33", "2001:db8:8000::1", false), ("192.0.2.0/24", "", false),
        ])
    func ranges(_ range: String, _ address: String, _ isInside: Bool) throws {
        #expect(try #require(AddressRange(range)).contains(address) == isInside)
    }

    @Test(
        "what is no range is none",
        arguments: ["", "x", "192.0.2.0/33", "192.0.2.0/", "192.0.2.0/-1", "1.2.3", "::/129"])
    func noRanges(_ text: String) {
        #expect(AddressRange(text) == nil)
    }
}
