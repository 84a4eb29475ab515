import Hummingbird
import HummingbirdCore
import Logging
import NIOCore
import NIOHTTPTypes
import NIOTLS
import OpenSSL

/// A connection of the public TLS listener: TLS, then HTTP/1.1 or HTTP/2 as the client chose.
struct GatewayChannel: ServerChildChannel {
    typealias Exchange = NIOAsyncChannel<HTTPRequestPart, HTTPResponsePart>

    enum Negotiated: Sendable {
        case http1(Exchange, ConnectionInfo)
        case http2(HTTP2Pipeline.Streams, ConnectionInfo)
    }

    struct Value: ServerChildChannelValue {
        let channel: any Channel
        let negotiated: EventLoopFuture<Negotiated>
    }

    let limits: HTTPLimits
    let context: @Sendable () -> TLSContext
    let census: ConnectionCensus
    let edge: EdgeService
    let respond: @Sendable (Request, ConnectionInfo) async -> Response

    func setup(channel: any Channel, logger: Logger) -> EventLoopFuture<Value> {
        guard self.census.enter(channel) else {
            self.edge.metrics.turnedAwayConnection()
            channel.close(promise: nil)
            return channel.eventLoop.makeSucceededFuture(
                Value(channel: channel, negotiated: channel.eventLoop.makeFailedFuture(ChannelError.eof)))
        }
        return channel.eventLoop.makeCompletedFuture {
            let tls = try TLSChannelHandler(context: self.context(), timeouts: .init(self.limits))
            let bound = NIOLoopBound(tls, eventLoop: channel.eventLoop)
            let negotiation = NIOTypedApplicationProtocolNegotiationHandler<Negotiated> { result, channel in
                channel.eventLoop.makeCompletedFuture {
                    let info = ConnectionInfo(
                        serverName: bound.value.serverName, clientAddress: channel.remoteAddress?.ipAddress ?? "")
                    if case .negotiated("h2") = result {
                        return .http2(try self.addHTTP2(to: channel, info), info)
                    }
                    return .http1(try self.addHTTP1(to: channel, info), info)
                }
            }
            try channel.pipeline.syncOperations.addHandlers(tls, negotiation)
            return Value(channel: channel, negotiated: negotiation.protocolNegotiationResult)
        }
    }

    private func addHTTP1(to channel: any Channel, _ info: ConnectionInfo) throws -> Exchange {
        try HTTP1Pipeline.add(
            to: channel, limits: self.limits, secure: true,
            edge: .init(service: self.edge, serverName: info.serverName))
    }

    private func addHTTP2(to channel: any Channel, _ info: ConnectionInfo) throws -> HTTP2Pipeline.Streams {
        try HTTP2Pipeline.add(to: channel, limits: self.limits) {
            self.edge.response(to: $0, serverName: info.serverName)
        }
    }

    func handle(value: Value, logger: Logger) async {
        await withTaskExecutorPreference(EventLoopExecutor(value.channel.eventLoop)) {
            await self.serve(value, logger: logger)
        }
    }

    private func serve(_ value: Value, logger: Logger) async {
        // A connection that ends before it has agreed on a protocol is nobody's loss.
        guard let negotiated = try? await value.negotiated.get() else { return }
        switch negotiated {
        case .http1(let exchange, let info):
            await self.loop(info).handle(value: exchange, logger: logger)
        case .http2(let streams, let info):
            let loop = self.loop(info)
            do {
                try await withThrowingDiscardingTaskGroup { group in
                    for try await stream in streams.inbound {
                        group.addTask { await loop.handle(value: stream, logger: logger) }
                    }
                }
            } catch {
                logger.debug("HTTP/2 connection failed", metadata: ["error": "\(error)"])
            }
        }
    }

    private func loop(_ info: ConnectionInfo) -> RequestLoop {
        RequestLoop { request in await self.respond(request, info) }
    }
}

extension TLSChannelHandler.Timeouts {
    init(_ limits: HTTPLimits) {
        self.init(handshake: limits.handshakeTimeout, write: limits.writeTimeout)
    }
}
