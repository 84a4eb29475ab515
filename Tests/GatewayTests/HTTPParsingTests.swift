import Foundation
import Gateway
import NIOCore
import OpenSSL
import Testing

@Suite struct HTTPParsingTests {
    private func post(_ fields: String, _ body: String = "") -> String {
        "POST /length HTTP/1.1\r\nHost: acme.auth0.com\r\n\(fields)\r\n\(body)"
    }

    @Test("P1 a length and chunks together are refused, and nothing after them is a request")
    func p1() async throws {
        try await GatewayFixture.run { server in
            let talk = try await server.talk(
                post("Content-Length: 5\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\nGET /who HTTP/1.1\r\n\r\n"),
                answers: 2)
            #expect(talk.statuses == [400])
            #expect(talk.isClosed)
        }
    }

    @Test("P2 a length that can be read in two ways is refused")
    func p2() async throws {
        try await GatewayFixture.run { server in
            let bad = [
                "Content-Length: 5\r\nContent-Length: 6\r\n", "Content-Length: 5, 6\r\n", "Content-Length: +5\r\n",
                "Content-Length: -1\r\n", "Content-Length: 0x5\r\n", "Content-Length: 99999999999999999999\r\n",
                "Transfer-Encoding: xchunked\r\n", "Transfer-Encoding: chunked, identity\r\n",
                "Transfer-Encoding : chunked\r\n", "Transfer-Encoding: \u{0B}chunked\r\n",
                "Transfer-Encoding: identity\r\n", "Content-Length: 5 5\r\n",
            ]
            for fields in bad {
                let talk = try await server.talk(post(fields, "hello"))
                #expect([400, 501, 413].contains(talk.status ?? 0), "\(fields) \(talk.text)")
                #expect(talk.statuses.count == 1 && talk.isClosed, "\(fields)")
            }
            let good = try await server.talk(post("Content-Length: 5 \r\n", "hello"))
            #expect(good.status == 200 && good.body == "5")
            let chunked = try await server.talk(post("Transfer-Encoding: chunked\r\n", "5\r\nhello\r\n0\r\n\r\n"))
            #expect(chunked.status == 200 && chunked.body == "5")
        }
    }

    @Test("P3 malformed chunks and bare line feeds are refused")
    func p3() async throws {
        try await GatewayFixture.run { server in
            let bad = [
                "FFFFFFFFFFFFFFFF\r\nx", "FFFFFFFFFFFFFFFFF\r\nx", "-1\r\nx\r\n", "5\r\nhelloX0\r\n\r\n",
                "5\nhello\n0\n\n", "0x5\r\nhello\r\n0\r\n\r\n", "5;" + String(repeating: "e", count: 1_100_000), "\r\n",
                ";x\r\n", "5\r\nhello\r\n0\r\nX: y\n\n",
            ]
            for body in bad {
                let talk = try await server.talk(post("Transfer-Encoding: chunked\r\n", body))
                #expect([400, 413, 431].contains(talk.status ?? 0), "\(body.prefix(30)) \(talk.text)")
                #expect(talk.statuses.count == 1 && talk.isClosed, "\(body.prefix(30))")
            }
            for request in [
                "GET /who HTTP/1.1\nHost: acme.auth0.com\n\n", "GET /who HTTP/1.1\r\nHost: acme.auth0.com\n\r\n",
                "GET /who HTTP/1.1\r\nHost: acme.auth0.com\r\nX: a\rb\r\n\r\n",
            ] {
                let talk = try await server.talk(request)
                #expect(talk.statuses == [400], "\(request.debugDescription)")
            }
        }
    }

    @Test("P5 what is too long is refused as soon as it is, and no deadline waited for")
    func p5() async throws {
        try await GatewayFixture.run { server in
            let long = { (count: Int) in String(repeating: "a", count: count) }
            let fields = (0..<500).map { "X-\($0): y\r\n" }.joined()
            let requests = [
                "GET /\(long(20_000)) HTTP/1.1\r\nHost: acme.auth0.com\r\n\r\n": 414,
                "GET /\(long(65_536)) HTTP/1.1\r\nHost: acme.auth0.com\r\n\r\n": 414,
                "GET /\(long(102_400)) HTTP/1.1\r\nHost: acme.auth0.com\r\n\r\n": 414,
                "GET / HTTP/1.1\r\nHost: acme.auth0.com\r\nX: \(long(65_536))\r\n\r\n": 431,
                "GET / HTTP/1.1\r\nHost: acme.auth0.com\r\n\(fields)\r\n": 431,
            ]
            for (request, status) in requests {
                let talk = try await server.talk(request)
                #expect(talk.status == status, "\(request.prefix(60).count) \(request.count)")
                #expect(talk.isClosed)
            }
        }
    }

    @Test("P6 a body above the limit is refused, without being invited")
    func p6() async throws {
        try await GatewayFixture.run { server in
            let declared = try await server.talk(post("Content-Length: 5242880\r\n"))
            #expect(declared.statuses == [413] && declared.isClosed)
            let expecting = try await server.talk(post("Content-Length: 5242880\r\nExpect: 100-continue\r\n"))
            #expect(expecting.statuses == [413] && expecting.isClosed)
            let chunk = Array("10000\r\n".utf8) + [UInt8](repeating: 0x61, count: 65_536) + Array("\r\n".utf8)
            let head = Array(post("Transfer-Encoding: chunked\r\n").utf8)
            let endless = try await server.talk([head] + Array(repeating: chunk, count: 40))
            #expect(endless.statuses == [413] && endless.isClosed)
            let invited = try await server.talk(post("Content-Length: 2\r\nExpect: 100-continue\r\n", "ab"))
            #expect(invited.statuses == [100, 200])
            let other = try await server.talk(post("Content-Length: 2\r\nExpect: something\r\n", "ab"))
            #expect(other.statuses == [417])
        }
    }

    @Test("P7 whoever sends too slowly is shown out at the deadline, while others are served")
    func p7() async throws {
        var limits = HTTPLimits()
        limits.headerTimeout = .milliseconds(600)
        limits.bodyTimeout = .milliseconds(600)
        limits.handshakeTimeout = .milliseconds(600)
        try await GatewayFixture.runFresh(limits: limits) { server in
            async let header = server.withClient { client -> Bool in
                for byte in Array("GET / HTTP/1.1\r\nHost: acme.auth0.com\r\nX: ".utf8) {
                    try client.send([byte])
                    if try client.receive(seconds: 0) == nil, client.isClosed { return true }
                    usleep(40_000)
                }
                return try client.receive(seconds: 3) == nil && client.isClosed
            }
            async let body = server.talk(
                "POST /length HTTP/1.1\r\nHost: acme.auth0.com\r\nContent-Length: 10\r\n\r\nabc")
            let good = try await server.talk("GET /who HTTP/1.1\r\nHost: acme.auth0.com\r\n\r\n")
            #expect(good.status == 200)
            #expect(try await header)
            let slowBody = try await body
            #expect(slowBody.statuses == [408] && slowBody.isClosed)
        }
    }

    @Test("P7 one address has a bounded number of connections")
    func connectionCap() async throws {
        var limits = HTTPLimits()
        limits.connectionsPerAddress = 2
        try await GatewayFixture.runFresh(limits: limits) { server in
            try await server.withClient { _ in
                let port = server.ports.https
                let second = try RawClient(port: port, serverName: "acme.auth0.com")
                #expect(throws: (any Error).self) { try RawClient(port: port, serverName: "acme.auth0.com") }
                _ = second
            }
            #expect(try await server.talk("GET /who HTTP/1.1\r\nHost: acme.auth0.com\r\n\r\n").status == 200)
        }
    }

    @Test("P11 pipelined requests are answered in their order")
    func p11() async throws {
        try await GatewayFixture.run { server in
            let requests = (0..<50).map { "GET /number-\($0) HTTP/1.1\r\nHost: acme.auth0.com\r\n\r\n" }.joined()
            let talk = try await server.talk(requests, answers: 50)
            #expect(talk.statuses == Array(repeating: 200, count: 50))
            var rest = talk.text[...]
            for number in 0..<50 {
                let found = try #require(rest.firstRange(of: "/number-\(number) "))
                rest = rest[found.upperBound...]
            }
            // A bad request behind a slow good one does not disturb it.
            let mixed = try await server.talk(
                "GET /slow HTTP/1.1\r\nHost: acme.auth0.com\r\n\r\nGARBAGE\r\n\r\n", answers: 2)
            #expect(mixed.statuses.first == 200 && mixed.statuses.count == 2 && mixed.isClosed)
        }
    }

    @Test("P12 targets that are no paths, or badly encoded, are refused")
    func p12() async throws {
        try await GatewayFixture.run { server in
            for target in ["/%zz", "/%", "/a%2", "*", "who", "/a#b", "http://acme.auth0.com/", "/\u{7F}", "/é"] {
                let talk = try await server.talk("GET \(target) HTTP/1.1\r\nHost: acme.auth0.com\r\n\r\n")
                #expect(talk.statuses == [400], "\(target)")
            }
        }
    }

    @Test("P13 TRACE and CONNECT are not allowed, and unknown methods not implemented")
    func p13() async throws {
        try await GatewayFixture.run { server in
            let trace = try await server.talk("TRACE / HTTP/1.1\r\nHost: acme.auth0.com\r\n\r\n")
            #expect(trace.status == 405)
            #expect(trace.field("allow")?.contains("GET") == true)
            let connect = try await server.talk("CONNECT acme.auth0.com:443 HTTP/1.1\r\nHost: acme.auth0.com\r\n\r\n")
            #expect(connect.status == 405)
            let query = try await server.talk("QUERY / HTTP/1.1\r\nHost: acme.auth0.com\r\n\r\n")
            #expect(query.status == 405)
            for method in ["PROPFIND", "BREW", "get"] {
                let talk = try await server.talk("\(method) / HTTP/1.1\r\nHost: acme.auth0.com\r\n\r\n")
                #expect([400, 501].contains(talk.status ?? 0), "\(method)")
            }
        }
    }

    @Test("P15 every response has the fields of the house, refusals too")
    func p15() async throws {
        try await GatewayFixture.run { server in
            let requests = [
                "GET /who HTTP/1.1\r\nHost: acme.auth0.com\r\n\r\n", "GET / HTTP/1.1\r\n\r\n",
                "GET / HTTP/1.1\r\nHost: globex.auth0.com\r\n\r\n", "GARBAGE\r\n\r\n",
            ]
            for request in requests {
                let talk = try await server.talk(request)
                #expect(talk.field("strict-transport-security") == "max-age=15724800", "\(request)")
                #expect(talk.field("x-content-type-options") == "nosniff")
                #expect(talk.field("x-robots-tag") != nil)
                #expect(talk.field("x-auth0-requestid")?.count == 20)
                #expect(talk.field("date")?.hasSuffix("GMT") == true)
                #expect(talk.field("server") == nil)
                #expect(talk.field("access-control-allow-origin") == nil)
            }
        }
    }

    @Test("HEAD has the fields of GET and no body")
    func head() async throws {
        try await GatewayFixture.run { server in
            let request = "HEAD /who HTTP/1.1\r\nHost: acme.auth0.com\r\n\r\n"
            let talk = try await server.talk(request + request + "GET /who HTTP/1.1\r\nHost: acme.auth0.com\r\n\r\n")
            #expect(talk.status == 200)
            #expect(talk.text.components(separatedBy: "tenant=").count <= 2)
        }
    }

    @Test("a large answer arrives whole, and a peer that says close_notify still has its answer")
    func largeAnswer() async throws {
        try await GatewayFixture.run { server in
            let large = try await server.talk("GET /large HTTP/1.1\r\nHost: acme.auth0.com\r\n\r\n")
            #expect(large.body.utf8.count == 1 << 20)
            let closing = try await server.withClient { client in
                try client.send(Array("GET /slow HTTP/1.1\r\nHost: acme.auth0.com\r\n\r\n".utf8))
                client.closeNotify()
                return try client.talk([], answers: 1)
            }
            #expect(closing.status == 200)
        }
    }
}
