/// What tells those that deliver beside the requests of a tenant that came back.
extension ShardPool {
    private var signals: [TenantSignal] { [outboxSignal, logoutSignal, streamSignal] }

    /// A tenant is about to come from a file written elsewhere or earlier: after a crash, whatever it may have to deliver is
    /// looked for.
    func markWaiting(_ id: TenantID) throws {
        for signal in signals { try signal.mark(id) }
    }

    /// A tenant has come from such a file: whatever it may have to deliver is looked for. Who has looked in between may have
    /// found nothing.
    func expectWaiting(_ id: TenantID) throws {
        try markWaiting(id)
        for signal in signals { signal.fire(id) }
    }

    /// A tenant is served again: what waited meanwhile goes on at once.
    func wakeWaiting(_ id: TenantID) {
        for signal in signals { signal.fireIfMarked(id) }
    }
}
