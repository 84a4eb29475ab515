import Synchronization

/// Turns at something of which only so much may go on at once. Who comes when all are taken waits; tenants are served in
/// turn, and none has more than its share at once, however many of its own wait (ARCHITECTURE, decision 37).
///
/// Unlike a ``BoundedPool`` it holds no thread, so what is done in a turn may itself wait.
public final class FairSlots: Sendable {
    private typealias Waiter = CheckedContinuation<Void, any Error>

    private struct State {
        var free: Int
        var held: [TenantID: Int] = [:]
        var queue = FairQueue<TenantID, Waiter>()
        var isClosed = false

        /// Takes those whose turn it is. Tenants that have their share stand in nobody's way.
        mutating func admit(share: Int) -> [Waiter] {
            var admitted: [Waiter] = []
            while free > 0 {
                let held = held
                guard let (tenant, waiter) = queue.next(where: { held[$0, default: 0] < share }) else { break }
                free -= 1
                self.held[tenant, default: 0] += 1
                admitted.append(waiter)
            }
            return admitted
        }
    }

    private let state: Mutex<State>
    private let share: Int

    /// - Parameters:
    ///   - slots: how many turns go on at once.
    ///   - share: how many of them may be one tenant's.
    public init(_ slots: Int, share: Int) {
        precondition(share >= 1 && slots >= share)
        state = Mutex(State(free: slots))
        self.share = share
    }

    /// Waits for a turn, takes it and gives it back. Throws `CancellationError` once the slots are closed.
    public func turn<Value: Sendable>(for tenant: TenantID, _ work: () async throws -> Value) async throws -> Value {
        try await enter(tenant)
        defer { leave(tenant) }
        return try await work()
    }

    /// Sends everybody away who waits now or comes later; turns that go on end by themselves.
    public func close() {
        let waiting = state.withLock { state in
            state.isClosed = true
            var waiting: [Waiter] = []
            while let waiter = state.queue.next()?.work { waiting.append(waiter) }
            return waiting
        }
        for waiter in waiting { waiter.resume(throwing: CancellationError()) }
    }

    private func enter(_ tenant: TenantID) async throws {
        try await withCheckedThrowingContinuation { (waiter: Waiter) in
            let admitted: [Waiter]? = state.withLock { state in
                guard !state.isClosed else { return nil }
                state.queue.append(waiter, to: tenant)
                return state.admit(share: share)
            }
            guard let admitted else { return waiter.resume(throwing: CancellationError()) }
            for waiter in admitted { waiter.resume() }
        }
    }

    private func leave(_ tenant: TenantID) {
        let admitted = state.withLock { state in
            state.free += 1
            let left = state.held[tenant, default: 1] - 1
            state.held[tenant] = left == 0 ? nil : left
            return state.admit(share: share)
        }
        for waiter in admitted { waiter.resume() }
    }
}
