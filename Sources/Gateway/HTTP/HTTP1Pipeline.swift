import NIOCore
import NIOHTTP1

/// Handlers of HTTP/1.1 between the bytes and the application.
enum HTTP1Pipeline {
    /// Adds them, on the channel's event loop; what answers the requests comes after them.
    static func add(
        to channel: any Channel, limits: HTTPLimits, secure: Bool,
        edge: HTTP1ByteHandler.Edge? = nil
    ) throws {
        // What is counted against these is the same in HTTP/2: see RequestRules.sizeRefusal.
        var decoder = NIOHTTPDecoderLimitConfiguration()
        decoder.maxHeaderFieldSize = limits.field
        decoder.maxHeaderListSize = limits.fields
        decoder.maxHeaderFieldCount = limits.fieldCount
        let operations = channel.pipeline.syncOperations
        let requests = HTTP1RequestHandler(limits: limits, secure: secure)
        try operations.addHandler(HTTP1ByteHandler(edge: edge, requests: requests, limits: limits, secure: secure))
        try operations.configureHTTPServerPipeline(
            withPipeliningAssistance: false,
            withErrorHandling: false,
            // The types of the responses do not hold line ends in the first place.
            withOutboundHeaderValidation: false,
            withEncoderConfiguration: .init(),
            withDecoderLimitConfiguration: decoder)
        try operations.addHandler(requests)
    }
}
