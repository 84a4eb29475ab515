import HTTPTypes
import NIOCore
import Tenancy
import WebAddresses

/// A whole response made of ready-made parts.
struct EdgeResponse: Sendable {
    let head: HTTPResponse
    let body: ByteBuffer
}

/// Finds the ready-made answers of open shards, from memory alone, on the event loop.
struct EdgeService: Sendable {
    let router: HostRouter
    let shards: ShardPool
    let metrics: GatewayMetrics

    /// The answer of a tenant, if its shard is open and has one.
    func answer(_ destination: HostRouter.Destination, path: String) -> EdgeAnswer? {
        guard let shard = self.shards.openShard(destination.tenant.id) else { return nil }
        guard let answer = shard.edgeAnswers.answer(domain: destination.domain, path: path) else { return nil }
        self.metrics.answeredAtEdge()
        return answer
    }

    /// The answer to a request of HTTP/2, or nil if the application has to give it.
    func response(to request: HTTPRequest, serverName: String?) -> EdgeResponse? {
        guard let path = request.path, ReadyMadePath.mayBe(path), let authority = request.authority,
            !EdgeRequest.isConditional(request),
            let destination = try? self.router.destination(authority: authority, serverName: serverName),
            let answer = self.answer(destination, path: path)
        else { return nil }
        var fields = HTTPFields()
        fields[.contentType] = answer.contentType
        for field in answer.headers {
            guard let name = HTTPField.Name(field.name) else { continue }
            fields[name] = field.value
        }
        fields[.contentLength] = String(answer.body.count)
        ResponseHeaders.complete(&fields, date: HTTPDate.now(), requestID: ResponseHeaders.makeRequestID())
        return EdgeResponse(head: HTTPResponse(status: .ok, headerFields: fields), body: ByteBuffer(bytes: answer.body))
    }
}
