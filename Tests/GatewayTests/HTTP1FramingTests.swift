import Testing

@testable import Gateway

@Suite struct HTTP1FramingTests {
    /// Steps over a text in pieces of a size; returns where messages began.
    private func starts(_ text: String, pieces: Int, framing: HTTP1BodyFraming) throws -> [Int] {
        let bytes = Array(text.utf8)
        var tracker = HTTP1Framing(longestRequestLine: 100)
        var (starts, offset) = ([Int](), 0)
        while offset < bytes.count {
            if tracker.isAtStart { starts.append(offset) }
            let end = min(bytes.count, offset + pieces)
            let step = try bytes[offset..<end].withUnsafeBytes { try tracker.step($0) }
            switch step {
            case .part(let count): offset += count
            case .header(let count):
                offset += count
                tracker.headerEnded(framing)
            }
        }
        if tracker.isAtStart { starts.append(offset) }
        return starts
    }

    @Test("messages are found however the bytes are cut", arguments: [1, 2, 3, 7, 1000])
    func boundaries(pieces: Int) throws {
        let head = "POST / HTTP/1.1\r\nHost: a\r\n\r\n"
        let message = head + "hello"
        #expect(
            try starts(message + message, pieces: pieces, framing: .length(5))
                == [0, message.utf8.count, message.utf8.count * 2])
        let chunked = head + "5\r\nhello\r\nA;x=y\r\n0123456789\r\n0\r\n\r\n"
        #expect(
            try starts(chunked + chunked, pieces: pieces, framing: .chunked)
                == [0, chunked.utf8.count, chunked.utf8.count * 2])
        let trailers = head + "0\r\nX: y\r\nZ: y\r\n\r\n"
        #expect(
            try starts(trailers + trailers, pieces: pieces, framing: .chunked)
                == [0, trailers.utf8.count, trailers.utf8.count * 2])
    }

    @Test(
        "chunks that can be read in two ways are refused",
        arguments: [
            "FFFFFFFF\r\n", "-1\r\n", "\r\n", ";\r\n", "5\nhello", "5\rhello", "5\r\nhelloX", "0x5\r\n", "g\r\n",
        ])
    func malformed(body: String) {
        #expect(throws: HTTP1FramingError.self) {
            try starts("POST / HTTP/1.1\r\n\r\n" + body, pieces: 3, framing: .chunked)
        }
    }

    @Test("a request that a ready-made answer may serve is plain in every respect")
    func edgeRequests() {
        let read = { (text: String) in Array(text.utf8).withUnsafeBytes(EdgeRequest.init) }
        let plain = read("GET /a/b.json HTTP/1.1\r\nHost: a.test\r\nAccept: */*\r\nConnection: Keep-Alive\r\n\r\nrest")
        #expect(plain?.isHead == false)
        #expect(plain?.path == 4..<13)
        #expect(plain?.length == 77)
        #expect(plain?.isConditional == false)
        #expect(read("GET / HTTP/1.1\r\nHost: a\r\nOrigin: https://b\r\n\r\n")?.isConditional == true)
        for text in [
            "GET / HTTP/1.1\r\nHost: a\r\n", "GET /?q HTTP/1.1\r\nHost: a\r\n\r\n",
            "POST / HTTP/1.1\r\nHost: a\r\n\r\n",
            "GET /%41 HTTP/1.1\r\nHost: a\r\n\r\n", "GET / HTTP/1.0\r\nHost: a\r\n\r\n", "GET / HTTP/1.1\r\n\r\n",
            "GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n", "GET / HTTP/1.1\nHost: a\n\n",
            "GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n", "GET / HTTP/1.1\r\nHost: a\r\n x: y\r\n\r\n",
            "GET / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n", "GET / HTTP/1.1\r\nHost : a\r\n\r\n",
            "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n", "GET / HTTP/1.1\r\nHost: a\r\nX: é\r\n\r\n",
        ] {
            #expect(read(text) == nil, "\(text)")
        }
    }
}
