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

    /// A value that is there already.
    func kept(_ key: Key) -> Value? { state.withLock { $0.values[key] } }

    /// Several values at once, where reading them together is quicker than one after the other.
    /// - Parameter load: all of them; asked for where one is not kept.
    func values(_ keys: [Key], load: () async throws -> [(key: Key, value: Value)]) async throws -> [Value] {
        let (kept, generation) = state.withLock { state in
            (keys.compactMap { state.values[$0] }, state.generation)
        }
        if kept.count == keys.count { return kept }
        let loaded = try await load()
        state.withLock { state in
            guard state.generation == generation, loaded.count <= capacity else { return }
            if state.values.count + loaded.count > capacity { state.values.removeAll() }
            for (key, value) in loaded { state.values[key] = value }
        }
        return loaded.map(\.value)
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
