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
}
