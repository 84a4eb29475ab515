import NIOCore
import NIOTLS
import OpenSSL

/// Terminates TLS in a channel: ciphertext below, plaintext above.
///
/// - Writes are collected until a flush, then encrypted in records as large as they may be and handed on as one
///   buffer, so that a response of several parts is one system call.
/// - `close` says `close_notify`, shuts the sending direction down and reads on for a moment ("lingers"): closing
///   a socket with unread bytes resets it, and the peer would lose the end of the answer.
/// - A peer's `close_notify` is reported as ``ChannelEvent/inputClosed``: it may still be waiting for its answer.
///
/// What arrives is decrypted and passed on at once. Nothing more is read while the peer leaves unread what was sent
/// to it: whoever asks without ever taking the answers is not asked for more.
final class TLSChannelHandler: ChannelDuplexHandler {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = ByteBuffer
    typealias OutboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    struct Timeouts: Sendable {
        var handshake: TimeAmount = .seconds(10)
        /// How long a peer may take to read what is in its way before the connection is given up.
        var write: TimeAmount = .seconds(30)
        /// How long to read on after the last answer.
        var linger: TimeAmount = .seconds(2)
    }

    private enum Phase {
        case handshaking
        case open
        /// `close_notify` was sent; what still arrives is thrown away.
        case lingering
        case closed
    }

    /// RFC 8446 §5.1: plaintext of one record.
    private static let recordSize = 16_384
    /// How much is thrown away of a peer that goes on sending.
    private static let lingerLimit = 4 << 20

    private let connection: TLSConnection
    private let timeouts: Timeouts
    private let established: Established?
    private var phase = Phase.handshaking
    private var deadline: Scheduled<Void>?
    private var writeDeadline: Scheduled<Void>?

    /// Plaintext written and not encrypted yet, with the promises for it.
    private var unencrypted: [ByteBuffer] = []
    private var promises: [EventLoopPromise<Void>] = []
    private var flushAfterHandshake = false

    /// Whether those above want to read, and wait for the peer to read first.
    private var isReadHeld = false
    private var peerFinished = false
    private var closeAfterHandshake = false
    private var closePromises: [EventLoopPromise<Void>] = []
    private var discarded = 0

    /// Adds the handlers of what was negotiated, once the handshake is over and before anything is decrypted. What it throws
    /// ends the connection.
    typealias Established = (TLSChannelHandler, any Channel) throws -> Void

    /// - Parameter established: nil where those above are there already.
    init(context: TLSContext, timeouts: Timeouts = Timeouts(), established: Established? = nil) throws {
        self.connection = try TLSConnection(context: context, role: .server)
        self.timeouts = timeouts
        self.established = established
    }

    /// The server name the client asked for in its handshake.
    var serverName: String? { self.connection.serverName }
    var applicationProtocol: String? { self.connection.applicationProtocol }

    // MARK: Life

    func handlerAdded(context: ChannelHandlerContext) {
        self.deadline = self.schedule(in: self.timeouts.handshake, context) { $0.handshakeExpired($1) }
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        self.end(ChannelError.ioOnClosedChannel)
    }

    func channelInactive(context: ChannelHandlerContext) {
        self.end(ChannelError.ioOnClosedChannel)
        context.fireChannelInactive()
    }

    private func end(_ error: any Error) {
        self.phase = .closed
        self.deadline?.cancel()
        self.deadline = nil
        self.writeDeadline?.cancel()
        self.writeDeadline = nil
        self.unencrypted = []
        for promise in self.promises { promise.fail(error) }
        self.promises = []
        for promise in self.closePromises { promise.succeed() }
        self.closePromises = []
    }

    private func handshakeExpired(_ context: ChannelHandlerContext) {
        guard self.phase == .handshaking else { return }
        context.close(promise: nil)
    }

    private func schedule(
        in delay: TimeAmount, _ context: ChannelHandlerContext,
        _ action: @escaping (TLSChannelHandler, ChannelHandlerContext) -> Void
    ) -> Scheduled<Void> {
        // The task runs on this loop, and is cancelled when the handler leaves the pipeline.
        context.eventLoop.assumeIsolatedUnsafeUnchecked().scheduleTask(in: delay) { action(self, context) }
    }

    // MARK: Reading

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let ciphertext = self.unwrapInboundIn(data)
        switch self.phase {
        case .open where self.peerFinished, .lingering:
            self.discarded += ciphertext.readableBytes
            if self.discarded > Self.lingerLimit { context.close(promise: nil) }
        case .handshaking, .open:
            self.receive(ciphertext, context)
        case .closed:
            break
        }
    }

    func read(context: ChannelHandlerContext) {
        if self.phase == .open, !context.channel.isWritable {
            self.isReadHeld = true
        } else {
            context.read()
        }
    }

    private func receive(_ ciphertext: ByteBuffer, _ context: ChannelHandlerContext) {
        do {
            try ciphertext.withUnsafeReadableBytes { bytes in
                try self.connection.withIncoming(bytes) { () throws(OpenSSLError) in
                    if self.phase == .handshaking {
                        guard try self.connection.handshake() else { return }
                        self.handshakeCompleted(context)
                    }
                    try self.decrypt(expecting: bytes.count, context)
                }
            }
            self.send(context, promise: nil)
        } catch {
            self.fail(context)
        }
    }

    private func decrypt(expecting count: Int, _ context: ChannelHandlerContext) throws(OpenSSLError) {
        while self.phase == .open, !self.peerFinished {
            var plaintext = context.channel.allocator.buffer(capacity: min(max(count, 512), Self.recordSize))
            var result = TLSConnection.ReadResult.needsInput
            var failure: OpenSSLError?
            // Several small records go up as one buffer, as long as there is room.
            repeat {
                plaintext.writeWithUnsafeMutableBytes(minimumWritableBytes: 0) { target in
                    do throws(OpenSSLError) {
                        result = try self.connection.read(into: target)
                        if case .bytes(let count) = result { return count }
                    } catch {
                        failure = error
                    }
                    return 0
                }
                if let failure { throw failure }
            } while result.hasBytes && plaintext.writableBytes > 0
            if plaintext.readableBytes > 0 { context.fireChannelRead(self.wrapInboundOut(plaintext)) }
            switch result {
            case .bytes: continue
            case .needsInput: return
            case .closed:
                context.fireUserInboundEventTriggered(TLSUserEvent.shutdownCompleted)
                self.peerEnded(context)
            }
        }
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if event is ChannelShouldQuiesceEvent, self.phase == .handshaking {
            // Nothing was asked yet.
            return context.close(promise: nil)
        }
        guard case ChannelEvent.inputClosed = event else { return context.fireUserInboundEventTriggered(event) }
        switch self.phase {
        case .handshaking, .lingering:
            context.close(promise: nil)
        case .open where !self.peerFinished:
            // No close_notify: the bytes may have been cut off. HTTP knows from its own lengths whether they were.
            self.peerEnded(context)
        case .open, .closed:
            break
        }
    }

    private func peerEnded(_ context: ChannelHandlerContext) {
        self.peerFinished = true
        if self.applicationProtocol == "h2" {
            // A peer of HTTP/2 that sends nothing more cannot take anything either: it could not widen a window.
            self.close(context: context, mode: .all, promise: nil)
        } else {
            context.fireUserInboundEventTriggered(ChannelEvent.inputClosed)
        }
    }

    // MARK: Handshake

    private func handshakeCompleted(_ context: ChannelHandlerContext) {
        self.phase = .open
        self.deadline?.cancel()
        self.deadline = nil
        do {
            try self.established?(self, context.channel)
        } catch {
            return context.close(promise: nil)
        }
        if self.flushAfterHandshake { self.flush(context: context) }
        if self.closeAfterHandshake { self.close(context: context, mode: .all, promise: nil) }
    }

    /// Sends the alert that the library prepared, and closes.
    private func fail(_ context: ChannelHandlerContext) {
        guard self.phase == .handshaking || self.phase == .open else { return }
        let wasOpen = self.phase == .open
        self.send(context, promise: nil)
        self.linger(context)
        if wasOpen { context.fireUserInboundEventTriggered(ChannelEvent.inputClosed) }
    }

    // MARK: Writing

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        guard self.phase == .handshaking || self.phase == .open else {
            promise?.fail(ChannelError.outputClosed)
            return
        }
        self.unencrypted.append(self.unwrapOutboundIn(data))
        if let promise { self.promises.append(promise) }
    }

    func flush(context: ChannelHandlerContext) {
        switch self.phase {
        case .handshaking: self.flushAfterHandshake = true
        case .open:
            self.encrypt(context)
        case .lingering, .closed:
            context.flush()
        }
    }

    private func encrypt(_ context: ChannelHandlerContext) {
        guard !self.unencrypted.isEmpty else { return }
        do {
            if self.unencrypted.count == 1 {
                try self.encrypt(self.unencrypted[0])
            } else {
                try self.encryptTogether(context)
            }
        } catch {
            self.unencrypted.removeAll()
            for promise in self.promises { promise.fail(error) }
            self.promises.removeAll()
            return self.fail(context)
        }
        // Emptied in place: a flush that has to allocate room for the next one would do so for every response.
        self.unencrypted.removeAll(keepingCapacity: true)
        let first = self.promises.first
        for promise in self.promises.dropFirst() { first?.futureResult.cascade(to: promise) }
        self.promises.removeAll(keepingCapacity: true)
        self.send(context, promise: first)
    }

    /// Fills records with what was written in small parts.
    private func encryptTogether(_ context: ChannelHandlerContext) throws {
        var record = context.channel.allocator.buffer(
            capacity: min(Self.recordSize, self.unencrypted.reduce(0) { $0 + $1.readableBytes }))
        for var buffer in self.unencrypted {
            while buffer.readableBytes > 0 {
                if record.readableBytes == 0, buffer.readableBytes >= Self.recordSize {
                    try self.encrypt(buffer)
                    break
                }
                let room = Self.recordSize - record.readableBytes
                if var part = buffer.readSlice(length: min(room, buffer.readableBytes)) { record.writeBuffer(&part) }
                if record.readableBytes == Self.recordSize {
                    try self.encrypt(record)
                    record.clear()
                }
            }
        }
        if record.readableBytes > 0 { try self.encrypt(record) }
    }

    private func encrypt(_ plaintext: ByteBuffer) throws {
        try plaintext.withUnsafeReadableBytes { try self.connection.write($0) }
    }

    /// Hands everything the library wants to have sent to the socket.
    private func send(_ context: ChannelHandlerContext, promise: EventLoopPromise<Void>?) {
        guard self.connection.outgoingCount > 0 else {
            promise?.succeed()
            return
        }
        let ciphertext = self.connection.takeOutgoing { context.channel.allocator.buffer(bytes: $0) }
        context.writeAndFlush(self.wrapOutboundOut(ciphertext), promise: promise)
    }

    /// A peer that reads too slowly keeps memory here: it has a limited time to become writable again.
    func channelWritabilityChanged(context: ChannelHandlerContext) {
        self.writeDeadline?.cancel()
        self.writeDeadline = nil
        if !context.channel.isWritable, self.phase != .closed {
            self.writeDeadline = self.schedule(in: self.timeouts.write, context) { $1.close(promise: nil) }
        }
        context.fireChannelWritabilityChanged()
        if self.isReadHeld, context.channel.isWritable {
            self.isReadHeld = false
            context.read()
        }
    }

    // MARK: Closing

    func close(context: ChannelHandlerContext, mode: CloseMode, promise: EventLoopPromise<Void>?) {
        switch (mode, self.phase) {
        case (.input, _), (_, .closed):
            context.close(mode: mode, promise: promise)
        case (_, .handshaking):
            if self.flushAfterHandshake, mode == .output {
                self.closeAfterHandshake = true
                promise?.succeed()
            } else {
                context.close(mode: .all, promise: promise)
            }
        case (_, .open):
            self.encrypt(context)
            guard self.phase == .open else {
                // Encrypting failed, and that has begun the closing.
                if let promise { self.closePromises.append(promise) }
                return
            }
            self.connection.closeNotify()
            self.send(context, promise: nil)
            if mode == .output { promise?.succeed() } else if let promise { self.closePromises.append(promise) }
            self.linger(context)
        case (.output, .lingering):
            promise?.succeed()
        case (.all, .lingering):
            if let promise { self.closePromises.append(promise) }
        }
    }

    /// Shuts the sending direction down once everything is on its way, then reads on until the peer is done.
    private func linger(_ context: ChannelHandlerContext) {
        self.phase = .lingering
        self.deadline?.cancel()
        self.deadline = self.schedule(in: self.timeouts.write, context) { $1.close(promise: nil) }
        let sent = context.eventLoop.makePromise(of: Void.self)
        sent.futureResult.assumeIsolatedUnsafeUnchecked().whenComplete { result in
            guard self.phase == .lingering else { return }
            self.deadline?.cancel()
            guard case .success = result, !self.peerFinished else { return context.close(promise: nil) }
            self.deadline = self.schedule(in: self.timeouts.linger, context) { $1.close(promise: nil) }
            context.close(mode: .output, promise: nil)
            // Those above may have stopped reading, and the peer's end has to be noticed.
            context.read()
        }
        context.writeAndFlush(self.wrapOutboundOut(ByteBuffer()), promise: sent)
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        context.fireChannelReadComplete()
        if self.phase == .lingering { context.read() }
    }
}

extension TLSConnection.ReadResult {
    fileprivate var hasBytes: Bool {
        if case .bytes = self { return true }
        return false
    }
}
