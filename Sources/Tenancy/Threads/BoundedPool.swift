import CScheduling
import NIOPosix
import Synchronization

/// Threads for work that would block an event loop (SQLite, signing, password hashing), with a bounded queue:
/// when it is full the caller is refused at once rather than made to wait (ARCHITECTURE, decision 2).
///
/// Tenants share it fairly. Their work is taken in turn, so a tenant's flood waits for itself and a neighbour's request
/// for one piece of it; and a tenant may hold as much of the queue as is free beside it, so that of any number of
/// floods none ever fills it, and somebody who has nothing waiting is always let in.
public final class BoundedPool: Sendable {
    /// The queue is full, or one tenant's part of it; the answer to the client is 503 with `Retry-After`.
    public struct Full: Error, Sendable {
        public let pool: String
    }

    /// What is done on a thread; false where the pool has been shut down meanwhile.
    private typealias Work = @Sendable (_ isActive: Bool) -> Void

    private struct State {
        var pending = 0
        /// How much of that is each tenant's.
        var shares: [TenantID?: Int] = [:]
        var queue = FairQueue<TenantID?, Work>()
        /// How many pieces of each tenant are being done; kept only where that is limited.
        var working: [TenantID?: Int] = [:]

        mutating func take(atMost limit: Int?) -> (lane: TenantID?, work: Work)? {
            guard let limit else { return queue.next() }
            let next = queue.next { working[$0, default: 0] < limit }
            if let next { working[next.lane, default: 0] += 1 }
            return next
        }

        /// Returns whether somebody waits, who may have waited for this.
        mutating func finish(_ lane: TenantID?) -> Bool {
            let count = working[lane, default: 1] - 1
            working[lane] = count == 0 ? nil : count
            return !queue.isEmpty
        }
    }

    public let name: String
    private let threads: NIOThreadPool
    private let limit: Int
    private let yields: Bool
    private let threadsOfOne: Int?
    private let state = Mutex(State())

    /// - Parameters:
    ///   - threads: how many threads work at once.
    ///   - queue: how many pieces of work may wait or run before the next one is refused.
    ///   - yields: whether the threads stand back (nice 10) for everybody else's: their work is long, and nobody
    ///     else's should wait for a processor that it keeps busy.
    ///   - threadsOfOne: how many threads work for one tenant at once; nil where its work is too short to matter.
    public init(name: String, threads count: Int, queue limit: Int, yields: Bool = false, threadsOfOne: Int? = nil) {
        self.name = name
        self.threads = NIOThreadPool(numberOfThreads: count)
        self.limit = limit
        self.yields = yields
        self.threadsOfOne = threadsOfOne
        threads.start()
    }

    /// Runs `work` on one of the threads. Throws ``Full`` when too much is waiting already.
    /// - Parameter tenant: whose work it is; nil for the house's own, which is refused only by a full queue.
    public func run<Value: Sendable>(
        for tenant: TenantID? = nil, _ work: @escaping @Sendable () throws -> Value
    ) async throws -> Value {
        try await counting(for: tenant) {
            try await withUnsafeThrowingContinuation { (continuation: UnsafeContinuation<Value, any Error>) in
                enqueue(for: tenant) { [yields] isActive in
                    guard isActive else { return continuation.resume(throwing: CancellationError()) }
                    // The priority is the thread's own. Beside a hash, saying it each time costs nothing.
                    if yields { Self.standBack() }
                    continuation.resume(with: Result { try work() })
                }
            }
        }
    }

    /// Counts work that reaches the threads by ``submit(for:_:)`` among what is pending; throws ``Full`` as
    /// ``run(for:_:)`` does.
    func counting<Value: Sendable>(
        for tenant: TenantID? = nil, _ work: () async throws -> Value
    ) async throws -> Value {
        guard admit(tenant) else { throw Full(pool: name) }
        defer { leave(tenant) }
        return try await work()
    }

    /// Runs `work` some time later; it is never refused, so only the owner of a bounded source may use it.
    func submit(for tenant: TenantID? = nil, _ work: @escaping @Sendable () -> Void) {
        enqueue(for: tenant) { [yields] _ in
            if yields { Self.standBack() }
            work()
        }
    }

    /// How much runs or waits at this moment.
    public var pendingCount: Int { state.withLock(\.pending) }

    public func shutdown() async { try? await threads.shutdownGracefully() }

    /// Nice 10, and long turns: whoever wakes beside a thread that asked for longer turns than its own comes first at
    /// once, where between equals it would wait for the turn under way to end, some milliseconds.
    private static func standBack() { _ = scheduling_set(10, 100_000_000) }

    private func admit(_ tenant: TenantID?) -> Bool {
        state.withLock { state in
            let share = state.shares[tenant, default: 0]
            guard state.pending < limit, tenant == nil || share < limit - state.pending else { return false }
            state.pending += 1
            state.shares[tenant] = share + 1
            return true
        }
    }

    private func leave(_ tenant: TenantID?) {
        state.withLock { state in
            state.pending -= 1
            let share = state.shares[tenant, default: 1] - 1
            state.shares[tenant] = share == 0 ? nil : share
        }
    }

    /// Every piece brings one turn of a thread along; whose piece is done in that turn is decided when it comes.
    private func enqueue(for tenant: TenantID?, _ work: @escaping Work) {
        state.withLock { $0.queue.append(work, to: tenant) }
        takeTurn()
    }

    /// A turn in which nobody may work is lost; whoever was in the way brings another one when done.
    private func takeTurn() {
        threads.submit { [self] state in
            guard let next = self.state.withLock({ $0.take(atMost: self.threadsOfOne) }) else { return }
            next.work(state == .active)
            if threadsOfOne != nil, self.state.withLock({ $0.finish(next.lane) }) { takeTurn() }
        }
    }
}

/// The pools of one process, made once in the wiring and passed down.
public struct WorkPools: Sendable {
    /// SQLite reads and commits, and the signatures that follow on them.
    public let database: BoundedPool
    /// Password hashing: slow on purpose, so it never shares threads with anything else.
    public let hashing: BoundedPool
    /// Searches and listings with totals: they may look at all there is, so they keep nobody from the others' threads,
    /// and one tenant's leave some for the next.
    public let searching: BoundedPool

    public init(cores: Int) {
        database = BoundedPool(name: "database", threads: max(4, cores * 2), queue: 8_000)
        hashing = BoundedPool(name: "hashing", threads: max(1, cores), queue: 500, yields: true)
        searching = BoundedPool(
            name: "searching", threads: max(3, cores), queue: 100, yields: true, threadsOfOne: 2)
    }
}
