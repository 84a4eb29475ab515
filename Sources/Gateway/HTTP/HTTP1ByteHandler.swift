import HTTPTypes
import NIOCore
import Tenancy

/// Follows the bytes of an HTTP/1.1 connection before the parser sees them, answers requests for ready-made bytes on
/// the spot, and reads plain requests that arrived whole.
///
/// It does so only where a message begins, and answers only while no other request is outstanding on the connection;
/// everything else goes on to the parser untouched.
final class HTTP1ByteHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = ByteBuffer
    typealias OutboundOut = ByteBuffer

    /// Where ready-made answers come from, and the name the connection was made for.
    struct Edge {
        let service: EdgeService
        let serverName: String?
    }

    /// Bytes that the heads of nearly all answers fit into.
    private static let usualHead = 768

    private let edge: Edge?
    private let requests: HTTP1RequestHandler
    private let limits: HTTPLimits
    private let secure: Bool
    private var context: ChannelHandlerContext?
    private var framing: HTTP1Framing
    private var isLost = false
    /// The last Host, and the names it stands for: connections rarely change it.
    private var lastHost: [UInt8] = []
    private var lastNames: HostRouter.Names?

    init(edge: Edge?, requests: HTTP1RequestHandler, limits: HTTPLimits, secure: Bool) {
        self.edge = edge
        self.requests = requests
        self.limits = limits
        self.secure = secure
        // Method, version and line end take their place beside the target.
        self.framing = HTTP1Framing(longestRequestLine: limits.target + 64)
    }

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        self.requests.byteHandler = self
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        self.context = nil
    }

    /// Writes the bytes of an answer, past the encoder.
    func write(_ bytes: ByteBuffer, promise: EventLoopPromise<Void>? = nil) {
        guard let context else {
            promise?.fail(ChannelError.ioOnClosedChannel)
            return
        }
        context.write(self.wrapOutboundOut(bytes), promise: promise)
    }

    /// Writes the head of an answer and what comes behind it in one piece.
    func write(_ head: HTTPResponse, with body: ByteBuffer?, promise: EventLoopPromise<Void>? = nil) {
        var bytes = ByteBuffer()
        bytes.reserveCapacity(Self.usualHead + (body?.readableBytes ?? 0))
        bytes.writeHead(head)
        if let body { bytes.writeImmutableBuffer(body) }
        self.write(bytes, promise: promise)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        var input = self.unwrapInboundIn(data)
        var output: ByteBuffer?
        while input.readableBytes > 0, !self.isLost {
            if let edge = self.edge, self.framing.isAtStart, self.requests.isIdle,
                let request = input.withUnsafeReadableBytes(EdgeRequest.init), !request.isConditional,
                let answer = self.answer(request, in: input, edge)
            {
                input.moveReaderIndex(forwardBy: request.length)
                if output == nil {
                    output = context.channel.allocator.buffer(capacity: Self.usualHead + answer.body.count)
                }
                output?.writeResponse(answer, isHead: request.isHead)
                continue
            }
            self.send(&output, context)
            if !self.readWhole(&input) { self.pass(&input, context) }
        }
        self.send(&output, context)
        if input.readableBytes > 0 { context.fireChannelRead(self.wrapInboundOut(input)) }
    }

    private func send(_ output: inout ByteBuffer?, _ context: ChannelHandlerContext) {
        guard let bytes = output else { return }
        output = nil
        context.writeAndFlush(self.wrapOutboundOut(bytes), promise: nil)
        self.requests.bypassed()
    }

    /// Hands a request on that is plain and here to its end. Returns whether there was one.
    private func readWhole(_ input: inout ByteBuffer) -> Bool {
        guard self.framing.isAtStart, !self.requests.isDone,
            let request = input.withUnsafeReadableBytes({
                WholeRequest($0, limits: self.limits, secure: self.secure)
            })
        else { return false }
        input.moveReaderIndex(forwardBy: request.headLength)
        guard let body = input.readSlice(length: request.bodyLength) else { return false }
        self.requests.take(request.head, body: body)
        self.isLost = self.requests.isDone
        return true
    }

    /// Gives the parser the bytes up to where the next decision is due.
    private func pass(_ input: inout ByteBuffer, _ context: ChannelHandlerContext) {
        do {
            switch try input.withUnsafeReadableBytes({ try self.framing.step($0) }) {
            case .part(let count):
                if let part = input.readSlice(length: count) { context.fireChannelRead(self.wrapInboundOut(part)) }
            case .header(let count):
                if let part = input.readSlice(length: count) { context.fireChannelRead(self.wrapInboundOut(part)) }
                // The parser has worked through the header by now.
                if self.requests.isDone {
                    self.isLost = true
                } else {
                    self.framing.headerEnded(self.requests.takeFraming())
                }
            }
        } catch {
            self.isLost = true
            input.clear()
            context.fireErrorCaught(error)
        }
    }

    private func answer(_ request: EdgeRequest, in input: ByteBuffer, _ edge: Edge) -> EdgeAnswer? {
        let path = input.withUnsafeReadableBytes { bytes in
            let host = bytes[request.host]
            if !host.elementsEqual(self.lastHost) {
                let authority = String(decoding: host, as: UTF8.self)
                self.lastHost = Array(host)
                self.lastNames = try? edge.service.router.names(authority: authority, serverName: edge.serverName)
            }
            return String(decoding: bytes[request.path], as: UTF8.self)
        }
        // Who lives there is looked up for every request: the tenant may have been suspended since the last.
        guard let names = self.lastNames, let destination = try? edge.service.router.destination(names) else {
            return nil
        }
        return edge.service.answer(destination, path: path)
    }
}

extension ByteBuffer {
    fileprivate mutating func writeResponse(_ answer: EdgeAnswer, isHead: Bool) {
        self.writeStaticString("HTTP/1.1 200 OK\r\ncontent-type: ")
        self.writeString(answer.contentType)
        for field in answer.headers {
            self.writeStaticString("\r\n")
            self.writeString(field.name)
            self.writeStaticString(": ")
            self.writeString(field.value)
        }
        self.writeStaticString("\r\ncontent-length: ")
        self.writeString(String(answer.body.count))
        self.writeStaticString("\r\ndate: ")
        self.writeString(HTTPDate.now())
        self.writeStaticString("\r\nstrict-transport-security: ")
        self.writeString(ResponseHeaders.strictTransportSecurity)
        self.writeStaticString("\r\nx-content-type-options: nosniff\r\nx-robots-tag: ")
        self.writeString(ResponseHeaders.robots)
        self.writeStaticString("\r\nx-auth0-requestid: ")
        self.writeString(ResponseHeaders.makeRequestID())
        self.writeStaticString("\r\n\r\n")
        if !isHead { self.writeBytes(answer.body) }
    }
}
