import NIOCore
import Testing

@testable import Gateway

@Suite struct HTTP2EarlySettingsTests {
    private static let preface = Array("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".utf8)
    /// SETTINGS with MAX_CONCURRENT_STREAMS.
    private static let settings: [UInt8] = [0, 0, 6, 4, 0, 0, 0, 0, 0] + [0, 3, 0, 0, 0, 100]
    private static let acknowledgement: [UInt8] = [0, 0, 0, 4, 1, 0, 0, 0, 0]
    private static let ping: [UInt8] = [0, 0, 8, 6, 0, 0, 0, 0, 0] + [4, 1, 0, 0, 0, 0, 4, 1]

    /// What the frame layer is given of bytes that arrive in pieces of a size.
    private func passed(_ bytes: [UInt8], pieces: Int) -> [UInt8] {
        var early = HTTP2EarlySettings()
        var passed: [UInt8] = []
        for start in stride(from: 0, to: bytes.count, by: pieces) {
            early.receive(ByteBuffer(bytes: bytes[start..<min(start + pieces, bytes.count)]))
            while let part = early.next() { passed += Array(part.readableBytesView) }
        }
        return passed
    }

    @Test("the acknowledgement moves up behind the client's SETTINGS", arguments: [1, 2, 9, 1000])
    func moves(pieces: Int) {
        let (opening, ping) = (Self.preface + Self.settings, Self.ping)
        #expect(
            self.passed(opening + ping + Self.acknowledgement + ping, pieces: pieces)
                == opening + Self.acknowledgement + ping + ping)
        // It is there before anything else has come, and whether or not the client ever sends its own.
        #expect(self.passed(opening, pieces: pieces) == opening + Self.acknowledgement)
    }

    @Test("an acknowledgement too many, or a malformed one, is left to the frame layer", arguments: [1, 1000])
    func leaves(pieces: Int) {
        let opening = Self.preface + Self.settings
        let early = opening + Self.acknowledgement
        let twice = opening + Self.acknowledgement + Self.acknowledgement
        #expect(self.passed(twice, pieces: pieces) == early + Self.acknowledgement)
        let withPayload: [UInt8] = [0, 0, 1, 4, 1, 0, 0, 0, 0, 7]
        #expect(self.passed(opening + withPayload, pieces: pieces) == early + withPayload)
        let ofStream: [UInt8] = [0, 0, 0, 4, 1, 0, 0, 0, 1]
        #expect(self.passed(opening + ofStream, pieces: pieces) == early + ofStream)
        let withoutSettings = Self.preface + Self.ping + Self.acknowledgement
        #expect(self.passed(withoutSettings, pieces: pieces) == withoutSettings)
    }

    @Test("once the client has acknowledged, all goes its way untouched")
    func done() {
        var early = HTTP2EarlySettings()
        early.receive(ByteBuffer(bytes: Self.preface + Self.settings))
        while early.next() != nil {}
        #expect(!early.isDone)
        early.receive(ByteBuffer(bytes: Self.acknowledgement))
        #expect(early.next() == nil)
        #expect(early.isDone)
    }
}
