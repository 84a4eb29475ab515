import NIOCore

/// What was waited for did not come within five minutes, which is long on any machine.
struct NeverCame: Error {}

extension EventLoopFuture where Value: Sendable {
    /// Waits as `get` does, but not for ever: no time limit of a test ends that.
    func inTime() async throws -> Value {
        let promise = self.eventLoop.makePromise(of: Value.self)
        self.cascade(to: promise)
        let end = self.eventLoop.scheduleTask(in: .minutes(5)) { promise.fail(NeverCame()) }
        defer { end.cancel() }
        return try await promise.futureResult.get()
    }
}
