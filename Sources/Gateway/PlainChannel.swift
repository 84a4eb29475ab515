import HTTPTypes
import Hummingbird
import NIOCore

/// A connection of the listener without TLS, which leads to the other one and does nothing else.
struct PlainChannel: Sendable {
    let limits: HTTPLimits
    let census: ConnectionCensus
    let respond: @Sendable (Request) async -> Response

    /// Adds the handlers of a new connection, which do all the work from then on.
    func setUp(_ channel: any Channel) throws {
        guard self.census.enter(channel) else { return channel.close(promise: nil) }
        try HTTP1Pipeline.add(to: channel, limits: self.limits, secure: false)
        let exchanges = ExchangeHandler(
            executor: EventLoopExecutor(channel.eventLoop), limits: self.limits, respond: self.respond)
        try channel.pipeline.syncOperations.addHandler(exchanges)
    }
}

/// Sends clients of plain HTTP to the same place over TLS.
struct RedirectResponder: Sendable {
    let router: HostRouter

    func respond(to request: Request) -> Response {
        var response: Response
        do throws(Refusal) {
            let destination = try self.router.destination(plainAuthority: request.head.authority ?? "")
            let method = request.method
            // Whatever else was sent has been in the open already: a redirect would only make it a habit.
            guard method == .get || method == .head else { throw Self.tlsRequired }
            let location = "https://\(destination.domain)\(request.head.path ?? "/")"
            response = Response(status: .movedPermanently)
            response.headers = [.location: location, .contentLength: "0"]
        } catch {
            response = Response(status: error.status, body: .init(byteBuffer: error.body))
            response.headers = error.head.headerFields
            if error.closes { response.headers[.connection] = "close" }
        }
        ResponseHeaders.complete(
            &response.headers, date: HTTPDate.now(), requestID: ResponseHeaders.makeRequestID(), secure: false)
        return response
    }

    private static let tlsRequired = Refusal(status: .forbidden, text: "Use HTTPS.\n")
}
