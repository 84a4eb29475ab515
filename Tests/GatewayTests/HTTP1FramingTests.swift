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

    private enum Outcome: Equatable {
        /// How many bytes the header has.
        case end(Int)
        case open
        case refused
    }

    /// What becomes of a header that arrives in two pieces.
    private func outcome(_ bytes: [UInt8], cut: Int, longestRequestLine: Int) -> Outcome {
        var framing = HTTP1Framing(longestRequestLine: longestRequestLine)
        for piece in [bytes[..<cut], bytes[cut...]] {
            guard let step = try? piece.withUnsafeBytes({ try framing.step($0) }) else { return .refused }
            if case .header(let count) = step { return .end(piece.startIndex + count) }
        }
        return .open
    }

    /// Where a header may be cut so that something else becomes of it.
    private func wrongCuts(of bytes: [UInt8], longestRequestLine: Int, expected: Outcome) -> [Int] {
        (0...bytes.count).filter { outcome(bytes, cut: $0, longestRequestLine: longestRequestLine) != expected }
    }

    private static let longField = "Authorization: Bearer " + String(repeating: "x", count: 3_000)

    @Test(
        "a header ends at its first empty line, wherever it is cut",
        arguments: [
            "GET / HTTP/1.1\r\nHost: a\r\nLONG\r\nX: y\r\n\r\n", "GET / HTTP/1.1\nLONG\nX: y\n\n\r\n\r\n",
            "GET / HTTP/1.1\rX: y\nLONG\r\r\n\r\r\n\rX: y\r\n\r\n",
        ])
    func longHeaders(template: String) {
        let head = template.replacing("LONG", with: Self.longField)
        let bytes = Array((head + "body").utf8)
        #expect(wrongCuts(of: bytes, longestRequestLine: 100, expected: .end(head.utf8.count)) == [])
        let unfinished = Array(bytes[..<(head.utf8.count - 1)])
        #expect(wrongCuts(of: unfinished, longestRequestLine: 100, expected: .open) == [])
    }

    @Test("a request line is refused from one byte above its bound", arguments: [99, 100, 101])
    func requestLines(length: Int) {
        for lineEnd in ["\n", "\r\n"] {
            // A carriage return counts, a line feed does not.
            let line = String(repeating: "a", count: length + 1 - lineEnd.utf8.count)
            let bytes = Array((line + lineEnd + "Host: a\r\n\r\n").utf8)
            let expected: Outcome = length > 100 ? .refused : .end(bytes.count)
            #expect(wrongCuts(of: bytes, longestRequestLine: 100, expected: expected) == [])
        }
        let unfinished = Array(repeating: UInt8(ascii: "a"), count: length)
        let expected: Outcome = length > 100 ? .refused : .open
        #expect(wrongCuts(of: unfinished, longestRequestLine: 100, expected: expected) == [])
    }

    @Test("every short header is what its bytes say, wherever it is cut")
    func everyShortHeader() {
        let (alphabet, length, bound) = ([UInt8]("a\r\n".utf8), 7, 3)
        var wrong: [[UInt8]] = []
        for number in 0..<2_187 {
            let bytes = (0..<length).map { place in
                alphabet[(0..<place).reduce(number) { rest, _ in rest / 3 } % 3]
            }
            let emptyLine = (0...length - 4).first { bytes[$0..<$0 + 4].elementsEqual("\r\n\r\n".utf8) }
            let isTooLong = (bytes.firstIndex(of: UInt8(ascii: "\n")) ?? length) > bound
            let end = emptyLine.map { Outcome.end($0 + 4) } ?? .open
            let expected = isTooLong ? .refused : end
            if wrongCuts(of: bytes, longestRequestLine: bound, expected: expected) != [] { wrong.append(bytes) }
        }
        #expect(wrong == [])
    }

    @Test("a request that a ready-made answer may serve is plain in every respect")
    func edgeRequests() {
        let read = { (text: String) in Array(text.utf8).withUnsafeBytes(EdgeRequest.init) }
        let get = "GET /.well-known/b.json HTTP/1.1\r\n"
        let plain = read(get + "Host: a.test\r\nAccept: */*\r\nConnection: Keep-Alive\r\n\r\nrest")
        #expect(plain?.isHead == false)
        #expect(plain?.path == 4..<23)
        #expect(plain?.length == 87)
        #expect(plain?.isConditional == false)
        #expect(read(get + "Host: a\r\nOrigin: https://b\r\n\r\n")?.isConditional == true)
        let fields = [
            "Host: a\r\n", "\r\n", "Host: a\r\nHost: a\r\n\r\n", "Host: a\r\n x: y\r\n\r\n", "Host : a\r\n\r\n",
            "Host: a\r\nX: é\r\n\r\n", "Host: a\r\nContent-Length: 0\r\n\r\n", "Host: a\r\nConnection: close\r\n\r\n",
            "Host: a\r\nTransfer-Encoding: chunked\r\n\r\n", "Host: a\n\n",
        ]
        for text in fields { #expect(read(get + text) == nil, "\(text)") }
        for line in [
            "GET /.well-known/b?q HTTP/1.1\r\n", "GET /.well-known/%41 HTTP/1.1\r\n", "GET /.well-known/b HTTP/1.0\r\n",
            "POST /.well-known/b HTTP/1.1\r\n", "GET /.well-known/b HTTP/1.1\n",
            // Where no answer is ready-made.
            "GET / HTTP/1.1\r\n", "GET /.well-known HTTP/1.1\r\n", "GET /.Well-known/b HTTP/1.1\r\n",
            "GET /api/v2/clients HTTP/1.1\r\n", "GET /api/.well-known/b HTTP/1.1\r\n",
        ] {
            #expect(read(line + "Host: a\r\n\r\n") == nil, "\(line)")
        }
    }
}
