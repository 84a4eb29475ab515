import Gateway
import NIOCore
import NIOHPACK
import Testing

@Suite struct HTTP2Tests {
    @Test("H1, H2 a stream for another tenant is misdirected, and the other streams go on")
    func misdirected() async throws {
        try await GatewayFixture.run { server in
            let frames = try await server.withHTTP2 { client in
                try client.request(stream: 1, authority: "acme.auth0.com", path: "/who")
                try client.request(stream: 3, authority: "globex.auth0.com", path: "/who")
                try client.request(stream: 5, authority: "acme.auth0.com", path: "/who")
                return try client.read { $0.endedStreams.isSuperset(of: [1, 3, 5]) }
            }
            #expect(frames.statuses[1] == "200")
            #expect(frames.statuses[3] == "421")
            #expect(frames.statuses[5] == "200")
            #expect(frames.bodies[1]?.contains("tenant=acme") == true)
            #expect(!frames.isGoingAway)
        }
    }

    @Test("H10 a Host field that disagrees with :authority is refused")
    func disagreement() async throws {
        try await GatewayFixture.run { server in
            let frames = try await server.withHTTP2 { client in
                try client.request(
                    stream: 1, authority: "acme.auth0.com", path: "/who", fields: [("host", "globex.auth0.com")])
                try client.request(stream: 3, authority: "acme.auth0.com", path: "/%zz")
                try client.request(stream: 5, authority: "acme.auth0.com", path: "/who", method: "TRACE")
                return try client.read { $0.endedStreams.isSuperset(of: [1, 3, 5]) }
            }
            #expect(frames.statuses[1] == "400")
            #expect(frames.statuses[3] == "400")
            #expect(frames.statuses[5] == "405")
        }
    }

    @Test("P8 a burst of streams that are reset at once ends the connection, and others are served")
    func p8() async throws {
        try await GatewayFixture.run { server in
            let frames = try await server.withHTTP2 { client in
                for index in 0..<2_000 {
                    let stream = 1 + 2 * index
                    try client.request(stream: stream, authority: "acme.auth0.com", path: "/who")
                    try client.send(type: 3, flags: 0, stream: stream, payload: [0, 0, 0, 8])
                }
                return try client.read { $0.isGoingAway || $0.isClosed }
            }
            #expect(frames.isGoingAway || frames.isClosed)
            #expect(try await server.talk("GET /who HTTP/1.1\r\nHost: acme.auth0.com\r\n\r\n").status == 200)
        }
    }

    @Test("P9 floods of frames that cost the sender nothing end the connection")
    func p9() async throws {
        try await GatewayFixture.run { server in
            let ping: @Sendable (HTTP2Client) throws -> Void = { client in
                for _ in 0..<5_000 {
                    try client.send(type: 6, flags: 0, stream: 0, payload: [UInt8](repeating: 0, count: 8))
                }
            }
            let settings: @Sendable (HTTP2Client) throws -> Void = { client in
                for _ in 0..<5_000 { try client.send(type: 4, flags: 0, stream: 0, payload: []) }
            }
            let continuation: @Sendable (HTTP2Client) throws -> Void = { client in
                try client.send(type: 1, flags: 0, stream: 1, payload: [0x82])
                for _ in 0..<10_000 { try client.send(type: 9, flags: 0, stream: 1, payload: [0x84]) }
            }
            let emptyData: @Sendable (HTTP2Client) throws -> Void = { client in
                try client.request(stream: 1, authority: "acme.auth0.com", path: "/length", method: "POST", ends: false)
                for _ in 0..<5_000 { try client.send(type: 0, flags: 0, stream: 1, payload: []) }
            }
            let window: @Sendable (HTTP2Client) throws -> Void = { client in
                for _ in 0..<3 { try client.send(type: 8, flags: 0, stream: 0, payload: [0x7F, 0xFF, 0xFF, 0xFF]) }
            }
            let backwards: @Sendable (HTTP2Client) throws -> Void = { client in
                try client.request(stream: 5, authority: "acme.auth0.com", path: "/who")
                try client.request(stream: 3, authority: "acme.auth0.com", path: "/who")
            }
            let headerBomb: @Sendable (HTTP2Client) throws -> Void = { client in
                // One long field is kept in the table, and then named ten thousand times.
                var block: [UInt8] = [0x82, 0x87, 0x84, 0x40, 1, 0x61, 0x7F, 0xA1, 0x1E]
                block += [UInt8](repeating: 0x62, count: 4_000) + [UInt8](repeating: 0xBE, count: 10_000)
                try client.send(type: 1, flags: 5, stream: 1, payload: block)
            }
            let hugeHead: @Sendable (HTTP2Client) throws -> Void = { client in
                let path = "/" + String(repeating: "a", count: 400_000)
                try client.request(stream: 1, authority: "acme.auth0.com", path: path)
            }
            let floods = [ping, settings, continuation, emptyData, window, backwards, headerBomb, hugeHead]
            for (index, flood) in floods.enumerated() {
                // A connection left open after GOAWAY would go on collecting what arrives.
                let frames = try await server.withHTTP2 { client in
                    try flood(client)
                    return try client.read { $0.isClosed }
                }
                #expect(frames.isClosed, "flood \(index)")
            }
        }
    }

    @Test("P10 malformed requests are refused on their stream")
    func p10() async throws {
        try await GatewayFixture.run { server in
            let malformed: [[(String, String)]] = [
                [("X-Upper", "a")], [("connection", "close")], [("x", "a\r\nb")], [("content-length", "5")],
            ]
            for fields in malformed {
                let frames = try await server.withHTTP2 { client in
                    try client.request(stream: 1, authority: "acme.auth0.com", path: "/who", fields: fields)
                    return try client.read { $0.resets[1] != nil || $0.endedStreams.contains(1) || $0.isGoingAway }
                }
                #expect(frames.resets[1] == 1 || frames.statuses[1] == "400" || frames.isGoingAway, "\(fields)")
            }
            let frames = try await server.withHTTP2 { client in
                try client.request(stream: 1, authority: "acme.auth0.com", path: "who")
                return try client.read { $0.resets[1] != nil || $0.endedStreams.contains(1) }
            }
            #expect(frames.resets[1] == 1 || frames.statuses[1] == "400")
        }
    }

    @Test("a big file has the limit of its path, not that of other bodies")
    func upload() async throws {
        var limits = HTTPLimits()
        limits.uploads = [.init(path: "/length", body: 2 << 20, timeout: .milliseconds(400))]
        try await GatewayFixture.runFresh(limits: limits) { server in
            let frames = try await server.withHTTP2 { client in
                for (stream, length) in [(1, "1500000"), (3, "3000000")] {
                    try client.request(
                        stream: stream, authority: "acme.auth0.com", path: "/length", method: "POST",
                        fields: [("content-length", length)], ends: false)
                }
                return try client.read { $0.endedStreams.isSuperset(of: [1, 3]) }
            }
            // The first is waited for, in vain.
            #expect(frames.statuses == [1: "408", 3: "413"])
        }
    }

    @Test("a ready-made answer and a body above the limit")
    func bodies() async throws {
        try await GatewayFixture.runFresh { server in
            let frames = try await server.withHTTP2 { client in
                try client.request(stream: 1, authority: "acme.auth0.com", path: "/.well-known/ready-made")
                _ = try client.read { $0.endedStreams.contains(1) }
                try client.request(stream: 3, authority: "acme.auth0.com", path: "/.well-known/ready-made")
                try client.request(
                    stream: 5, authority: "acme.auth0.com", path: "/length", method: "POST",
                    fields: [("content-length", "9000000")], ends: false)
                return try client.read { $0.endedStreams.isSuperset(of: [1, 3, 5]) }
            }
            #expect(frames.statuses == [1: "201", 3: "200", 5: "413"])
            #expect(frames.bodies[3]?.hasPrefix("{\"tenant\"") == true)
        }
    }
}

/// What a request's head may be: spec 08 P5 with several streams on one connection.
@Suite struct HTTP2HeadTests {
    private struct Head: Sendable {
        var path = "/who"
        var fields: [(String, String)] = []
        let status: Int
    }

    private static func long(_ count: Int) -> String { String(repeating: "a", count: count) }

    private static func many(_ count: Int) -> [(String, String)] { (0..<count).map { ("x-\($0)", "y") } }

    @Test(
        "P5 what is too long is refused on its stream alone, with the settings acknowledged and before",
        arguments: [false, true])
    func p5(acknowledges: Bool) async throws {
        let heads: [Head] = [
            Head(path: "/" + Self.long(20_000), status: 414),
            Head(path: "/?q=" + Self.long(102_400), status: 414),
            Head(fields: [("x", Self.long(30_000))], status: 431),
            Head(fields: [("x", Self.long(65_536))], status: 431),
            Head(fields: [("x", Self.long(20_000)), ("y", Self.long(20_000))], status: 431),
            Head(fields: (0..<6).map { ("cookie", "c\($0)=" + Self.long(5_000)) }, status: 431),
            Head(fields: Self.many(500), status: 431),
            // As long as they may be, or split as browsers split cookies.
            Head(path: "/who?state=" + Self.long(16_300), status: 200),
            Head(fields: [("x", Self.long(20_000))], status: 200),
            Head(fields: (0..<300).map { ("cookie", "c\($0)=v") }, status: 200),
        ]
        try await GatewayFixture.run { server in
            let frames = try await server.withHTTP2 { client in
                if acknowledges { try client.send(type: 4, flags: 1, stream: 0, payload: []) }
                try client.request(stream: 1, authority: server.acme, path: "/length", method: "POST", ends: false)
                for (index, head) in heads.enumerated() {
                    try client.request(
                        stream: 3 + 2 * index, authority: server.acme, path: head.path, fields: head.fields)
                }
                let refused = Set(heads.indices.map { 3 + 2 * $0 })
                _ = try client.read { $0.endedStreams.isSuperset(of: refused) }
                // The request that was in flight all the time.
                try client.send(type: 0, flags: 1, stream: 1, payload: Array("hello".utf8))
                return try client.read { $0.endedStreams.contains(1) }
            }
            for (index, head) in heads.enumerated() {
                let size = "\(head.path.utf8.count) \(head.fields.count)"
                #expect(frames.statuses[3 + 2 * index] == String(head.status), "\(size)")
            }
            #expect(frames.statuses[1] == "200")
            #expect(frames.bodies[1] == "5")
            #expect(!frames.isGoingAway && !frames.isClosed)
        }
    }

    @Test("P5 both versions of HTTP draw the line at the same place")
    func p5Lines() async throws {
        // Host and its value have 18 bytes of the 32 KiB, the path 4, the names one each.
        let rest = (32 << 10) - 18 - 4 - 2 - 20_000
        let heads: [Head] = [
            Head(path: "/" + Self.long((16 << 10) - 1), status: 200),
            Head(path: "/" + Self.long(16 << 10), status: 414),
            Head(fields: Self.many(127), status: 200),
            Head(fields: Self.many(128), status: 431),
            Head(fields: [("x", Self.long(24 << 10))], status: 200),
            Head(fields: [("x", Self.long((24 << 10) + 1))], status: 431),
            Head(fields: [("x", Self.long(20_000)), ("y", Self.long(rest))], status: 200),
            Head(fields: [("x", Self.long(20_000)), ("y", Self.long(rest + 1))], status: 431),
        ]
        try await GatewayFixture.run { server in
            for (index, head) in heads.enumerated() {
                let fields = head.fields.map { name, value in "\(name): \(value)\r\n" }.joined()
                let request = "GET \(head.path) HTTP/1.1\r\nHost: \(server.acme)\r\n\(fields)\r\n"
                #expect(try await server.talk(request).status == head.status, "head \(index) over HTTP/1.1")
                let frames = try await server.withHTTP2 { client in
                    try client.request(stream: 1, authority: server.acme, path: head.path, fields: head.fields)
                    return try client.read { $0.endedStreams.contains(1) }
                }
                #expect(frames.statuses[1] == String(head.status), "head \(index) over HTTP/2")
            }
        }
    }
}

@Suite struct HTTP2IdleTests {
    @Test("P7 an answer that a stream's window never lets through is given up, and the connection goes on")
    func closedWindow() async throws {
        var limits = HTTPLimits()
        limits.bodyTimeout = .milliseconds(400)
        limits.writeTimeout = .milliseconds(400)
        try await GatewayFixture.runFresh(limits: limits) { server in
            let frames = try await server.withHTTP2 { client in
                // SETTINGS_INITIAL_WINDOW_SIZE of 0.
                try client.send(type: 4, flags: 0, stream: 0, payload: [0, 4, 0, 0, 0, 0])
                try client.request(stream: 1, authority: "acme.auth0.com", path: "/large")
                try client.request(stream: 3, authority: "acme.auth0.com", path: "/who")
                try client.request(stream: 5, authority: "acme.auth0.com", path: "/%zz")
                _ = try client.read { $0.resets.count == 3 }
                try client.request(stream: 7, authority: "acme.auth0.com", path: "/who", method: "HEAD")
                return try client.read { $0.endedStreams.contains(7) }
            }
            #expect(Set(frames.resets.keys) == [1, 3, 5])
            #expect(frames.statuses[7] == "200")
        }
    }

    @Test("P7 a connection that never opens a stream is ended")
    func idle() async throws {
        var limits = HTTPLimits()
        limits.idleTimeout = .milliseconds(500)
        try await GatewayFixture.runFresh(limits: limits) { server in
            let frames = try await server.withHTTP2 { client in
                try client.read { $0.isGoingAway || $0.isClosed }
            }
            #expect(frames.isGoingAway)
        }
    }
}

/// What a server sent on a connection of HTTP/2.
struct HTTP2Frames: Sendable {
    var statuses: [Int: String] = [:]
    var bodies: [Int: String] = [:]
    var resets: [Int: UInt8] = [:]
    var endedStreams: Set<Int> = []
    var isGoingAway = false
    var isClosed = false
}

/// Speaks HTTP/2 as badly as a test needs it.
final class HTTP2Client {
    private let client: RawClient
    private var decoder = HPACKDecoder(allocator: ByteBufferAllocator())
    private var bytes: [UInt8] = []
    private var frames = HTTP2Frames()

    init(_ client: RawClient) throws {
        self.client = client
        try client.send(Array("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".utf8))
        try self.send(type: 4, flags: 0, stream: 0, payload: [])
    }

    func send(type: UInt8, flags: UInt8, stream: Int, payload: [UInt8]) throws {
        let length = payload.count
        let head: [UInt8] = [
            UInt8(length >> 16), UInt8(length >> 8 & 255), UInt8(length & 255), type, flags,
            UInt8(stream >> 24), UInt8(stream >> 16 & 255), UInt8(stream >> 8 & 255), UInt8(stream & 255),
        ]
        try self.client.send(head + payload)
    }

    func request(
        stream: Int, authority: String, path: String, method: String = "GET", fields: [(String, String)] = [],
        ends: Bool = true
    ) throws {
        let all = [(":method", method), (":scheme", "https"), (":authority", authority), (":path", path)] + fields
        var payload: [UInt8] = []
        for (name, value) in all {
            // Literal fields that are not indexed.
            payload.append(0)
            payload += Self.literal(name)
            payload += Self.literal(value)
        }
        // HEADERS, and CONTINUATION for what is longer than a frame.
        let starts = Array(stride(from: 0, to: payload.count, by: 16_384))
        for start in starts {
            let isLast = start == starts.last
            let flags: UInt8 = (start == 0 && ends ? 1 : 0) | (isLast ? 4 : 0)
            let part = Array(payload[start..<min(start + 16_384, payload.count)])
            try self.send(type: start == 0 ? 1 : 9, flags: flags, stream: stream, payload: part)
        }
    }

    /// A string that is not Huffman coded, behind its length (RFC 7541 §5.1, §5.2).
    private static func literal(_ text: String) -> [UInt8] {
        let bytes = Array(text.utf8)
        guard bytes.count >= 127 else { return [UInt8(bytes.count)] + bytes }
        var encoded: [UInt8] = [127]
        var rest = bytes.count - 127
        while rest >= 128 {
            encoded.append(UInt8(rest & 127 | 128))
            rest >>= 7
        }
        encoded.append(UInt8(rest))
        return encoded + bytes
    }

    func read(until isDone: (HTTP2Frames) -> Bool) throws -> HTTP2Frames {
        while !isDone(self.frames) {
            guard let more = try? self.client.receive(seconds: 15) else {
                self.frames.isClosed = self.client.isClosed
                break
            }
            self.bytes += more
            try self.parse()
        }
        return self.frames
    }

    private func parse() throws {
        while self.bytes.count >= 9 {
            let length = Int(self.bytes[0]) << 16 | Int(self.bytes[1]) << 8 | Int(self.bytes[2])
            guard self.bytes.count >= 9 + length else { return }
            let (type, flags) = (self.bytes[3], self.bytes[4])
            let stream = Int(self.bytes[6]) << 16 | Int(self.bytes[7]) << 8 | Int(self.bytes[8])
            let payload = Array(self.bytes[9..<(9 + length)])
            self.bytes.removeFirst(9 + length)
            switch type {
            case 0: self.frames.bodies[stream, default: ""] += String(decoding: payload, as: UTF8.self)
            case 1:
                var block = ByteBuffer(bytes: payload)
                let fields = try self.decoder.decodeHeaders(from: &block)
                self.frames.statuses[stream] = fields.first(name: ":status")
            case 3: self.frames.resets[stream] = payload.last
            case 7: self.frames.isGoingAway = true
            default: break
            }
            if type <= 1, flags & 1 == 1 { self.frames.endedStreams.insert(stream) }
        }
    }
}

extension GatewayFixture {
    func withHTTP2<Value: Sendable>(
        _ body: @escaping @Sendable (HTTP2Client) throws -> Value
    ) async throws -> Value {
        try await self.withClient(applicationProtocols: ["h2"]) { try body(HTTP2Client($0)) }
    }
}
