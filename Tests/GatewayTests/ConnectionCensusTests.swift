import NIOCore
import Testing

@testable import Gateway

@Suite struct ConnectionCensusTests {
    @Test("P7 connections are counted by IPv4 address, in either form, and by /64 of IPv6")
    func keys() throws {
        func key(_ address: String) throws -> [UInt8] {
            try ConnectionCensus.key(SocketAddress(ipAddress: address, port: 1))
        }
        #expect(try key("192.0.2.1") == key("::ffff:192.0.2.1"))
        #expect(try key("::ffff:192.0.2.1") != key("::ffff:192.0.2.2"))
        #expect(try key("2001:db8::1") == key("2001:db8::2"))
        #expect(try key("2001:db8::1") != key("2001:db8:0:1::1"))
    }
}
