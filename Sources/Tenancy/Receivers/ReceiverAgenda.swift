import Synchronization

/// Which tenants are to be looked at and when, and which of their receivers are being served: each once at a time.
public final class ReceiverAgenda: Sendable {
    private struct State {
        var turns: TenantTurns
        /// Found due, and to be served.
        var found: [Receiver] = []
        /// Being served; true where it was found due again meanwhile.
        var serving: [Receiver: Bool] = [:]
        /// Those that did not answer promptly the last time.
        var slow: [TenantID: Set<String>] = [:]
    }

    private let state: Mutex<State>

    init(looksAtOnce: Int) { state = Mutex(State(turns: TenantTurns(atOnce: looksAtOnce))) }

    // MARK: Tenants

    /// Tenants where something has happened.
    func wake(_ tenants: Set<TenantID>, at now: Timestamp, gathering: Int64) {
        let due = Timestamp(milliseconds: now.milliseconds + gathering)
        state.withLock { state in for id in tenants { state.turns.wake(id, at: due) } }
    }

    func hasDue(at now: Timestamp) -> Bool { state.withLock { $0.turns.hasDue(at: now) } }

    func startLooks(at now: Timestamp) -> [TenantID] { state.withLock { $0.turns.start(at: now) } }

    func endLook(at id: TenantID, next: Timestamp?) { state.withLock { $0.turns.end(id, next: next) } }

    // MARK: Receivers

    /// A receiver that has its time.
    public func add(_ receiver: Receiver) {
        state.withLock { state in
            if state.serving[receiver] != nil {
                state.serving[receiver] = true
            } else {
                state.serving[receiver] = false
                state.found.append(receiver)
            }
        }
    }

    func startServing() -> [Receiver] {
        state.withLock { state in
            defer { state.found = [] }
            return state.found
        }
    }

    /// What was written after the last was read is looked for once more.
    func endServing(_ receiver: Receiver, next: Timestamp?, at now: Timestamp) {
        state.withLock { state in
            let isDueAgain = state.serving.removeValue(forKey: receiver) ?? false
            guard let next = next ?? (isDueAgain ? now : nil) else { return }
            state.turns.wake(receiver.tenant, at: next)
        }
    }

    public func isSlow(_ receiver: Receiver) -> Bool {
        state.withLock { $0.slow[receiver.tenant]?.contains(receiver.id) ?? false }
    }

    public func set(_ receiver: Receiver, slow isSlow: Bool) {
        state.withLock { state in
            if isSlow {
                state.slow[receiver.tenant, default: []].insert(receiver.id)
            } else {
                state.slow[receiver.tenant]?.remove(receiver.id)
            }
        }
    }

    /// What is known of receivers that are no longer there.
    public func forget(_ tenant: TenantID, except active: Set<String>) {
        state.withLock { state in
            guard let slow = state.slow[tenant] else { return }
            let left = slow.intersection(active)
            state.slow[tenant] = left.isEmpty ? nil : left
        }
    }
}
