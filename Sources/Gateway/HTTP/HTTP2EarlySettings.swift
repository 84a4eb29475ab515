import NIOCore

/// Lets the server's settings hold from a client's first request on (see ``HTTP2EarlySettings``); stands between TLS
/// and the frame layer.
final class HTTP2EarlySettingsHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = ByteBuffer

    private var settings = HTTP2EarlySettings()

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard !self.settings.isDone else { return context.fireChannelRead(data) }
        self.settings.receive(self.unwrapInboundIn(data))
        while let bytes = self.settings.next() { context.fireChannelRead(self.wrapInboundOut(bytes)) }
    }
}

/// Follows the frames of a client and puts an acknowledgement of the server's settings right behind the client's own
/// SETTINGS, which are the first frame it sends. The client's acknowledgement is dropped when it comes.
///
/// A client may ask before it has seen the server's settings (RFC 9113 §3.4), and clients do. The frame layer applies
/// what it announced only when that is acknowledged; until then it ends the connection, and every stream on it, over
/// a header list above 16 KiB, and nothing else raises that limit of its decoder.
///
/// To be ahead of the client takes nothing from it: what is announced (``HTTP2Limits``) allows longer header lists
/// and leaves the rest as the frame layer has it from the start. Fewer streams would be refused with REFUSED_STREAM,
/// which is safe to try again (RFC 9113 §8.7).
struct HTTP2EarlySettings {
    private enum Phase {
        /// The preface, and the head of the client's SETTINGS.
        case beforeSettings
        case inSettings
        case beforeAcknowledgement
        /// Nothing is looked at any more.
        case done
    }

    /// RFC 9113 §4.1: length, type, flags, stream.
    private static let headLength = 9
    /// SETTINGS (type 4) with the flag ACK, without a payload, on stream 0 (RFC 9113 §6.5).
    private static let acknowledgement: [UInt8] = [0, 0, 0, 4, 1, 0, 0, 0, 0]

    private var phase = Phase.beforeSettings
    /// Bytes to go until the next frame begins; the preface of a client has 24.
    private var remaining = 24
    /// What has arrived and was not passed on: between calls, less than the head of a frame.
    private var input: ByteBuffer?

    /// Whether all that arrives may go its way untouched.
    var isDone: Bool { self.phase == .done && self.input == nil }

    mutating func receive(_ bytes: ByteBuffer) {
        self.input.setOrWriteImmutableBuffer(bytes)
    }

    /// The next bytes for the frame layer; nil when more have to arrive first.
    mutating func next() -> ByteBuffer? {
        if self.phase == .inSettings, self.remaining == 0 {
            self.phase = .beforeAcknowledgement
            return ByteBuffer(bytes: Self.acknowledgement)
        }
        guard var bytes = self.input.take() else { return nil }
        defer { if bytes.readableBytes > 0 { self.input = bytes } }
        if self.phase != .done, self.remaining == 0 {
            guard let head = bytes.getBytes(at: bytes.readerIndex, length: Self.headLength) else {
                // A copy: the buffer holds what was passed on before as well, and would grow with each read.
                bytes = ByteBuffer(bytes: bytes.readableBytesView)
                return nil
            }
            if self.begin(head) { bytes.moveReaderIndex(forwardBy: Self.headLength) }
        }
        let length = self.phase == .done ? bytes.readableBytes : min(self.remaining, bytes.readableBytes)
        guard length > 0 else { return nil }
        self.remaining -= length
        return bytes.readSlice(length: length)
    }

    /// Takes notice of the frame that begins.
    /// - Returns: whether it is the acknowledgement that is dropped.
    private mutating func begin(_ head: [UInt8]) -> Bool {
        let length = Int(head[0]) << 16 | Int(head[1]) << 8 | Int(head[2])
        let isSettings = head[3] == 4
        let isAcknowledgement = head[4] & 1 == 1
        self.remaining = Self.headLength + length
        switch self.phase {
        case .beforeSettings:
            // A client that begins with anything else is told so by the frame layer.
            self.phase = isSettings && !isAcknowledgement ? .inSettings : .done
            return false
        case .beforeAcknowledgement:
            // A malformed one is for the frame layer too. The first bit of the stream is reserved and says nothing.
            let isConnection = head[5] & 0x7F == 0 && head[6...].allSatisfy { $0 == 0 }
            guard isSettings, isAcknowledgement, length == 0, isConnection else { return false }
            self.phase = .done
            return true
        case .inSettings, .done:
            return false
        }
    }
}
