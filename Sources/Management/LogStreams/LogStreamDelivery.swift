import StrictJSON
import Tenancy

/// Sends a tenant's events to its log streams. At least once: a stream's place in the log moves when the receiver has
/// accepted, so a crash between the two repeats a batch and loses none.
public struct LogStreamDelivery: Sendable {
    /// One call of a receiver.
    public struct Shipment: Sendable {
        public let url: String
        public let headers: [String]
        public let contentType: String
        public let body: [UInt8]
    }

    /// Makes the call; returns the status of the answer.
    public typealias Post = @Sendable (Shipment) async throws -> Int

    /// Seconds to wait after the first attempt in vain, the second …; then always the last. Nothing is given up: what a
    /// receiver missed waits for it until the log itself expires.
    static let pauses: [Int64] = [1, 5, 30, 120, 300]
    private static let batch = 100
    /// Batches of one stream at a turn; then other tenants have theirs.
    private static let batchesAtOnce = 20

    private let post: Post

    public init(post: @escaping Post) { self.post = post }

    /// Sends what is new.
    public func deliverDue(in shard: Shard) async throws {
        let now = shard.now
        let due = try await shard.read { try $0.logStreams.due(at: now) }
        try await withThrowingTaskGroup(of: Void.self) { group in
            for stream in due { group.addTask { try await deliver(stream, in: shard) } }
            try await group.waitForAll()
        }
    }

    private func deliver(_ stream: LogStream, in shard: Shard) async throws {
        guard let sink = LogSink(stream) else { return }
        var cursor = stream.cursor
        for _ in 0..<Self.batchesAtOnce {
            let place = cursor
            let events = try await shard.read { try $0.logs.after(place, limit: Self.batch) }
            guard let last = events.last?["log_id"]?.string else { return }
            guard await send(events, to: sink) else {
                let pause = Self.pauses[min(stream.attempts, Self.pauses.count - 1)]
                let next = shard.now.adding(seconds: pause)
                return try await shard.write { try $0.logStreams.postpone(stream.id, until: next) }
            }
            cursor = last
            try await shard.write { try $0.logStreams.advance(stream.id, to: last) }
            if events.count < Self.batch { return }
        }
    }

    private func send(_ events: [JSONObject], to sink: LogSink) async -> Bool {
        let shipment = Shipment(
            url: sink.url, headers: sink.headers, contentType: sink.contentType, body: sink.body(of: events))
        let status = try? await post(shipment)
        return status.map { (200..<300).contains($0) } ?? false
    }
}
