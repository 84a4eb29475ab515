/// What tells those that deliver beside the requests of a tenant that came back.
extension ShardPool {
    private var signals: [TenantSignal] { [outboxSignal, logoutSignal, streamSignal] }

    /// A tenant comes from a file written elsewhere or earlier: whatever it may have to deliver is looked for. Called before
    /// it is there, so that a crash forgets nothing, and after, because who looked in between found nothing.
    func expectWaiting(_ id: TenantID) throws {
        for signal in signals {
            try signal.mark(id)
            signal.fire(id)
        }
    }

    /// A tenant is served again: what waited meanwhile goes on at once.
    func wakeWaiting(_ id: TenantID) {
        for signal in signals { signal.fireIfMarked(id) }
    }
}
