import HTTPTypes
import NIOCore
import NIOHTTPTypes

/// Stands between one HTTP/2 stream and the application, as ``HTTP1RequestHandler`` does for a connection: a
/// refused request has its answer from here, and the other streams go on.
///
/// What RFC 9113 calls malformed (names in upper case, `connection`, lengths that do not add up) is refused by the
/// frame layer below with a stream error.
final class HTTP2StreamHandler: ChannelDuplexHandler {
    typealias InboundIn = HTTPRequestPart
    typealias InboundOut = HTTPRequestPart
    typealias OutboundIn = HTTPResponsePart
    typealias OutboundOut = HTTPResponsePart

    private let limits: HTTPLimits
    /// Answers ready-made bytes before the application is asked.
    private let edge: (@Sendable (HTTPRequest) -> EdgeResponse?)?
    private var bodyBytes = 0
    /// The rule for the body, where it is one of its own.
    private var upload: HTTPLimits.Upload?
    private var isHead = false
    private var isDeaf = false
    private var isMute = false
    private var responseStarted = false
    private var hasEnded = false
    private var answerEnded = false
    /// Whether, when last looked at, the answer waited for the peer to take it.
    private var wasWaiting = false
    private var timer: Scheduled<Void>?
    /// A request that a ready-made answer may serve once it turns out to have no body.
    private var held: HTTPRequest?

    init(limits: HTTPLimits, edge: (@Sendable (HTTPRequest) -> EdgeResponse?)? = nil) {
        self.limits = limits
        self.edge = edge
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        self.timer?.cancel()
        self.timer = nil
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard !self.isDeaf else { return }
        switch self.unwrapInboundIn(data) {
        case .head(var request):
            self.upload = self.limits.upload(request.method, request.path)
            self.startTimer(in: self.upload?.timeout ?? self.limits.bodyTimeout, context)
            if let refusal = self.check(&request) { return self.refuse(refusal, context) }
            self.isHead = request.method == .head
            if self.edge != nil, request.method == .get || request.method == .head {
                self.held = request
            } else {
                self.pass(request, context)
            }
        case .body(let bytes):
            self.release(context)
            self.bodyBytes += bytes.readableBytes
            guard self.bodyBytes <= self.upload?.body ?? self.limits.body else {
                self.refuse(.bodyTooLarge, context)
                context.fireErrorCaught(Refusal.bodyTooLarge)
                return
            }
            context.fireChannelRead(data)
        case .end:
            self.hasEnded = true
            if let request = self.held, let answer = self.edge?(request) {
                self.held = nil
                return self.answer(answer, context)
            }
            self.release(context)
            context.fireChannelRead(data)
        }
    }

    private func release(_ context: ChannelHandlerContext) {
        guard let request = self.held else { return }
        self.held = nil
        self.pass(request, context)
    }

    private func pass(_ request: HTTPRequest, _ context: ChannelHandlerContext) {
        context.fireChannelRead(self.wrapInboundOut(.head(request)))
    }

    /// The whole request has to arrive in time, and its answer has to be taken, or the stream is ended.
    private func startTimer(in delay: TimeAmount, _ context: ChannelHandlerContext) {
        self.timer = context.eventLoop.assumeIsolatedUnsafeUnchecked().scheduleTask(in: delay) {
            self.timer = nil
            self.expired(context)
        }
    }

    private func expired(_ context: ChannelHandlerContext) {
        guard self.hasEnded else {
            // An answer that was given early, and is still here, is not being taken.
            if self.isMute { return context.close(promise: nil) }
            self.held = nil
            self.refuse(.requestTimeout, context)
            context.fireErrorCaught(Refusal.requestTimeout)
            return
        }
        // A peer that never widens the window of a stream keeps the answer in memory.
        let isWaiting = self.answerEnded || !context.channel.isWritable
        if isWaiting, self.wasWaiting { return context.close(promise: nil) }
        self.wasWaiting = isWaiting
        self.startTimer(in: self.limits.writeTimeout, context)
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        if context.channel.isWritable { self.wasWaiting = false }
        context.fireChannelWritabilityChanged()
    }

    /// Gives the request the form it has over HTTP/1.1.
    /// - Returns: why it is refused, or nil.
    private func check(_ request: inout HTTPRequest) -> Refusal? {
        // RFC 9113 §8.3.1: `:authority` stands for Host; where both are there, they agree.
        let host = request.headerFields[Self.hostName]
        request.headerFields[Self.hostName] = nil
        let authority = request.authority ?? host
        request.authority = authority
        // RFC 9113 §8.2.3: the crumbs of a cookie are one field again before anybody counts or keeps them.
        let crumbs = request.headerFields[values: .cookie]
        if crumbs.count > 1 { request.headerFields[values: .cookie] = [crumbs.joined(separator: "; ")] }
        if let refusal = RequestRules.sizeRefusal(request, limits: self.limits) { return refusal }
        guard let authority else { return .badRequest }
        if let host, host.lowercased() != authority.lowercased() { return .badRequest }
        if request.method == .connect { return .methodNotAllowed }
        guard let target = request.path, request.scheme == "https" else { return .badRequest }
        let method = request.method.rawValue
        if let refusal = RequestRules.refusal(method: method, target: target, limits: self.limits) { return refusal }
        if let value = request.headerFields[.contentLength] {
            guard let length = RequestRules.contentLength(value) else { return .badRequest }
            guard length <= self.upload?.body ?? self.limits.body else { return .bodyTooLarge }
        }
        return nil
    }

    private static let hostName = HTTPField.Name("Host")!

    private func refuse(_ refusal: Refusal, _ context: ChannelHandlerContext) {
        self.isDeaf = true
        self.isMute = true
        guard !self.responseStarted else { return context.close(promise: nil) }
        var head = refusal.head
        ResponseHeaders.complete(
            &head.headerFields, date: HTTPDate.now(), requestID: ResponseHeaders.makeRequestID())
        self.write(head, refusal.body, context)
    }

    private func answer(_ answer: EdgeResponse, _ context: ChannelHandlerContext) {
        self.isDeaf = true
        self.isMute = true
        self.write(answer.head, answer.body, context)
    }

    /// Writes a whole response. RFC 9113 §8.1: if the request has not ended, the stream is reset after it, so that
    /// the client stops sending.
    private func write(_ head: HTTPResponse, _ body: ByteBuffer, _ context: ChannelHandlerContext) {
        context.write(self.wrapOutboundOut(.head(head)), promise: nil)
        if !self.isHead { context.write(self.wrapOutboundOut(.body(body)), promise: nil) }
        var written: EventLoopPromise<Void>?
        if !self.hasEnded {
            let (channel, promise) = (context.channel, context.eventLoop.makePromise(of: Void.self))
            promise.futureResult.whenComplete { _ in channel.close(promise: nil) }
            written = promise
        }
        self.answerEnded = true
        context.writeAndFlush(self.wrapOutboundOut(.end(nil)), promise: written)
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        guard !self.isMute else {
            promise?.succeed()
            return
        }
        switch self.unwrapOutboundIn(data) {
        case .head(var response):
            if response.status.kind != .informational { self.responseStarted = true }
            // RFC 9113 §8.2.2: fields about a connection have no place here.
            response.headerFields[.connection] = nil
            response.headerFields[.transferEncoding] = nil
            context.write(self.wrapOutboundOut(.head(response)), promise: promise)
        case .body where self.isHead:
            promise?.succeed()
        case .body:
            context.write(data, promise: promise)
        case .end:
            self.answerEnded = true
            context.write(data, promise: promise)
        }
    }
}
