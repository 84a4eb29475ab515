import StrictJSON
import Tenancy

/// Sends a tenant's events to one of its log streams. At least once: a stream's place in the log moves when the receiver
/// has accepted, so a crash between the two repeats a batch and loses none.
public struct LogStreamDelivery: Sendable {
    /// One call of a receiver.
    public struct Shipment: Sendable {
        public let url: String
        public let headers: [String]
        public let contentType: String
        public let body: [UInt8]
        /// Seconds the receiver has for its answer.
        public let patience: Int
    }

    /// Makes the call; returns the status of the answer, or throws where none came.
    public typealias Post = @Sendable (Shipment) async throws -> Int

    /// What became of a turn.
    enum Outcome: Sendable, Equatable {
        /// There was nothing to send, or no active stream to send it to.
        case nothing
        /// Everything that was looked at is with the receiver. It took so long.
        case sent(hasMore: Bool, took: Duration)
        /// No answer came in the time there was, and there is more of it elsewhere: nothing is decided.
        case late
        /// The receiver is called again then.
        case failed(next: Timestamp)
        /// The receiver has failed for so long that its stream is paused.
        case paused
        /// Nothing is ever sent to a receiver of this kind, and the stream no longer says that it is.
        case suspended
    }

    /// Seconds to wait after the first attempt in vain, the second …; then always the last.
    static let pauses: [Int64] = [1, 5, 30, 120, 300]
    /// Seconds that a stream stays active whose receiver nothing can be sent to: by then whoever has made it, as the contract
    /// lets them, has seen it as the contract wants it.
    static let grace: Int64 = 60
    /// Most events of a call.
    static let batch = 100
    /// After how many bytes a call gets no further event.
    static let bytes = 1 << 20

    private let post: Post

    public init(post: @escaping Post) { self.post = post }

    /// Sends one batch of what is new.
    /// - Parameters:
    ///   - patience: seconds the receiver has.
    ///   - isTrial: whether a receiver that needs more is given it later, rather than counted as failing. Not for one
    ///     that has failed already.
    func sendNext(
        of streamID: String, in shard: Shard, patience: Int, isTrial: Bool
    ) async throws -> Outcome {
        let found = try await shard.read { db -> Consignment? in
            guard let stream = try db.logStreams.find(streamID), stream.status == .active else { return nil }
            // For a receiver that nothing can be sent to, nothing is read.
            guard let sink = LogSink(stream) else { return Consignment(stream: stream) }
            let batch = try db.logs.batch(
                after: stream.cursor, types: stream.types, limit: Self.batch, bytes: Self.bytes)
            let personalData = try PersonalData(stream) { try db.logStreams.pseudonymKey(of: stream.id) }
            return Consignment(stream: stream, sink: sink, batch: batch, personalData: personalData)
        }
        guard let found else { return .nothing }
        let stream = found.stream
        guard let sink = found.sink else { return try await suspend(stream, in: shard) }
        guard let batch = found.batch, let end = batch.end else { return .nothing }
        guard !batch.events.isEmpty else {
            // Nothing here is for this stream.
            try await shard.write { try $0.logStreams.advance(stream.id, to: end) }
            return .sent(hasMore: batch.hasMore, took: .zero)
        }
        let events = found.personalData.map { batch.events.map($0.withheld) } ?? batch.events
        let shipment = Shipment(
            url: sink.url, headers: sink.headers, contentType: sink.contentType, body: sink.body(of: events),
            patience: patience)
        let begin = ContinuousClock.now
        let status = try? await post(shipment)
        let took = begin.duration(to: .now)
        guard let status, (200..<300).contains(status) else {
            if status == nil, isTrial, stream.attempts == 0, CallPace.isUsedUp(patience, by: took) { return .late }
            return try await fail(stream, status, in: shard)
        }
        try await shard.write { try $0.logStreams.advance(stream.id, to: end) }
        return .sent(hasMore: batch.hasMore, took: took)
    }

    /// What a turn has found of a stream.
    private struct Consignment: Sendable {
        let stream: LogStream
        /// Nil where nothing can be sent.
        var sink: LogSink?
        var batch: LogStore.Batch?
        var personalData: PersonalData?
    }

    /// A stream that nothing is sent to must not go on saying that it is active.
    private func suspend(_ stream: LogStream, in shard: Shard) async throws -> Outcome {
        let now = shard.now
        guard let since = stream.failingSince, now >= since.adding(seconds: Self.grace) else {
            let next = (stream.failingSince ?? now).adding(seconds: Self.grace)
            _ = try await shard.write { try $0.logStreams.postpone(stream, until: next, at: now) }
            return .failed(next: next)
        }
        return try await shard.write { db in
            guard try db.logStreams.suspend(stream.id) else { return .nothing }
            try db.logs.append(
                Self.event(
                    stream, .suspended, "nothing can be sent from here to receivers of the type \(stream.type)", now))
            return .suspended
        }
    }

    /// Tells the tenant what has become of a stream.
    private static func event(
        _ stream: LogStream, _ status: LogStream.Status, _ reason: String, _ now: Timestamp
    ) -> LogEvent {
        var event = LogEvent(.pausedLogStream, at: now)
        event.description = "The log stream \(stream.name) is \(status.rawValue): \(reason)"
        event.details = [
            "stream": [
                "id": .string(stream.id), "name": .string(stream.name), "type": .string(stream.type),
                "status": .string(status.rawValue),
            ]
        ]
        return event
    }

    private func fail(_ stream: LogStream, _ status: Int?, in shard: Shard) async throws -> Outcome {
        let now = shard.now
        let next = now.adding(seconds: Self.pauses[min(stream.attempts, Self.pauses.count - 1)])
        return try await shard.write { db in
            guard try db.logStreams.postpone(stream, until: next, at: now) else { return .failed(next: next) }
            var event = Self.event(stream, .paused, "its receiver has failed for 7 days", now)
            if let status { event.details?["status"] = .int(status) }
            try db.logs.append(event)
            return .paused
        }
    }
}
