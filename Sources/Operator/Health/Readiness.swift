import Synchronization

/// Whether the service takes requests: between the last listener's opening and the first word of an end.
public final class Readiness: Sendable {
    /// Where the service is in its life.
    public enum Phase: String, Sendable {
        case starting, ready, draining
    }

    private let current = Mutex(Phase.starting)

    public init() {}

    public var phase: Phase { current.withLock { $0 } }

    public func enter(_ phase: Phase) { current.withLock { $0 = phase } }
}
