import HTTPTypes
import Hummingbird
import HummingbirdCore
import NIOCore
import NIOHTTPTypes

/// The end of a pipeline: collects each request of an HTTP/1.1 connection or of an HTTP/2 stream, has it answered by
/// a task on the connection's own event loop, and writes the answer. One request after the other.
///
/// Bodies are bounded well before they get here (``HTTPLimits/body``), so a request is whole when its task starts:
/// that, and writing straight to the channel, spares a token request a third of what `NIOAsyncChannel` costs it. Only the
/// paths that take big files (``HTTPLimits/uploads``) are answered while their bodies arrive.
final class ExchangeHandler: ChannelDuplexHandler {
    typealias InboundIn = HTTPRequestPart
    typealias OutboundIn = HTTPResponsePart
    typealias OutboundOut = HTTPResponsePart
    typealias Respond = @Sendable (Request) async -> Response

    private let respond: Respond
    private let executor: EventLoopExecutor
    private let limits: HTTPLimits

    /// The request that is still arriving.
    private var head: HTTPRequest?
    private var body = ByteBuffer()
    /// The body that is handed on as it arrives.
    private var stream: RequestStream?
    /// Requests that wait for the answer to the one before them.
    private var waiting: CircularBuffer<Request> = []
    private var isAnswering = false
    private var isReadHeld = false
    private var peerFinished = false
    private var isRemoved = false

    init(executor: EventLoopExecutor, limits: HTTPLimits, respond: @escaping Respond) {
        self.executor = executor
        self.limits = limits
        self.respond = respond
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        self.isRemoved = true
        self.endStream(RequestCutShort())
    }

    // MARK: Requests

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch self.unwrapInboundIn(data) {
        case .head(let head):
            if self.limits.upload(head.method, head.path) != nil { return self.beginStream(head, context) }
            self.head = head
        case .body(let part) where self.stream != nil:
            self.stream?.yield(part)
        case .body(var part):
            // What is left of a body whose request was answered early.
            guard self.head != nil else { return }
            if self.body.readableBytes == 0 { self.body = part } else { self.body.writeBuffer(&part) }
        case .end:
            self.stream?.finish()
            self.stream = nil
            guard let head = self.head else { return }
            let request = Request(head: head, body: RequestBody(buffer: self.body))
            self.dropPartialRequest()
            self.begin(request, context)
        }
    }

    private func begin(_ request: Request, _ context: ChannelHandlerContext) {
        if self.isAnswering { self.waiting.append(request) } else { self.answer(request, context) }
    }

    private func beginStream(_ head: HTTPRequest, _ context: ChannelHandlerContext) {
        let stream = RequestStream(eventLoop: context.eventLoop) { [weak self] in
            guard let self, !self.isRemoved else { return }
            self.stream?.hasRoom()
            self.releaseRead(context)
        }
        self.stream = stream
        self.begin(Request(head: head, body: stream.body), context)
    }

    private func endStream(_ error: any Error) {
        self.stream?.fail(error)
        self.stream = nil
    }

    /// A peer that asks on without waiting for answers is not read from until it has had them.
    func read(context: ChannelHandlerContext) {
        if self.mayRead { context.read() } else { self.isReadHeld = true }
    }

    /// A stream that waits behind another request is read as far as it has room.
    private var mayRead: Bool { self.waiting.isEmpty && self.stream?.isFull != true }

    private func releaseRead(_ context: ChannelHandlerContext) {
        guard self.isReadHeld, self.mayRead else { return }
        self.isReadHeld = false
        context.read()
    }

    private func dropPartialRequest() {
        self.head = nil
        self.body = ByteBuffer()
    }

    // MARK: Answers

    private func answer(_ request: Request, _ context: ChannelHandlerContext) {
        self.isAnswering = true
        let respond = self.respond
        let channel = context.channel
        let bound = NIOLoopBound((handler: self, context: context), eventLoop: context.eventLoop)
        Task(executorPreference: self.executor) {
            let response = await respond(request)
            do {
                try await response.body.write(ResponsePartWriter(channel: channel, head: response.head))
            } catch {
                // Part of an answer cannot be taken back.
                channel.close(promise: nil)
            }
            channel.eventLoop.execute { bound.value.handler.answered(bound.value.context) }
        }
    }

    private func answered(_ context: ChannelHandlerContext) {
        self.isAnswering = false
        guard !self.isRemoved else { return }
        if let next = self.waiting.popFirst() { return self.answer(next, context) }
        if self.peerFinished { return context.close(promise: nil) }
        // Nobody reads what is left of an upload that was refused before it was whole.
        self.stream = nil
        self.releaseRead(context)
    }

    // MARK: Ending

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        guard case ChannelEvent.inputClosed = event else { return context.fireUserInboundEventTriggered(event) }
        self.peerFinished = true
        self.endStream(RequestCutShort())
        if !self.isAnswering { context.close(promise: nil) }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        self.dropPartialRequest()
        self.endStream(error)
        // A refusal has been answered by the handler that found it.
        if !(error is Refusal) { context.close(promise: nil) }
    }
}

/// Writes a response straight to its channel: one that has a single part, as nearly all have, at one go.
private struct ResponsePartWriter: ResponseBodyWriter {
    let channel: any Channel
    /// Nil once it is written.
    private var head: HTTPResponse?
    private var first: ByteBuffer?

    init(channel: any Channel, head: HTTPResponse) {
        self.channel = channel
        self.head = head
    }

    mutating func write(_ buffer: ByteBuffer) async throws {
        if self.head != nil, self.first == nil {
            self.first = buffer
            return
        }
        self.writeWhatIsHeld()
        // The promise is kept when the peer has taken it: a slow one slows down who makes the parts.
        try await self.channel.writeAndFlush(HTTPResponsePart.body(buffer))
    }

    consuming func finish(_ trailers: HTTPFields?) async throws {
        self.writeWhatIsHeld()
        self.channel.writeAndFlush(HTTPResponsePart.end(trailers), promise: nil)
    }

    private mutating func writeWhatIsHeld() {
        if let head = self.head.take() { self.channel.write(HTTPResponsePart.head(head), promise: nil) }
        if let first = self.first.take() { self.channel.write(HTTPResponsePart.body(first), promise: nil) }
    }
}
