import Glibc
import Logging
import NIOCore
import NIOPosix
import ServiceLifecycle

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
        // Bound as if it were to stay alone, so that a port where somebody listens is refused, a second service of ours
        // among them. Later another program of the same user may join, if it asks to share the port as well.
        let leader = try await socket(on: first).bind(host: address, port: port).get()
        var sockets = [leader]
        do {
            guard let bound = leader.localAddress else { throw ChannelError.unknownLocalAddress }
            while let loop = loops.next() {
                if sockets.count == 1 { try await leader.setOption(.socketOption(Self.sharesPort), value: 1).get() }
                let sibling = socket(on: loop).serverChannelOption(.socketOption(Self.sharesPort), value: 1)
                sockets.append(try await sibling.bind(to: bound).get())
            }
            let listener = Listener(port: bound.port ?? port, sockets: sockets)
            // One that closed alone would leave its loop idle, and nobody would notice.
            for socket in sockets { socket.closeFuture.whenComplete { _ in listener.close() } }
            return listener
        } catch {
            await Listener(port: port, sockets: sockets).closed()
            throw error
        }
    }

    /// Stops listening. Connections that were accepted stay.
    func close() {
        for socket in self.sockets { socket.close(promise: nil) }
    }

    /// Stops listening, and returns when the port is free again.
    func closed() async {
        self.close()
        // This future does not fail.
        for socket in self.sockets { try? await socket.closeFuture.get() }
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

/// A port that was closed while it was being served, after an error the log names.
struct ListenerClosed: Error, CustomStringConvertible {
    let port: Int

    var description: String { "nobody listens on port \(self.port) any more" }
}
