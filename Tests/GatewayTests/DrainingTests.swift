import NIOCore
import NIOPosix
import Testing

@testable import Gateway

@Suite struct DrainingTests {
    @Test("O5 a server told to end answers what it has accepted, and tells clients that nothing follows")
    func draining() async throws {
        let outcome = Outcome()
        try await GatewayFixture.runFresh { server in
            let (connected, continuation) = AsyncStream.makeStream(of: Void.self)
            let talk = Task {
                try await server.withClient { client in
                    continuation.yield()
                    let request = Array("GET /slower HTTP/1.1\r\nHost: acme.auth0.com\r\n\r\n".utf8)
                    return try client.talk([request], answers: 1)
                }
            }
            for await _ in connected { break }
            // Ends the server while the answer is still being made.
            try await Task.sleep(for: .milliseconds(200))
            await outcome.set(talk)
        }
        let talk = try await #require(await outcome.talk).value
        #expect(talk.status == 200)
        #expect(talk.isClosed)
    }

    @Test("O5 a client that has not finished its handshake does not hold up the end")
    func drainingOfHandshakes() async throws {
        var limits = HTTPLimits()
        // Whoever waits for these, waits longer than a test may take.
        limits.handshakeTimeout = .hours(1)
        limits.drainTimeout = .hours(1)
        let silent = Silent()
        try await GatewayFixture.runFresh(limits: limits) { server in
            let client = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
                .connect(host: "127.0.0.1", port: server.ports.https).get()
            await silent.set(client)
            // A whole request on another connection, so that the first has been accepted.
            for _ in 0..<16 { _ = try await server.talk("GET / HTTP/1.1\r\nHost: acme.auth0.com\r\n\r\n") }
        }
        try await #require(await silent.client).closeFuture.get()
    }
}

private actor Silent {
    private(set) var client: (any Channel)?
    func set(_ client: any Channel) { self.client = client }
}

private actor Outcome {
    private(set) var talk: Task<RawClient.Talk, any Error>?
    func set(_ talk: Task<RawClient.Talk, any Error>) { self.talk = talk }
}
