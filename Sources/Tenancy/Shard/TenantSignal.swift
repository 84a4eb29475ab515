import Synchronization

/// Which tenants have got something since whoever works for all of them last looked. In memory: what must survive a
/// restart is rows of the tenants.
public final class TenantSignal: Sendable {
    private let woken = Mutex<Set<TenantID>>([])

    init() {}

    /// Called after the commit.
    func fire(_ id: TenantID) { woken.withLock { _ = $0.insert(id) } }

    /// The tenants since the last call.
    public func takeWoken() -> Set<TenantID> {
        woken.withLock { woken in
            defer { woken = [] }
            return woken
        }
    }
}
