import Foundation
import NIOCore
import NIOPosix
import OpenSSL
import Testing

@testable import Gateway

@Suite struct DrainingTests {
    @Test("O5 a server told to end answers what it has accepted, and then ends the connection")
    func draining() async throws {
        var limits = HTTPLimits()
        limits.bodyTimeout = .minutes(10)
        limits.drainTimeout = .minutes(10)
        let outcome = Outcome<Task<RawClient.Talk, any Error>>()
        try await GatewayFixture.runFresh(limits: limits) { server in
            let port = server.ports.https
            let (begun, continuation) = AsyncStream.makeStream(of: Void.self)
            let talk = Task {
                defer { continuation.finish() }
                return try await server.withClient { client in
                    let head = "POST /length HTTP/1.1\r\nHost: acme.auth0.com\r\nContent-Length: 4\r\n"
                    try client.send(Array((head + "Expect: 100-continue\r\n\r\n").utf8))
                    // "100 Continue" says that the request has been taken in.
                    while try #require(try client.receive()).isEmpty {}
                    continuation.yield()
                    // When nobody listens any more, the server has been told to end.
                    while (try? RawClient(plainPort: port)) != nil { Thread.sleep(forTimeInterval: 0.05) }
                    let talk = try client.talk([Array("body".utf8)], answers: 1)
                    while !client.isClosed, try client.receive() != nil {}
                    return RawClient.Talk(text: talk.text, isClosed: client.isClosed)
                }
            }
            for await _ in begun { break }
            await outcome.set(talk)
        }
        let talk = try await #require(await outcome.value).value
        #expect(talk.status == 200 && talk.body == "4")
        #expect(talk.isClosed)
    }

    @Test("O5 a client that has not finished its handshake does not hold up the end")
    func drainingOfHandshakes() async throws {
        var limits = HTTPLimits()
        // Who waits for these waits longer than the test may take.
        limits.handshakeTimeout = .hours(1)
        limits.drainTimeout = .hours(1)
        let outcome = Outcome<any Channel>()
        try await GatewayFixture.runFresh(limits: limits) { server in
            let answered = MultiThreadedEventLoopGroup.singleton.any().makePromise(of: Void.self)
            let client = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
                .channelInitializer { channel in
                    channel.eventLoop.makeCompletedFuture {
                        try channel.pipeline.syncOperations.addHandler(FirstBytes(answered))
                    }
                }
                .connect(host: "127.0.0.1", port: server.ports.https).get()
            try await client.writeAndFlush(ByteBuffer(bytes: Self.clientHello()))
            // It has said what it can; the rest of the handshake is the client's.
            try await answered.futureResult.inTime()
            await outcome.set(client)
        }
        try await #require(await outcome.value).closeFuture.inTime()
    }

    private static func clientHello() throws -> [UInt8] {
        let client = try TLSConnection(
            context: .client(trusting: [], applicationProtocols: []), role: .client(serverName: "acme.auth0.com"))
        #expect(try !client.handshake())
        return client.takeOutgoing { Array($0) }
    }

    @Test("O5 a client that leaves its answers unread does not hold up the end for long")
    func drainingOfSlowReaders() async throws {
        var limits = HTTPLimits()
        limits.writeTimeout = .hours(1)
        // Long enough to fill what lies between the two.
        limits.drainTimeout = .seconds(3)
        let ended = DispatchSemaphore(value: 0)
        defer { ended.signal() }
        let outcome = Outcome<Task<Bool, any Error>>()
        try await GatewayFixture.runFresh(limits: limits) { server in
            let (asked, continuation) = AsyncStream.makeStream(of: Void.self)
            let reader = Task {
                defer { continuation.finish() }
                return try await server.withClient { client in
                    let request = "GET /large HTTP/1.1\r\nHost: acme.auth0.com\r\n\r\n"
                    try client.send(Array(String(repeating: request, count: 40).utf8))
                    let hasBegun = try client.receive(seconds: 300) != nil
                    continuation.yield()
                    ended.wait()
                    return hasBegun
                }
            }
            for await _ in asked { break }
            await outcome.set(reader)
        }
        ended.signal()
        #expect(try await #require(await outcome.value).value)
    }
}

/// What a test keeps beyond the end of its server.
private actor Outcome<Value: Sendable> {
    private(set) var value: Value?
    func set(_ value: Value) { self.value = value }
}

/// Tells that the server has said something.
private final class FirstBytes: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    private var answered: EventLoopPromise<Void>?

    init(_ answered: EventLoopPromise<Void>) { self.answered = answered }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        self.answered.take()?.succeed()
    }

    func channelInactive(context: ChannelHandlerContext) {
        self.answered.take()?.fail(ChannelError.eof)
    }
}
