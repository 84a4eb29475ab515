import Synchronization
import Tenancy

/// One stream of one tenant.
struct StreamKey: Sendable, Hashable {
    let tenant: TenantID
    let stream: String
}

/// Which tenants are to be looked at and when, and which of their streams are being served: each once at a time.
final class LogStreamAgenda: Sendable {
    private struct State {
        var turns: TenantTurns
        /// Found due, and to be served.
        var found: [StreamKey] = []
        /// Being served; true where it was found due again meanwhile.
        var serving: [StreamKey: Bool] = [:]
        /// Those that did not answer promptly the last time.
        var slow: [TenantID: Set<String>] = [:]
    }

    private let state: Mutex<State>

    init(looksAtOnce: Int) { state = Mutex(State(turns: TenantTurns(atOnce: looksAtOnce))) }

    // MARK: Tenants

    /// Tenants that have written events, or changed their streams.
    /// - Parameter gathering: milliseconds that their events wait for more of them.
    func wake(_ tenants: Set<TenantID>, at now: Timestamp, gathering: Int64) {
        let due = Timestamp(milliseconds: now.milliseconds + gathering)
        state.withLock { state in for id in tenants { state.turns.wake(id, at: due) } }
    }

    func hasDue(at now: Timestamp) -> Bool { state.withLock { $0.turns.hasDue(at: now) } }

    func startLooks(at now: Timestamp) -> [TenantID] { state.withLock { $0.turns.start(at: now) } }

    func endLook(at id: TenantID, next: Timestamp?) { state.withLock { $0.turns.end(id, next: next) } }

    // MARK: Streams

    /// A stream that has its time.
    func add(_ key: StreamKey) {
        state.withLock { state in
            if state.serving[key] != nil {
                state.serving[key] = true
            } else {
                state.serving[key] = false
                state.found.append(key)
            }
        }
    }

    func startServing() -> [StreamKey] {
        state.withLock { state in
            defer { state.found = [] }
            return state.found
        }
    }

    /// What was written after the last batch was read is looked for once more.
    func endServing(_ key: StreamKey, next: Timestamp?, at now: Timestamp) {
        state.withLock { state in
            let isDueAgain = state.serving.removeValue(forKey: key) ?? false
            guard let next = next ?? (isDueAgain ? now : nil) else { return }
            state.turns.wake(key.tenant, at: next)
        }
    }

    func isSlow(_ key: StreamKey) -> Bool { state.withLock { $0.slow[key.tenant]?.contains(key.stream) ?? false } }

    func set(_ key: StreamKey, slow isSlow: Bool) {
        state.withLock { state in
            if isSlow {
                state.slow[key.tenant, default: []].insert(key.stream)
            } else {
                state.slow[key.tenant]?.remove(key.stream)
            }
        }
    }

    /// What is known of streams that are no longer there.
    func forgetStreams(of tenant: TenantID, except active: Set<String>) {
        state.withLock { state in
            guard let slow = state.slow[tenant] else { return }
            let left = slow.intersection(active)
            state.slow[tenant] = left.isEmpty ? nil : left
        }
    }
}
