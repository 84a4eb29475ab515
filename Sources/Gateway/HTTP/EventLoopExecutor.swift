import NIOCore

/// Keeps the tasks of a connection on the connection's own event loop: work that comes back from a pool would
/// otherwise resume on whichever loop is next, and then wake the right one only to write the answer.
final class EventLoopExecutor: TaskExecutor {
    private let eventLoop: any EventLoop

    init(_ eventLoop: any EventLoop) {
        self.eventLoop = eventLoop
    }

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        self.eventLoop.execute { job.runSynchronously(on: self.asUnownedTaskExecutor()) }
    }
}
