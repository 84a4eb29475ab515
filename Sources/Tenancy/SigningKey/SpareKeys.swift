import OpenSSL
import Synchronization

/// RSA keys made ahead of time, because one costs about 100 ms and creating a tenant must not wait for it
/// (ARCHITECTURE, decision 2). A spare key is handed out once and never written down before that.
public final class SpareKeys: Sendable {
    private struct State {
        var keys: [PrivateKey] = []
        var isFilling = false
    }

    private let state = Mutex(State())
    private let target: Int
    private let pool: BoundedPool
    private let make: @Sendable () throws -> PrivateKey

    /// - Parameters:
    ///   - target: how many keys to keep ready.
    ///   - pool: one thread of its own that stands back for all others, so that filling never delays anybody.
    ///   - make: makes one key, on that thread.
    public init(
        target: Int, pool: BoundedPool = BoundedPool(name: "spare keys", threads: 1, queue: 1, yields: true),
        make: @escaping @Sendable () throws -> PrivateKey = { try .generateRSA(bits: 2048) }
    ) {
        self.target = target
        self.pool = pool
        self.make = make
    }

    public var count: Int { state.withLock { $0.keys.count } }

    /// Takes a ready key, or makes one where none is left; then fills up in the background.
    public func take() async throws -> PrivateKey {
        let ready = state.withLock { $0.keys.popLast() }
        defer { fill() }
        if let ready { return ready }
        return try await withCheckedThrowingContinuation { continuation in
            pool.submit { continuation.resume(with: Result { try self.make() }) }
        }
    }

    /// Starts filling, unless that is going on already.
    public func fill() {
        let mustStart = state.withLock { state in
            guard !state.isFilling, state.keys.count < target else { return false }
            state.isFilling = true
            return true
        }
        if mustStart { pool.submit { self.makeOne() } }
    }

    /// One key a turn, so that a tenant that waits for a key is served between two.
    private func makeOne() {
        let key = try? make()
        let isFull = state.withLock { state in
            if let key { state.keys.append(key) }
            let isFull = key == nil || state.keys.count >= target
            if isFull { state.isFilling = false }
            return isFull
        }
        if !isFull { pool.submit { self.makeOne() } }
    }
}
