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

    /// - Returns: nil for a client that has gone, whom the next one must not wait for, and for what ends the listener.
    func pause(after error: IOError) -> TimeAmount? {
        switch error.errnoCode {
        case EMFILE, ENFILE, ENOBUFS, ENOMEM:
            if self.isWarningDue() { self.logger.warning("new connections have to wait: \(error)") }
            return Self.pause
        case ECONNABORTED:
            return nil
        default:
            self.logger.error("connections cannot be accepted: \(error)")
            return nil
        }
    }

    private func isWarningDue() -> Bool {
        self.nextWarning.withLock { next in
            guard .now() >= next else { return false }
            next = .now() + Self.silence
            return true
        }
    }
}
