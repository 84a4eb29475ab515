/// Which tenants want a turn at something, and when: the longest waiting first, each once at a time, and only so many at
/// once. A value, kept under its owner's lock.
public struct TenantTurns: Sendable {
    private var due: [TenantID: Timestamp] = [:]
    private var running: Set<TenantID> = []
    private let atOnce: Int

    public init(atOnce: Int) { self.atOnce = atOnce }

    /// A tenant wants a turn; what it wanted earlier stays, where that comes first.
    public mutating func wake(_ id: TenantID, at moment: Timestamp) {
        due[id] = min(moment, due[id] ?? moment)
    }

    public func hasDue(at now: Timestamp) -> Bool { due.values.contains { $0 <= now } }

    /// Begins the turns of those whose time has come.
    public mutating func start(at now: Timestamp) -> [TenantID] {
        let ready = due.filter { $0.value <= now && !running.contains($0.key) }
            .sorted { $0.value < $1.value }.prefix(max(0, atOnce - running.count)).map(\.key)
        for id in ready {
            due[id] = nil
            running.insert(id)
        }
        return ready
    }

    /// A wake during the turn goes before what the turn has seen.
    /// - Parameter next: when the tenant wants its next turn; nil where nothing is left.
    public mutating func end(_ id: TenantID, next: Timestamp?) {
        running.remove(id)
        if let next { wake(id, at: next) }
    }
}
