import Foundation
import Gateway
import Testing

@Suite struct SlowReaderTests {
    @Test("P7 a client that does not read its answers is given up, and others are served meanwhile")
    func slowReader() async throws {
        var limits = HTTPLimits()
        limits.writeTimeout = .milliseconds(500)
        try await GatewayFixture.runFresh(limits: limits) { server in
            let requests = 40
            var isGivenUp = false
            // A busy machine may take longer to send what fills the way to the client, which is when its time begins.
            for pause in [2, 10, 60] where !isGivenUp {
                let received = Task {
                    try await server.withClient { client in
                        let request = "GET /large HTTP/1.1\r\nHost: acme.auth0.com\r\n\r\n"
                        try client.send(Array(String(repeating: request, count: requests).utf8))
                        Thread.sleep(forTimeInterval: TimeInterval(pause))
                        var count = 0
                        while let more = try? client.receive(seconds: 5) { count += more.count }
                        return count
                    }
                }
                let talk = try await server.talk("GET /who HTTP/1.1\r\nHost: acme.auth0.com\r\n\r\n")
                #expect(talk.status == 200)
                isGivenUp = try await received.value < requests << 20
            }
            #expect(isGivenUp)
        }
    }

    @Test("P7 what arrives after close_notify is not collected")
    func afterCloseNotify() async throws {
        try await GatewayFixture.run { server in
            let isClosed = try await server.withClient { client in
                // The answer is still being made while the rest arrives.
                try client.send(Array("GET /slow HTTP/1.1\r\nHost: acme.auth0.com\r\n\r\n".utf8))
                client.closeNotify()
                let record: [UInt8] = [0x17, 0x03, 0x03, 0x40, 0x00] + [UInt8](repeating: 0, count: 16_384)
                for _ in 0..<1_000 { client.sendRaw(record) }
                while try client.receive(seconds: 5) != nil {}
                return client.isClosed
            }
            #expect(isClosed)
            #expect(try await server.talk("GET /who HTTP/1.1\r\nHost: acme.auth0.com\r\n\r\n").status == 200)
        }
    }
}
