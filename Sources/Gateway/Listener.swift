import Glibc
import Logging
import NIOCore
import NIOPosix
import ServiceLifecycle
import Synchronization

/// One port of the front server, on which every event loop listens for itself.
///
/// The kernel deals new connections out to the loops (`SO_REUSEPORT`), so that each is served by the thread that
/// accepted it and none is handed over.
struct Listener: Sendable {
    /// The one that was asked for, or the one that was free.
    let port: Int
    private let sockets: [any Channel]

    private static let sharesPort = NIOBSDSocket.Option(rawValue: SO_REUSEPORT)

    /// Opens the port, on as many sockets as `group` has loops.
    /// - Parameters:
    ///   - port: 0 for any free one.
    ///   - setUp: adds the handlers of a new connection, on its event loop. What it throws ends the connection.
    /// - Throws: an `IOError` where somebody listens on the port already, or nobody may.
    static func open(
        address: String, port: Int, group: any EventLoopGroup = MultiThreadedEventLoopGroup.singleton,
        logger: Logger, setUp: @escaping @Sendable (any Channel) throws -> Void
    ) async throws -> Listener {
        var loops = group.makeIterator()
        guard let first = loops.next() else { preconditionFailure("a group of no event loops") }
        let shortage = AcceptShortage(logger: logger)
        func socket(on loop: any EventLoop) -> ServerBootstrap {
            ServerBootstrap(group: loop)
                .serverChannelOption(.backlog, value: 1024)
                .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
                .serverChannelInitializer { channel in
                    channel.eventLoop.makeCompletedFuture {
                        try channel.pipeline.syncOperations.addHandler(
                            AcceptBackoffHandler(backoffProvider: { shortage.pause(after: $0) }))
                    }
                }
                .childChannelOption(.allowRemoteHalfClosure, value: true)
                .childChannelInitializer { channel in channel.eventLoop.makeCompletedFuture { try setUp(channel) } }
        }
        // Bound as if it were to stay alone: a port is shared among these sockets, and with no other process.
        let leader = try await socket(on: first).bind(host: address, port: port).get()
        var sockets = [leader]
        do {
            guard let bound = leader.localAddress else { throw ChannelError.unknownLocalAddress }
            try await leader.setOption(.socketOption(Self.sharesPort), value: 1).get()
            while let loop = loops.next() {
                let sibling = socket(on: loop).serverChannelOption(.socketOption(Self.sharesPort), value: 1)
                sockets.append(try await sibling.bind(to: bound).get())
            }
            let listener = Listener(port: bound.port ?? port, sockets: sockets)
            // Connections are dealt out to all of them: one alone that has closed would leave a part unserved.
            for socket in sockets { socket.closeFuture.whenComplete { _ in listener.close() } }
            return listener
        } catch {
            for socket in sockets { socket.close(promise: nil) }
            throw error
        }
    }

    /// Stops listening. Connections that were accepted stay.
    func close() {
        for socket in self.sockets { socket.close(promise: nil) }
    }

    /// Listens until the service is to end, or is cancelled.
    /// - Throws: ``ListenerClosed`` if it ends before.
    func run() async throws {
        try await withTaskCancellationOrGracefulShutdownHandler {
            for socket in self.sockets { try await socket.closeFuture.get() }
            guard Task.isCancelled || Task.isShuttingDownGracefully else { throw ListenerClosed(port: self.port) }
        } onCancelOrGracefulShutdown: {
            self.close()
        }
    }
}

/// A port that the operating system closed while it was being served.
struct ListenerClosed: Error, CustomStringConvertible {
    let port: Int

    var description: String { "port \(self.port) was closed by the operating system" }
}

/// How long to accept nothing where the process or the machine has no room for one more connection, and what the operator
/// is told of it.
private final class AcceptShortage: Sendable {
    private static let pause = TimeAmount.milliseconds(100)
    private static let silence = TimeAmount.seconds(30)

    private let logger: Logger
    private let nextWarning = Mutex(NIODeadline.now())

    init(logger: Logger) { self.logger = logger }

    /// - Returns: nil for what has to do with one connection alone, such as a client that has gone: the next one must not
    ///   wait for it.
    func pause(after error: IOError) -> TimeAmount? {
        guard [EMFILE, ENFILE, ENOBUFS, ENOMEM].contains(error.errnoCode) else { return nil }
        let isDue = self.nextWarning.withLock { next in
            guard .now() >= next else { return false }
            next = .now() + Self.silence
            return true
        }
        if isDue { self.logger.warning("new connections have to wait: \(error)") }
        return Self.pause
    }
}
