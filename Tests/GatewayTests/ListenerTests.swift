import Glibc
import Logging
import NIOCore
import NIOPosix
import Synchronization
import Testing

@testable import Gateway

@Suite struct ListenerTests {
    @Test("Every event loop accepts connections of its own and serves them itself", .timeLimit(.minutes(10)))
    func spread() async throws {
        try await ListenerFixture.run { fixture in
            let (accepted, continuation) = AsyncStream.makeStream(of: ObjectIdentifier?.self)
            let listener = try await fixture.open { channel in
                let isAtHome = channel.eventLoop.inEventLoop && channel.parent?.eventLoop === channel.eventLoop
                continuation.yield(isAtHome ? ObjectIdentifier(channel.eventLoop) : nil)
            }
            // Of two loops one stays without a connection once in 2^63 tries.
            let count = 64
            for _ in 0..<count { _ = try await fixture.connect(to: listener) }
            var loops: [ObjectIdentifier?] = []
            for await loop in accepted.prefix(count) { loops.append(loop) }
            #expect(!loops.contains(nil))
            #expect(Set(loops).count == 2)
        }
    }

    @Test("A port that another listens on is refused, whether that one shares it with itself or not")
    func taken() async throws {
        try await ListenerFixture.run { fixture in
            let listener = try await fixture.open()
            let shared = await #expect(throws: IOError.self) { _ = try await fixture.open(port: listener.port) }
            #expect(shared?.errnoCode == EADDRINUSE)

            let alone = try await ServerBootstrap(group: fixture.group).bind(host: "127.0.0.1", port: 0).get()
            let port = try #require(alone.localAddress?.port)
            let unshared = await #expect(throws: IOError.self) { _ = try await fixture.open(port: port) }
            #expect(unshared?.errnoCode == EADDRINUSE)

            await listener.closed()
            let again = try await fixture.open(port: listener.port)
            #expect(again.port == listener.port)
        }
    }

    @Test("What is thrown while a connection is set up ends that one alone", .timeLimit(.minutes(10)))
    func failingSetUp() async throws {
        struct Unwanted: Error {}
        try await ListenerFixture.run { fixture in
            let (accepted, continuation) = AsyncStream.makeStream(of: Bool.self)
            let isFirst = Mutex(true)
            let listener = try await fixture.open { channel in
                let fails = isFirst.withLock { first in
                    defer { first = false }
                    return first
                }
                continuation.yield(fails)
                if fails { throw Unwanted() }
            }
            var found = accepted.makeAsyncIterator()
            let first = try await fixture.connect(to: listener)
            #expect(await found.next() == true)
            try await first.closeFuture.inTime()
            let second = try await fixture.connect(to: listener)
            #expect(await found.next() == false)
            #expect(second.isActive)
        }
    }

    @Test("It ends when told to, and calls it an error when the operating system ends it", .timeLimit(.minutes(10)))
    func ending() async throws {
        try await ListenerFixture.run { fixture in
            let listener = try await fixture.open()
            let told = Task { try await listener.run() }
            told.cancel()
            try await told.value
            await #expect(throws: (any Error).self) { _ = try await fixture.connect(to: listener) }

            let other = try await fixture.open()
            let untold = Task { try await other.run() }
            other.close()
            await #expect(throws: ListenerClosed.self) { try await untold.value }
        }
    }

    @Test("Where there is no room for a connection accepting rests; a client that has gone keeps nobody waiting")
    func shortage() {
        let shortage = AcceptShortage(logger: ListenerFixture.logger)
        for code in [EMFILE, ENFILE, ENOBUFS, ENOMEM] {
            #expect(shortage.pause(after: IOError(errnoCode: code, reason: "accept")) != nil)
        }
        for code in [ECONNABORTED, EPERM] {
            #expect(shortage.pause(after: IOError(errnoCode: code, reason: "accept")) == nil)
        }
    }
}
