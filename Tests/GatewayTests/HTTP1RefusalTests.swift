import HTTPTypes
import NIOCore
import NIOEmbedded
import NIOHTTP1
import NIOHTTPTypes
import Testing

@testable import Gateway

@Suite("Refusals of requests that are being answered")
struct HTTP1RefusalTests {
    @Test("a connection whose upload turns out to be bad while it is answered ends with the answer")
    func badUploadBehindAnswer() throws {
        var limits = HTTPLimits()
        limits.uploads = [.init(path: "/upload", body: 1 << 20, timeout: .seconds(10))]
        let channel = EmbeddedChannel(handler: HTTP1RequestHandler(limits: limits))
        try channel.connect(to: SocketAddress(ipAddress: "127.0.0.1", port: 443)).wait()
        let fields: HTTPHeaders = ["host": "acme.auth0.com", "transfer-encoding": "chunked"]
        let head = HTTPRequestHead(version: .http1_1, method: .POST, uri: "/upload", headers: fields)
        try channel.writeInbound(HTTPServerRequestPart.head(head))
        try channel.writeInbound(HTTPServerRequestPart.body(ByteBuffer(string: "begun")))

        try channel.writeOutbound(HTTPResponsePart.head(HTTPResponse(status: .ok)))
        channel.pipeline.fireErrorCaught(HTTP1FramingError.malformedChunk)
        #expect(throws: Refusal.self) { try channel.throwIfErrorCaught() }
        #expect(channel.isActive, "what was begun is answered to its end")
        try channel.writeOutbound(HTTPResponsePart.body(ByteBuffer(string: "answered")))
        try channel.writeOutbound(HTTPResponsePart.end(nil))
        channel.embeddedEventLoop.run()
        #expect(!channel.isActive)
    }
}
