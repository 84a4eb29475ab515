import HTTPTypes
import NIOCore
import NIOHTTP1
import NIOHTTPTypes
import NIOHTTPTypesHTTP1

/// Stands between the HTTP/1 codec and the application: lets well-formed requests of bounded size through, one
/// after the other, and answers the others itself.
///
/// A refusal is written in the order of the requests, so a good request that is still being answered is not
/// disturbed by a bad one behind it. After a refusal that closes nothing of the connection is read any more.
final class HTTP1RequestHandler: ChannelDuplexHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias InboundOut = HTTPRequestPart
    typealias OutboundIn = HTTPResponsePart
    typealias OutboundOut = HTTPServerResponsePart

    /// What has to be known of a request until its answer is complete.
    private struct Exchange {
        let isHead: Bool
        /// Whether the peer knows chunks: HTTP/1.0 ends a body of unknown length by closing.
        let readsChunks: Bool
        var keepsAlive: Bool
        /// Whether nothing may follow the head of the answer, not even the end of a body.
        var endsWithHead = false
    }

    private let limits: HTTPLimits
    private let secure: Bool

    /// Requests passed on whose answers are not complete yet, the oldest first.
    private var exchanges: CircularBuffer<Exchange> = []
    /// Whether the body of the newest request is still arriving.
    private var isReadingBody = false
    private var bodyBytes = 0
    /// The rule for the body that is arriving, where it is one of its own.
    private var upload: HTTPLimits.Upload?
    private var responseStarted = false
    /// Nothing that arrives is passed on any more.
    private var isDeaf = false
    private var refusal: Refusal?
    /// Whether the refused request was passed on before it turned out to be bad.
    private var refusedWasPassedOn = false
    /// Whether the answers of the application are thrown away, because a refusal took their place.
    private var isMute = false
    private var isQuiescing = false

    /// Writes bytes past the encoder.
    var byteHandler: HTTP1ByteHandler?
    /// Whether the answer under way is written there. The encoder's part is chunks, and answers without a body.
    private var writesBytes = false
    /// The head of such an answer, until something comes behind it or it has to go out alone.
    private var heldHead: HTTPResponse?
    /// Longer parts of a body are not copied behind the head.
    private static let longestCopy = 16 << 10

    private var context: ChannelHandlerContext?
    private var deadline = NIODeadline.distantFuture
    private var timer: Scheduled<Void>?

    init(limits: HTTPLimits, secure: Bool = true) {
        self.limits = limits
        self.secure = secure
    }

    /// Whether an answer may be written past this handler, because none is outstanding here.
    var isIdle: Bool { self.exchanges.isEmpty && !self.isDeaf && !self.isQuiescing }

    /// Whether nothing that follows on the connection matters any more.
    var isDone: Bool { self.isDeaf }

    private var framing: HTTP1BodyFraming?

    /// How the body of the request whose header has just been read is delimited; nil if there was none.
    func takeFraming() -> HTTP1BodyFraming? {
        defer { self.framing = nil }
        return self.framing
    }

    // MARK: Deadlines

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        self.expect(within: self.limits.headerTimeout, context)
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        self.context = nil
        self.byteHandler = nil
        self.timer?.cancel()
    }

    func channelInactive(context: ChannelHandlerContext) {
        self.timer?.cancel()
        self.timer = nil
        self.isDeaf = true
        context.fireChannelInactive()
    }

    /// An answer was written past this handler.
    func bypassed() {
        self.deadline = .now() + self.limits.idleTimeout
    }

    /// Sets the deadline. The timer is not moved with it: when it fires too early, it is set again.
    private func expect(within delay: TimeAmount, _ context: ChannelHandlerContext) {
        self.deadline = .now() + delay
        if self.timer == nil { self.startTimer(context) }
    }

    private func startTimer(_ context: ChannelHandlerContext) {
        self.timer = context.eventLoop.assumeIsolatedUnsafeUnchecked().scheduleTask(deadline: self.deadline) {
            self.timer = nil
            if self.deadline == .distantFuture { return }
            if self.deadline > .now() { return self.startTimer(context) }
            self.expired(context)
        }
    }

    private func expired(_ context: ChannelHandlerContext) {
        if self.isReadingBody {
            self.refuse(.requestTimeout, context)
        } else if self.exchanges.isEmpty {
            context.close(promise: nil)
        }
    }

    // MARK: Requests

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard !self.isDeaf else { return }
        switch self.unwrapInboundIn(data) {
        case .head(let head): self.begin(head, context)
        case .body(let bytes):
            self.bodyBytes += bytes.readableBytes
            guard self.bodyBytes <= self.upload?.body ?? self.limits.body else {
                return self.refuse(.bodyTooLarge, context)
            }
            context.fireChannelRead(self.wrapInboundOut(.body(bytes)))
        case .end(let trailers):
            self.isReadingBody = false
            if self.exchanges.isEmpty {
                // The answer was given before the request was read to its end.
                self.expect(within: self.limits.idleTimeout, context)
            } else {
                self.deadline = .distantFuture
            }
            context.fireChannelRead(self.wrapInboundOut(.end(trailers.map { HTTPFields($0, splitCookie: false) })))
            if self.exchanges.last?.keepsAlive == false { self.isDeaf = true }
        }
    }

    private func begin(_ head: HTTPRequestHead, _ context: ChannelHandlerContext) {
        let request: HTTPRequest
        do throws(Refusal) {
            request = try HTTP1RequestChecks.request(head, limits: self.limits, secure: self.secure)
            self.upload = self.limits.upload(request.method, request.path)
            try self.checkBody(head)
        } catch {
            return self.refuse(error, context)
        }
        // The parser leaves HTTP behind after a request to upgrade, which is never granted.
        let keepsAlive = head.isKeepAlive && !head.headers.contains(name: "upgrade") && !self.isQuiescing
        self.exchanges.append(
            Exchange(
                isHead: request.method == .head, readsChunks: head.version.minor == 1, keepsAlive: keepsAlive))
        self.isReadingBody = true
        self.bodyBytes = 0
        let length = head.headers["content-length"].first.flatMap(RequestRules.contentLength)
        self.framing = head.headers.contains(name: "transfer-encoding") ? .chunked : .length(length ?? 0)
        self.expect(within: self.upload?.timeout ?? self.limits.bodyTimeout, context)
        if head.version.minor == 1, head.headers.contains(name: "expect"), self.exchanges.count == 1 {
            let proceed = HTTPResponseHead(version: .http1_1, status: .continue)
            context.writeAndFlush(self.wrapOutboundOut(.head(proceed)), promise: nil)
        }
        context.fireChannelRead(self.wrapInboundOut(.head(request)))
    }

    /// Takes in a request that was read past the parser: it is whole, and asks nothing of the connection.
    func take(_ request: HTTPRequest, body: ByteBuffer) {
        guard let context, !self.isDeaf else { return }
        let keepsAlive = !self.isQuiescing
        self.exchanges.append(
            Exchange(isHead: request.method == .head, readsChunks: true, keepsAlive: keepsAlive))
        self.deadline = .distantFuture
        context.fireChannelRead(self.wrapInboundOut(.head(request)))
        if body.readableBytes > 0 { context.fireChannelRead(self.wrapInboundOut(.body(body))) }
        context.fireChannelRead(self.wrapInboundOut(.end(nil)))
        if !keepsAlive { self.isDeaf = true }
    }

    private func checkBody(_ head: HTTPRequestHead) throws(Refusal) {
        if let length = head.headers["content-length"].first.flatMap(RequestRules.contentLength),
            length > self.upload?.body ?? self.limits.body
        {
            throw .bodyTooLarge
        }
        let expectations = head.headers["expect"]
        guard expectations.allSatisfy({ $0.lowercased() == "100-continue" }) else { throw .expectationFailed }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        guard !self.isDeaf else { return }
        if let error = error as? HTTP1FramingError {
            switch error {
            case .targetTooLong: return self.refuse(.targetTooLong, context)
            case .malformedChunk: return self.refuse(.badRequest, context)
            }
        }
        guard let error = error as? HTTPParserError else { return context.fireErrorCaught(error) }
        switch error {
        case .headerOverflow: self.refuse(.fieldsTooLarge, context)
        case .invalidEOFState where self.exchanges.isEmpty: self.isDeaf = true
        case .invalidMethod: self.refuse(.notImplemented, context)
        default: self.refuse(.badRequest, context)
        }
    }

    // MARK: Refusals

    /// Answers the newest request with a refusal as soon as those before it have their answers.
    private func refuse(_ refusal: Refusal, _ context: ChannelHandlerContext) {
        self.isDeaf = true
        self.deadline = .distantFuture
        if self.isReadingBody, self.exchanges.isEmpty {
            // The request has had its answer already; only the rest of its body is bad.
            context.close(promise: nil)
            return
        }
        self.refusal = refusal
        self.refusedWasPassedOn = self.isReadingBody
        self.isReadingBody = false
        self.writeRefusalIfDue(context)
        if self.refusedWasPassedOn {
            // The application waits for a body that will not come.
            context.fireErrorCaught(refusal)
        }
    }

    private func writeRefusalIfDue(_ context: ChannelHandlerContext) {
        guard let refusal = self.refusal, self.exchanges.count == (self.refusedWasPassedOn ? 1 : 0) else { return }
        self.refusal = nil
        guard !self.responseStarted else {
            // What was begun cannot be taken back. Nothing behind it is read, so the connection ends with it.
            self.exchanges[offset: 0].keepsAlive = false
            return
        }
        self.isMute = true
        var head = refusal.head
        let requestID = ResponseHeaders.makeRequestID()
        ResponseHeaders.complete(
            &head.headerFields, date: HTTPDate.now(), requestID: requestID, secure: self.secure)
        head.headerFields[.connection] = "close"
        context.write(self.wrapOutboundOut(.head(HTTPResponseHead(head))), promise: nil)
        if self.exchanges.first?.isHead != true {
            context.write(self.wrapOutboundOut(.body(.byteBuffer(refusal.body))), promise: nil)
        }
        context.writeAndFlush(self.wrapOutboundOut(.end(nil)), promise: nil)
        context.close(promise: nil)
    }

    // MARK: Responses

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        guard !self.isMute, let exchange = self.exchanges.first else {
            promise?.succeed()
            return
        }
        switch self.unwrapOutboundIn(data) {
        case .head(var response):
            if response.status.kind == .informational {
                return context.write(self.wrapOutboundOut(.head(HTTPResponseHead(response))), promise: promise)
            }
            self.responseStarted = true
            let hasLength = response.headerFields.contains(.contentLength)
            // RFC 9110 §9.3.2: the fields are those of the GET, chunks included; but the last chunk is content already.
            self.exchanges[offset: 0].endsWithHead = exchange.isHead && !hasLength
            let isUnframed = !exchange.readsChunks && !hasLength
            // To look for a field is cheap, to read one is not.
            let closes = response.headerFields.contains(.connection) && response.headerFields[.connection] == "close"
            if isUnframed || closes {
                self.exchanges[offset: 0].keepsAlive = false
            }
            if self.closesAfterResponse(self.exchanges[offset: 0]) { response.headerFields[.connection] = "close" }
            // A head whose writing somebody waits for cannot be held back.
            if hasLength, response.status.mayHaveBody, promise == nil {
                self.heldHead = response
                self.writesBytes = true
                return
            }
            var head = HTTPResponseHead(response)
            if isUnframed { head.version = .http1_0 }
            context.write(self.wrapOutboundOut(.head(head)), promise: promise)
        case .body(let bytes):
            guard !exchange.isHead else {
                promise?.succeed()
                return
            }
            if self.writesBytes { return self.writeBody(bytes, promise) }
            context.write(self.wrapOutboundOut(.body(.byteBuffer(bytes))), promise: promise)
        case .end(let trailers):
            if self.writesBytes {
                self.writeHeldHead()
                self.writesBytes = false
                if let promise { self.byteHandler?.write(ByteBuffer(), promise: promise) }
            } else if exchange.endsWithHead {
                promise?.succeed()
            } else {
                context.write(self.wrapOutboundOut(.end(trailers.map(HTTPHeaders.init))), promise: promise)
            }
            self.completed(exchange, context)
        }
    }

    func flush(context: ChannelHandlerContext) {
        self.writeHeldHead()
        context.flush()
    }

    private func writeHeldHead() {
        guard let head = self.heldHead.take() else { return }
        self.byteHandler?.write(head, with: nil)
    }

    /// What is short goes into one piece with the head: one buffer less on its way through the pipeline.
    private func writeBody(_ body: ByteBuffer, _ promise: EventLoopPromise<Void>?) {
        if body.readableBytes <= Self.longestCopy, let head = self.heldHead.take() {
            self.byteHandler?.write(head, with: body, promise: promise)
        } else {
            self.writeHeldHead()
            self.byteHandler?.write(body, promise: promise)
        }
    }

    private func closesAfterResponse(_ exchange: Exchange) -> Bool {
        !exchange.keepsAlive || (self.isQuiescing && self.exchanges.count == 1)
            || (self.refusal != nil && self.refusedWasPassedOn && self.exchanges.count == 1)
    }

    private func completed(_ exchange: Exchange, _ context: ChannelHandlerContext) {
        let closes = self.closesAfterResponse(exchange)
        // An answer given before its request was read to the end: what follows of it is not worth reading.
        let isEarly = self.isReadingBody && self.exchanges.count == 1
        self.exchanges.removeFirst()
        self.responseStarted = false
        if closes {
            self.isDeaf = true
            context.flush()
            context.close(promise: nil)
        } else if self.refusal != nil {
            self.writeRefusalIfDue(context)
        } else if self.exchanges.isEmpty, !isEarly {
            self.expect(within: self.limits.idleTimeout, context)
        }
    }

    // MARK: Ending

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        guard event is ChannelShouldQuiesceEvent else { return context.fireUserInboundEventTriggered(event) }
        self.isQuiescing = true
        if self.exchanges.isEmpty {
            self.isDeaf = true
            return context.close(promise: nil)
        }
        context.eventLoop.assumeIsolatedUnsafeUnchecked().scheduleTask(in: self.limits.drainTimeout) {
            if !self.exchanges.isEmpty { context.close(promise: nil) }
        }
    }
}
