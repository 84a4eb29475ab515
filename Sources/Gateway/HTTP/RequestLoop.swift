import HTTPTypes
import Hummingbird
import HummingbirdCore
import Logging
import NIOCore
import NIOHTTP1
import NIOHTTPTypes

/// Takes the requests of one connection, or of one HTTP/2 stream, one after the other.
struct RequestLoop: HTTPChannelHandler {
    typealias Value = NIOAsyncChannel<HTTPRequestPart, HTTPResponsePart>

    let responder: HTTPChannelHandler.Responder

    init(responder: @escaping HTTPChannelHandler.Responder) {
        self.responder = responder
    }

    /// - Parameter respond: answers a request completely; what it cannot do is an answer too.
    init(answering respond: @escaping @Sendable (Request) async -> Response) {
        self.responder = { request, writer, _ in
            let response = await respond(request)
            try await writer.write(response: response.head, body: response.body)
        }
    }

    func setup(channel: any Channel, logger: Logger) -> EventLoopFuture<Value> {
        channel.eventLoop.makeCompletedFuture { try Self.wrap(channel) }
    }

    func handle(value: Value, logger: Logger) async {
        await self.handleHTTP(asyncChannel: value, logger: logger)
    }

    /// Makes the last handler of a channel, on its event loop.
    static func wrap(_ channel: any Channel) throws -> Value {
        try NIOAsyncChannel(
            wrappingChannelSynchronously: channel, configuration: .init(isOutboundHalfClosureEnabled: true))
    }
}

/// Handlers of HTTP/1.1 between the bytes and the application.
enum HTTP1Pipeline {
    /// Adds them, on the channel's event loop.
    static func add(
        to channel: any Channel, limits: HTTPLimits, secure: Bool,
        edge: HTTP1ByteHandler.Edge? = nil
    ) throws -> NIOAsyncChannel<HTTPRequestPart, HTTPResponsePart> {
        var decoder = NIOHTTPDecoderLimitConfiguration()
        decoder.maxHeaderFieldSize = limits.field
        decoder.maxHeaderListSize = limits.fields
        decoder.maxHeaderFieldCount = limits.fieldCount
        let operations = channel.pipeline.syncOperations
        let requests = HTTP1RequestHandler(limits: limits, secure: secure)
        try operations.addHandler(HTTP1ByteHandler(edge: edge, requests: requests, limits: limits))
        try operations.configureHTTPServerPipeline(
            withPipeliningAssistance: false,
            withErrorHandling: false,
            // The types of the responses do not hold line ends in the first place.
            withOutboundHeaderValidation: false,
            withEncoderConfiguration: .init(),
            withDecoderLimitConfiguration: decoder)
        try operations.addHandler(requests)
        return try RequestLoop.wrap(channel)
    }
}
