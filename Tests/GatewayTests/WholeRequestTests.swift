import HTTPTypes
import NIOCore
import NIOEmbedded
import NIOHTTP1
import TenantTesting
import Testing

@testable import Gateway

/// What is read past the parser has to be read as the parser reads it.
@Suite struct WholeRequestTests {
    /// A request as one of the two readers understood it.
    private struct Reading: Equatable {
        let head: HTTPRequest
        let body: [UInt8]
        /// What is left of the bytes begins with the next message.
        let rest: Int
    }

    private func whole(_ bytes: [UInt8], limits: HTTPLimits = HTTPLimits()) -> Reading? {
        bytes.withUnsafeBytes { buffer in
            WholeRequest(buffer, limits: limits, secure: true).map { request in
                let end = request.headLength + request.bodyLength
                return Reading(
                    head: request.head, body: Array(bytes[request.headLength..<end]), rest: bytes.count - end)
            }
        }
    }

    /// The first message of some bytes as the parser and the checks read it; nil where they refuse it, and where the
    /// connection ends with it.
    private func parsed(_ bytes: [UInt8]) throws -> Reading? {
        let channel = EmbeddedChannel()
        defer { _ = try? channel.finish(acceptAlreadyClosed: true) }
        try channel.pipeline.syncOperations.configureHTTPServerPipeline(
            withPipeliningAssistance: false, withErrorHandling: false)
        // What the parser has not taken shows where the message ended.
        var (head, body) = (HTTPRequestHead?.none, [UInt8]())
        for (offset, byte) in bytes.enumerated() {
            do { try channel.writeInbound(ByteBuffer(bytes: [byte])) } catch { return nil }
            while let part = try channel.readInbound(as: HTTPServerRequestPart.self) {
                switch part {
                case .head(let read): head = read
                case .body(let part): body += Array(part.readableBytesView)
                case .end:
                    guard let head, head.isKeepAlive,
                        let request = try? HTTP1RequestChecks.request(head, limits: HTTPLimits())
                    else { return nil }
                    return Reading(head: request, body: body, rest: bytes.count - offset - 1)
                }
            }
        }
        return nil
    }

    private static let plain = [
        "GET / HTTP/1.1\r\nHost: acme.auth0.com\r\n\r\n",
        "GET /userinfo?a=b%20c&d= HTTP/1.1\r\nhost: acme.auth0.com:8443\r\nAuthorization: Bearer abc.def\r\n\r\n",
        "HEAD /x HTTP/1.1\r\nHost: acme.auth0.com\r\nConnection: keep-alive\r\n\r\n",
        "POST /oauth/token HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}",
        "PATCH /api/v2/clients/x HTTP/1.1\r\nHost: a\r\ncontent-length:   3\r\nX-Empty:\r\n\r\nabcGET / HTTP/1.1\r\n",
        "DELETE /api/v2/clients/x HTTP/1.1\r\nHost: a\r\nCookie: a=b; c=d\r\nCookie: e=f\r\nAccept: */*\r\n\r\n",
        "PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n",
        "OPTIONS /oauth/token HTTP/1.1\r\nHost: a\r\nOrigin: https://app.example.com\r\n\r\n",
    ]

    @Test("plain requests are read as the parser reads them", arguments: plain)
    func agreement(text: String) throws {
        let bytes = Array(text.utf8)
        let reading = try #require(whole(bytes))
        #expect(try reading == parsed(bytes))
    }

    @Test(
        "whatever is not plain is left to the parser",
        arguments: [
            "TRACE / HTTP/1.1\r\nHost: a\r\n\r\n", "get / HTTP/1.1\r\nHost: a\r\n\r\n",
            "GET  / HTTP/1.1\r\nHost: a\r\n\r\n",
            "GET / HTTP/1.0\r\nHost: a\r\n\r\n", "GET / HTTP/1.1\r\n\r\n",
            "GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n",
            "GET / HTTP/1.1\r\nHost:\r\n\r\n", "GET http://a/ HTTP/1.1\r\nHost: a\r\n\r\n",
            "GET /%zz HTTP/1.1\r\nHost: a\r\n\r\n",
            "GET /a#b HTTP/1.1\r\nHost: a\r\n\r\n", "GET / HTTP/1.1\nHost: a\n\n",
            "GET / HTTP/1.1\r\nHost: a\nX: b\r\n\r\n",
            "GET / HTTP/1.1\r\nHost : a\r\n\r\n", "GET / HTTP/1.1\r\nHost: a\r\n folded\r\n\r\n",
            "GET / HTTP/1.1\r\nHost: a\r\nX: a\u{0}b\r\n\r\n", "GET / HTTP/1.1\r\nHost: a\r\nX: é\r\n\r\n",
            "GET / HTTP/1.1\r\nHost: a \r\n\r\n", "GET / HTTP/1.1\r\nHost: a\r\nX: y",
            "GET / HTTP/1.1\r\nHost: a\r\n\r",
            "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n",
            "GET / HTTP/1.1\r\nHost: a\r\nUpgrade: h2c\r\n\r\n",
            "GET / HTTP/1.1\r\nHost: a\r\nTE: trailers\r\n\r\n", "\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n",
            "GET / HTTP/1.1\r\nHost: a\r\nProxy-Connection: close\r\n\r\n",
            "POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 1\r\n\r\na",
            "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
            "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\nContent-Length: 2\r\n\r\nab",
            "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2, 2\r\n\r\nab",
            "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: +2\r\n\r\nab",
            "POST / HTTP/1.1\r\nHost: a\r\nContent-Length:\r\n\r\n",
            "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nab",
            "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 99999999999999999999\r\n\r\n",
        ])
    func left(text: String) {
        #expect(whole(Array(text.utf8)) == nil)
    }

    @Test("limits are the parser's to tell of")
    func limits() {
        var limits = HTTPLimits()
        limits.target = 20
        limits.fieldCount = 3
        limits.body = 4
        limits.uploads = [.init(path: "/jobs", body: 100, timeout: .seconds(1))]
        func reads(_ head: String, _ body: String = "") -> Bool {
            whole(Array("\(head)Content-Length: \(body.utf8.count)\r\n\r\n\(body)".utf8), limits: limits) != nil
        }
        #expect(reads("POST /123456789 HTTP/1.1\r\nHost: a\r\n", "abcd"))
        #expect(!reads("POST /123456789 HTTP/1.1\r\nHost: a\r\n", "abcde"))
        #expect(!reads("POST /12345678901234567890 HTTP/1.1\r\nHost: a\r\n"))
        #expect(!reads("POST / HTTP/1.1\r\nHost: a\r\nA: b\r\nC: d\r\n"))
        #expect(!reads("POST /jobs HTTP/1.1\r\nHost: a\r\n"))
        limits.field = 40
        #expect(!reads("POST / HTTP/1.1\r\nHost: a\r\nA: \(String(repeating: "b", count: 60))\r\n"))
    }

    @Test("no damage to a request makes the two readers disagree", arguments: 0..<4)
    func damage(seed: UInt64) throws {
        var random = SplitMix(state: seed)
        let pieces = [
            "\r", "\n", "\r\n", "\r\n\r\n", " ", "\t", ":", "\0", "0", "9", "\u{7F}", "-", "Content-Length: 1\r\n",
            "Host: b\r\n",
            "Transfer-Encoding: chunked\r\n", ",", "%", "#", "A", "é", "HTTP/1.1", "Connection: keep-alive\r\n",
            "Proxy-Connection: close\r\n",
            "Connection: close\r\n",
        ].map { Array($0.utf8) }
        var accepted = 0
        for _ in 0..<1_500 {
            var bytes = Array(Self.plain.randomElement(using: &random)!.utf8)
            for _ in 0..<Int.random(in: 1...3, using: &random) {
                let start = Int.random(in: 0...bytes.count, using: &random)
                let end = min(bytes.count, start + Int.random(in: 0...2, using: &random))
                bytes.replaceSubrange(
                    start..<end, with: Bool.random(using: &random) ? pieces.randomElement(using: &random)! : [])
            }
            guard let reading = whole(bytes) else { continue }
            accepted += 1
            #expect(try reading == parsed(bytes), "\(String(decoding: bytes, as: UTF8.self).debugDescription)")
        }
        #expect(accepted > 100)
    }

    @Test("an answer is the same whether its request came whole or in pieces")
    func pieces() async throws {
        try await GatewayFixture.run { server in
            for (text, isLarge) in [
                ("POST /length HTTP/1.1\r\nHost: acme.auth0.com\r\nContent-Length: 5\r\n\r\nhello", false),
                ("GET /who HTTP/1.1\r\nHost: acme.auth0.com\r\n\r\n", false),
                ("GET /large HTTP/1.1\r\nHost: acme.auth0.com\r\n\r\n", true),
            ] {
                let bytes = Array(text.utf8)
                let whole = try await server.talk([bytes])
                // A pause between the pieces keeps them from arriving as one.
                let pieces = try await server.withClient { client in
                    try client.send(Array(bytes[..<30]))
                    _ = try client.receive(seconds: 0)
                    try client.send(Array(bytes[30...]))
                    return try client.talk([], answers: 1)
                }
                #expect(whole.status == 200 && pieces.status == 200)
                #expect(whole.body == pieces.body && whole.body.utf8.count > (isLarge ? 1 << 19 : 0))
                #expect(fieldNames(whole) == fieldNames(pieces))
            }
        }
    }

    private func fieldNames(_ talk: RawClient.Talk) -> [Substring] {
        let head = talk.text.split(separator: "\r\n\r\n", maxSplits: 1)[0]
        return head.split(separator: "\r\n").dropFirst().map { $0.prefix { $0 != ":" } }
    }
}
