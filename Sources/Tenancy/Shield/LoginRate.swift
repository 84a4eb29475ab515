import Synchronization

/// Logins of one user from one address: 20 at once, then 10 a minute (spec 05 §7). In memory alone: after a restart
/// everybody starts with a full measure.
public final class LoginRate: Sendable {
    private static let burst: Int64 = 20
    /// Milliseconds until one more is allowed.
    private static let pause: Int64 = 6_000
    private static let capacity = 2_000

    /// When each measure will be full again, in milliseconds.
    private let fullAt = Mutex<[ShieldSubject: Int64]>([:])

    init() {}

    public func admit(_ subject: ShieldSubject, at now: Timestamp) -> Bool {
        fullAt.withLock { fullAt in
            let next = max(fullAt[subject] ?? 0, now.milliseconds) + Self.pause
            guard next - now.milliseconds <= Self.burst * Self.pause else { return false }
            if fullAt.count >= Self.capacity {
                fullAt = fullAt.filter { $0.value > now.milliseconds }
                // Under an attack from everywhere memory goes before memory of who was here.
                if fullAt.count >= Self.capacity { fullAt.removeAll() }
            }
            fullAt[subject] = next
            return true
        }
    }
}
