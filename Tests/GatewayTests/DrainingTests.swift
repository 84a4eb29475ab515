import Testing

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
}

private actor Outcome {
    private(set) var talk: Task<RawClient.Talk, any Error>?
    func set(_ talk: Task<RawClient.Talk, any Error>) { self.talk = talk }
}
