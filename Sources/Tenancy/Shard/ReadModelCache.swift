import Synchronization

/// A decoded read model of an open shard. A value loaded before a write committed is never kept after it: the
/// generation says whether the shard has moved on since the load began.
final class ReadModelCache<Key: Hashable & Sendable, Value: Sendable>: Sendable {
    private struct State {
        var generation = 0
        var values: [Key: Value] = [:]
    }

    private let state = Mutex(State())
    private let capacity: Int

    /// - Parameter capacity: how many values are kept; one more and the table starts anew.
    init(capacity: Int) { self.capacity = capacity }

    func value(_ key: Key, load: () async throws -> Value?) async throws -> Value? {
        let (kept, generation) = state.withLock { ($0.values[key], $0.generation) }
        if let kept { return kept }
        guard let loaded = try await load() else { return nil }
        state.withLock { state in
            guard state.generation == generation else { return }
            if state.values.count >= capacity { state.values.removeAll() }
            state.values[key] = loaded
        }
        return loaded
    }

    /// Keeps a value that was read before anybody could change it.
    func begin(_ key: Key, with value: Value) { state.withLock { $0.values[key] = value } }

    func drop() {
        state.withLock { state in
            state.generation += 1
            state.values.removeAll()
        }
    }
}
