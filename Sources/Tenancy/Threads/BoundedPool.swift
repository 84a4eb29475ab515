import Glibc
import NIOPosix
import Synchronization

/// Threads for work that would block an event loop (SQLite, signing, password hashing), with a bounded queue:
/// when it is full the caller is refused at once rather than made to wait (ARCHITECTURE, decision 2).
public final class BoundedPool: Sendable {
    /// The queue is full; the answer to the client is 503 with `Retry-After`.
    public struct Full: Error, Sendable {
        public let pool: String
    }

    public let name: String
    private let threads: NIOThreadPool
    private let limit: Int
    private let yields: Bool
    private let pending = Atomic<Int>(0)

    /// - Parameters:
    ///   - threads: how many threads work at once.
    ///   - queue: how many pieces of work may wait or run before the next one is refused.
    ///   - yields: whether the threads stand back (nice 10) for everybody else's: their work is long, and nobody
    ///     else's should wait for a processor that it keeps busy.
    public init(name: String, threads count: Int, queue limit: Int, yields: Bool = false) {
        self.name = name
        self.threads = NIOThreadPool(numberOfThreads: count)
        self.limit = limit
        self.yields = yields
        threads.start()
    }

    /// Runs `work` on one of the threads. Throws ``Full`` when too much is waiting already.
    public func run<Value: Sendable>(_ work: @escaping @Sendable () throws -> Value) async throws -> Value {
        try await counting {
            try await threads.runIfActive { [yields] in
                // On Linux the priority is the thread's own. Beside a hash, saying it each time costs nothing.
                if yields { setpriority(__priority_which_t(PRIO_PROCESS.rawValue), 0, 10) }
                return try work()
            }
        }
    }

    /// Counts work that reaches the threads by ``submit(_:)`` among what is pending; throws ``Full`` as ``run(_:)`` does.
    func counting<Value: Sendable>(_ work: () async throws -> Value) async throws -> Value {
        let waiting = pending.add(1, ordering: .relaxed).newValue
        defer { pending.subtract(1, ordering: .relaxed) }
        guard waiting <= limit else { throw Full(pool: name) }
        return try await work()
    }

    /// Runs `work` some time later; it is never refused, so only the owner of a bounded source may use it.
    func submit(_ work: @escaping @Sendable () -> Void) {
        threads.submit { _ in work() }
    }

    /// How much runs or waits at this moment.
    public var pendingCount: Int { pending.load(ordering: .relaxed) }

    public func shutdown() async { try? await threads.shutdownGracefully() }
}

/// The pools of one process, made once in the wiring and passed down.
public struct WorkPools: Sendable {
    /// SQLite reads and commits, and the signatures that follow on them.
    public let database: BoundedPool
    /// Password hashing: slow on purpose, so it never shares threads with anything else.
    public let hashing: BoundedPool

    public init(cores: Int) {
        database = BoundedPool(name: "database", threads: max(4, cores * 2), queue: 8_000)
        hashing = BoundedPool(name: "hashing", threads: max(1, cores), queue: 500, yields: true)
    }
}
