import Synchronization

/// Which tenants are to be looked at and when, and which of their receivers are being served: each once at a time.
public final class ReceiverAgenda: Sendable {
    private struct State {
        var turns: TenantTurns
        /// Found due, and to be served.
        var found: [Receiver] = []
        /// Being served; true where it was found due again meanwhile.
        var serving: [Receiver: Bool] = [:]
        var slow: [TenantID: [String: Slowness]] = [:]
    }

    /// What is known of a receiver that did not answer promptly the last time.
    private struct Slowness {
        /// While it is left alone. A clock that was set back before its beginning ends it.
        var rest: Range<Timestamp>?
        /// How often in a row it was found away.
        var times = 0

        func endOfRest(at moment: Timestamp) -> Timestamp? {
            guard let rest, rest.contains(moment) else { return nil }
            return rest.upperBound
        }
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

    /// Has a receiver served where its time has come; otherwise returns when that will be.
    public func plan(_ receiver: Receiver, due: Timestamp, now: Timestamp) -> Timestamp? {
        state.withLock { state in
            let due = max(due, state.slow[receiver.tenant]?[receiver.id]?.endOfRest(at: now) ?? due)
            guard due <= now else { return due }
            if state.serving[receiver] != nil {
                state.serving[receiver] = true
            } else {
                state.serving[receiver] = false
                state.found.append(receiver)
            }
            return nil
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
            if let next { state.turns.wake(receiver.tenant, at: next) }
            if isDueAgain { state.turns.wake(receiver.tenant, at: now) }
        }
    }

    public func isSlow(_ receiver: Receiver) -> Bool {
        state.withLock { $0.slow[receiver.tenant]?[receiver.id] != nil }
    }

    /// What a receiver did the last time; whatever was known before is forgotten.
    public func set(_ receiver: Receiver, slow isSlow: Bool) {
        state.withLock { state in
            if isSlow {
                state.slow[receiver.tenant, default: [:]][receiver.id] = Slowness()
            } else {
                state.slow[receiver.tenant]?[receiver.id] = nil
            }
        }
    }

    /// Leaves a receiver alone for a while that is away; then it counts as slow.
    /// - Parameter seconds: how long the first time in a row, the second …; then always the last.
    /// - Returns: until when, and how often in a row it was.
    public func rest(
        _ receiver: Receiver, for seconds: [Int64], from now: Timestamp
    ) -> (end: Timestamp, times: Int) {
        state.withLock { state in
            let times = state.slow[receiver.tenant]?[receiver.id]?.times ?? 0
            let end = now.adding(seconds: seconds[min(times, seconds.count - 1)])
            state.slow[receiver.tenant, default: [:]][receiver.id] = Slowness(rest: now..<end, times: times + 1)
            return (end, times + 1)
        }
    }

    /// Leaves a receiver alone for a while, for what is not its fault.
    func rest(_ receiver: Receiver, during rest: Range<Timestamp>) {
        state.withLock { $0.slow[receiver.tenant, default: [:]][receiver.id, default: Slowness()].rest = rest }
    }

    /// What is known of receivers that are no longer there, or that nothing waits for.
    public func forget(_ tenant: TenantID, except active: Set<String>) {
        state.withLock { state in
            guard let slow = state.slow[tenant] else { return }
            let left = slow.filter { active.contains($0.key) }
            state.slow[tenant] = left.isEmpty ? nil : left
        }
    }
}
