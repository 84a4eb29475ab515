import Logging
import NIOCore
import NIOPosix
import Synchronization
import Testing

@testable import Gateway

@Suite struct ListenerTests {
    private let logger = Logger(label: "tests") { _ in SwiftLogNoOpLogHandler() }

    private func open(
        port: Int = 0, setUp: @escaping @Sendable (any Channel) throws -> Void = { _ in }
    ) async throws -> Listener {
        try await Listener.open(address: "127.0.0.1", port: port, logger: self.logger, setUp: setUp)
    }

    private func connect(to listener: Listener) async throws -> any Channel {
        try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .connect(host: "127.0.0.1", port: listener.port).get()
    }

    @Test("Every event loop accepts connections of its own and serves them itself")
    func spread() async throws {
        let (accepted, continuation) = AsyncStream.makeStream(of: ObjectIdentifier?.self)
        let listener = try await self.open { channel in
            let isAtHome = channel.eventLoop.inEventLoop && channel.parent?.eventLoop === channel.eventLoop
            continuation.yield(isAtHome ? ObjectIdentifier(channel.eventLoop) : nil)
        }
        // Of two loops one stays without a connection once in 2^63 tries.
        let count = 64
        var clients: [any Channel] = []
        for _ in 0..<count { clients.append(try await self.connect(to: listener)) }
        var loops: [ObjectIdentifier?] = []
        for await loop in accepted.prefix(count) { loops.append(loop) }
        #expect(!loops.contains(nil))
        #expect(Set(loops).count > 1)
        listener.close()
        for client in clients { try await client.close() }
    }

    @Test("A port that another listens on is refused, whether that one shares it with itself or not")
    func taken() async throws {
        let listener = try await self.open()
        let error = try await #require(throws: IOError.self) { _ = try await self.open(port: listener.port) }
        #expect(error.errnoCode == EADDRINUSE)
        listener.close()

        let alone = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .bind(host: "127.0.0.1", port: 0).get()
        let port = try #require(alone.localAddress?.port)
        await #expect(throws: IOError.self) { _ = try await self.open(port: port) }
        try await alone.close()
    }

    @Test("Who throws while a connection is set up ends that one alone")
    func failingSetUp() async throws {
        struct Unwanted: Error {}
        let isFirst = Mutex(true)
        let listener = try await self.open { channel in
            let fails = isFirst.withLock { first in
                defer { first = false }
                return first
            }
            if fails { throw Unwanted() }
        }
        let first = try await self.connect(to: listener)
        try await first.closeFuture.get()
        let second = try await self.connect(to: listener)
        #expect(second.isActive)
        try await second.close()
        listener.close()
    }

    @Test("It ends when told to, and calls it an error when the operating system ends it")
    func ending() async throws {
        let listener = try await self.open()
        let told = Task { try await listener.run() }
        told.cancel()
        try await told.value
        await #expect(throws: (any Error).self) { _ = try await self.connect(to: listener) }

        let other = try await self.open()
        let untold = Task { try await other.run() }
        other.close()
        await #expect(throws: ListenerClosed.self) { try await untold.value }
    }
}
