import Logging
import NIOCore
import NIOPosix
import Synchronization

@testable import Gateway

/// Two event loops, which take all their channels with them when the test is over.
struct ListenerFixture: Sendable {
    static let logger = Logger(label: "tests") { _ in SwiftLogNoOpLogHandler() }

    let group = MultiThreadedEventLoopGroup(numberOfThreads: 2)
    private let listeners = Listeners()

    static func run(_ body: (ListenerFixture) async throws -> Void) async throws {
        let fixture = ListenerFixture()
        do {
            try await body(fixture)
        } catch {
            try await fixture.end()
            throw error
        }
        try await fixture.end()
    }

    private func end() async throws {
        for listener in self.listeners.all { await listener.closed() }
        try await self.group.shutdownGracefully()
    }

    func open(
        port: Int = 0, setUp: @escaping @Sendable (any Channel) throws -> Void = { _ in }
    ) async throws -> Listener {
        let listener = try await Listener.open(
            address: "127.0.0.1", port: port, group: self.group, logger: Self.logger, setUp: setUp)
        self.listeners.add(listener)
        return listener
    }

    func connect(to listener: Listener) async throws -> any Channel {
        try await ClientBootstrap(group: self.group).connect(host: "127.0.0.1", port: listener.port).get()
    }
}

private final class Listeners: Sendable {
    private let opened = Mutex<[Listener]>([])

    var all: [Listener] { self.opened.withLock { $0 } }
    func add(_ listener: Listener) { self.opened.withLock { $0.append(listener) } }
}
