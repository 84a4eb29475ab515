import HTTPTypes
import NIOCore
import NIOHTTP2
import NIOHTTPTypes
import NIOHTTPTypesHTTP2

/// Handlers of HTTP/2 between the bytes and the application.
enum HTTP2Pipeline {
    /// Adds them, on the channel's event loop.
    static func add(
        to channel: any Channel, limits: HTTPLimits, edge: @escaping @Sendable (HTTPRequest) -> EdgeResponse?,
        executor: EventLoopExecutor, respond: @escaping ExchangeHandler.Respond
    ) throws {
        let operations = channel.pipeline.syncOperations
        let manager = NIOHTTP2ServerConnectionManagementHandler(
            eventLoop: channel.eventLoop,
            configuration: .init(
                maxIdleTime: limits.idleTimeout, maxAge: nil, maxGraceTime: limits.drainTimeout, keepalive: nil))
        try operations.addHandler(HTTP2EarlySettingsHandler())
        let streams = try operations.configureAsyncHTTP2Pipeline(
            mode: .server, streamDelegate: manager.http2StreamDelegate,
            frameDelegate: ConnectionErrorCloser(channel: channel),
            configuration: HTTP2Limits.configuration(limits)
        ) { stream in
            stream.eventLoop.makeCompletedFuture {
                try stream.pipeline.syncOperations.addHandlers(
                    HTTP2FramePayloadToHTTPServerCodec(), HTTP2StreamHandler(limits: limits, edge: edge),
                    ExchangeHandler(executor: executor, limits: limits, respond: respond))
            }
        }
        try operations.addHandler(manager)
        // The channel was active before the manager came: it has to be told, or a connection that never opens a
        // stream would stay for ever.
        manager.channelActive(context: try operations.context(handler: manager))
        // Streams have all they need in their pipelines; the sequence that tells of them only must not fill up.
        Task(executorPreference: executor) { for try await () in streams.inbound {} }
    }
}

/// Closes a connection that has failed (RFC 9113 §5.4.1).
///
/// The frame layer says GOAWAY and stops reading frames, but leaves the connection open and goes on collecting
/// the bytes that arrive.
private struct ConnectionErrorCloser: NIOHTTP2FrameDelegate {
    let channel: any Channel

    func wroteFrame(_ frame: HTTP2Frame) {
        guard case .goAway(_, let errorCode, _) = frame.payload, errorCode != .noError else { return }
        // Not before the frame layer has flushed the frame and told the streams.
        self.channel.eventLoop.execute { self.channel.close(promise: nil) }
    }
}
