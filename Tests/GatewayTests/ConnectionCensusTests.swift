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

    @Test("O5 draining ends with the last connection, and at once when it is cancelled, before or while it waits")
    func draining() async throws {
        try await ListenerFixture.run { fixture in
            let (entered, continuation) = AsyncStream.makeStream(of: ConnectionCensus.self)
            // Connections that heed nothing, as those of a peer that does not answer.
            func connected() async throws -> (census: ConnectionCensus, client: any Channel) {
                let census = ConnectionCensus(limit: 1)
                let listener = try await fixture.open { channel in
                    #expect(census.enter(channel))
                    continuation.yield(census)
                }
                let client = try await fixture.connect(to: listener)
                for await found in entered where found === census { break }
                return (census, client)
            }
            let patience = TimeAmount.hours(1)

            await ConnectionCensus(limit: 1).drain(within: patience)

            let left = try await connected()
            let leaving = Task { await left.census.drain(within: patience) }
            left.census.closeAll()
            await leaving.value
            try await left.client.closeFuture.inTime()

            let cancelled = try await connected()
            let waiting = Task { await cancelled.census.drain(within: patience) }
            waiting.cancel()
            await waiting.value
            try await cancelled.client.closeFuture.inTime()

            let expired = try await connected()
            await expired.census.drain(within: .milliseconds(1))
            try await expired.client.closeFuture.inTime()
        }
    }
}
