import Hummingbird
import NIOCore

/// The body of a request that is answered while it still arrives. Whoever reads it sets the pace: while a few parts wait,
/// nothing more is read from the peer.
///
/// Used on the channel's event loop alone.
final class RequestStream {
    private typealias Strategy = NIOAsyncSequenceProducerBackPressureStrategies.HighLowWatermark
    private typealias Producer = NIOThrowingAsyncSequenceProducer<ByteBuffer, any Error, Strategy, Delegate>

    /// What the application reads.
    let body: RequestBody
    private(set) var isFull = false
    private let source: Producer.Source

    /// - Parameter drained: told, on the event loop, that there is room again.
    init(eventLoop: any EventLoop, drained: @escaping () -> Void) {
        let delegate = Delegate(eventLoop: eventLoop, drained: NIOLoopBound(drained, eventLoop: eventLoop))
        let made = Producer.makeSequence(
            elementType: ByteBuffer.self, failureType: (any Error).self,
            backPressureStrategy: Strategy(lowWatermark: 2, highWatermark: 8), finishOnDeinit: false,
            delegate: delegate)
        source = made.source
        body = RequestBody(asyncSequence: made.sequence)
    }

    func yield(_ part: ByteBuffer) {
        if case .stopProducing = source.yield(part) { isFull = true }
    }

    func hasRoom() { isFull = false }
    func finish() { source.finish() }
    func fail(_ error: any Error) { source.finish(error) }

    private struct Delegate: NIOAsyncSequenceProducerDelegate {
        let eventLoop: any EventLoop
        let drained: NIOLoopBound<() -> Void>

        func produceMore() { eventLoop.execute { drained.value() } }
        /// Nobody reads any more: what still arrives is thrown away.
        func didTerminate() { eventLoop.execute { drained.value() } }
    }
}

/// The peer went away before its request was whole.
struct RequestCutShort: Error {}
