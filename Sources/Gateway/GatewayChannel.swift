import Hummingbird
import NIOCore
import OpenSSL

/// A connection of the public TLS listener: TLS, then HTTP/1.1 or HTTP/2 as the client chose.
struct GatewayChannel: Sendable {
    let limits: HTTPLimits
    let context: @Sendable () -> TLSContext
    let census: ConnectionCensus
    let edge: EdgeService
    let respond: @Sendable (Request, ConnectionInfo) async -> Response

    /// Adds the handlers of a new connection, which do all the work from then on.
    func setUp(_ channel: any Channel) throws {
        guard self.census.enter(channel) else {
            self.edge.metrics.turnedAwayConnection()
            return channel.close(promise: nil)
        }
        let tls = try TLSChannelHandler(context: self.context(), timeouts: .init(self.limits)) { tls, channel in
            let info = ConnectionInfo(
                serverName: tls.serverName, clientAddress: channel.remoteAddress?.ipAddress ?? "")
            try self.add(tls.applicationProtocol == "h2" ? .http2 : .http1, to: channel, info)
        }
        try channel.pipeline.syncOperations.addHandler(tls)
    }

    private enum HTTPVersion { case http1, http2 }

    private func add(_ version: HTTPVersion, to channel: any Channel, _ info: ConnectionInfo) throws {
        let executor = EventLoopExecutor(channel.eventLoop)
        let respond: ExchangeHandler.Respond = { await self.respond($0, info) }
        switch version {
        case .http1:
            try HTTP1Pipeline.add(
                to: channel, limits: self.limits, secure: true,
                edge: .init(service: self.edge, serverName: info.serverName))
            try channel.pipeline.syncOperations.addHandler(
                ExchangeHandler(executor: executor, limits: self.limits, respond: respond))
        case .http2:
            try HTTP2Pipeline.add(
                to: channel, limits: self.limits,
                edge: { self.edge.response(to: $0, serverName: info.serverName) }, executor: executor,
                respond: respond)
        }
    }
}

extension TLSChannelHandler.Timeouts {
    init(_ limits: HTTPLimits) {
        self.init(handshake: limits.handshakeTimeout, write: limits.writeTimeout)
    }
}
