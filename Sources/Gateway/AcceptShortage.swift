import Glibc
import Logging
import NIOCore
import Synchronization

/// How long to accept nothing where the process or the machine has no room for one more connection, and what the operator
/// is told of it.
final class AcceptShortage: Sendable {
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
