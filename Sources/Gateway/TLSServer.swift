import Hummingbird
import HummingbirdCore
import Logging
import NIOCore
import NIOHTTPTypes
import OpenSSL

/// HTTP/1.1 over the same TLS as the public listener, for services of their own such as the operator's port.
public struct TLSServerChannel: HTTPChannelHandler {
    public typealias Value = NIOAsyncChannel<HTTPRequestPart, HTTPResponsePart>

    public let responder: HTTPChannelHandler.Responder
    private let context: TLSContext
    private let limits: HTTPLimits

    public init(
        context: TLSContext, limits: HTTPLimits = HTTPLimits(), responder: @escaping HTTPChannelHandler.Responder
    ) {
        self.context = context
        self.limits = limits
        self.responder = responder
    }

    public func setup(channel: any Channel, logger: Logger) -> EventLoopFuture<Value> {
        channel.eventLoop.makeCompletedFuture {
            let tls = try TLSChannelHandler(context: self.context, timeouts: .init(self.limits))
            try channel.pipeline.syncOperations.addHandler(tls)
            try HTTP1Pipeline.add(to: channel, limits: self.limits, secure: true)
            return try NIOAsyncChannel(
                wrappingChannelSynchronously: channel, configuration: .init(isOutboundHalfClosureEnabled: true))
        }
    }

    public func handle(value: Value, logger: Logger) async {
        await self.handleHTTP(asyncChannel: value, logger: logger)
    }
}

extension HTTPServerBuilder {
    /// A server of HTTP/1.1 over TLS, to be given to a Hummingbird `Application`.
    public static func tls(context: TLSContext, limits: HTTPLimits = HTTPLimits()) -> HTTPServerBuilder {
        HTTPServerBuilder { TLSServerChannel(context: context, limits: limits, responder: $0) }
    }
}
