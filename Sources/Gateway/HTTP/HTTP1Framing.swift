import Glibc
import NIOCore

/// How the bytes after a header are delimited.
enum HTTP1BodyFraming: Equatable {
    case length(Int)
    case chunked
}

/// What is wrong with the bytes of a message before the parser minds.
enum HTTP1FramingError: Error {
    case targetTooLong
    case malformedChunk
}

/// Follows the bytes of a connection from message to message.
///
/// The parser reads chunk sizes up to 64 bits and extensions of any length; here a size has seven digits at most and
/// its line is short (RFC 9112 §7.1.1 asks for a bound). And whoever follows the bytes knows where a message begins.
struct HTTP1Framing {
    private enum State: Equatable {
        /// How much of the empty line that ends a header (or trailers) has been seen.
        case header(matched: Int)
        case body(remaining: Int)
        case chunkSize
        /// The line feed after a size.
        case chunkSizeEnd
        case chunkData(remaining: Int)
        case chunkEnd(matched: Int)
        case trailers(matched: Int)
    }

    private static let emptyLine: StaticString = "\r\n\r\n"
    private static let longestChunkLine = 256
    private static let longestTrailers = 8192

    private let longestRequestLine: Int
    private var state = State.header(matched: 0)
    /// Bytes of the current header, chunk line or trailers.
    private var count = 0
    private var requestLineEnded = false
    private var chunkSize = 0
    private var chunkDigits = 0
    private var inExtension = false

    init(longestRequestLine: Int) {
        self.longestRequestLine = longestRequestLine
    }

    /// Whether the next byte begins a message.
    var isAtStart: Bool { self.state == .header(matched: 0) && self.count == 0 }

    enum Step: Equatable {
        /// A header ends after this many bytes; the parser has to say what follows.
        case header(Int)
        /// This many bytes belong to the message as it is known.
        case part(Int)
    }

    /// Steps over bytes up to the end of the header, or to the end of the message, or over all of them.
    mutating func step(_ bytes: UnsafeRawBufferPointer) throws(HTTP1FramingError) -> Step {
        var index = 0
        while index < bytes.count {
            switch self.state {
            case .header(matched: 0) where bytes[index] != UInt8(ascii: "\r"):
                index = try self.skipHeaderBytes(bytes, from: index)
            case .header(let matched):
                let byte = bytes[index]
                index += 1
                self.count += 1
                if byte == UInt8(ascii: "\n") { self.requestLineEnded = true }
                guard self.requestLineEnded || self.count <= self.longestRequestLine else { throw .targetTooLong }
                let next = Self.match(byte, matched)
                guard next < 4 else { return .header(index) }
                self.state = .header(matched: next)
            case .body(let remaining):
                let taken = min(remaining, bytes.count - index)
                index += taken
                guard taken < remaining else {
                    self.beginMessage()
                    return .part(index)
                }
                self.state = .body(remaining: remaining - taken)
            case .chunkSize:
                try self.chunkLine(bytes[index])
                index += 1
            case .chunkSizeEnd:
                guard bytes[index] == UInt8(ascii: "\n") else { throw .malformedChunk }
                index += 1
                self.count = 0
                // Trailers are lines up to an empty one; the line end of the size counts as the first half of it.
                self.state = self.chunkSize == 0 ? .trailers(matched: 2) : .chunkData(remaining: self.chunkSize)
            case .chunkData(let remaining):
                let taken = min(remaining, bytes.count - index)
                index += taken
                self.state = taken == remaining ? .chunkEnd(matched: 0) : .chunkData(remaining: remaining - taken)
            case .chunkEnd(let matched):
                guard bytes[index] == Self.emptyLine.utf8Start[matched] else { throw .malformedChunk }
                index += 1
                if matched == 1 { self.beginChunk() } else { self.state = .chunkEnd(matched: 1) }
            case .trailers(let matched):
                self.count += 1
                guard self.count <= Self.longestTrailers else { throw .malformedChunk }
                let next = Self.match(bytes[index], matched)
                index += 1
                guard next < 4 else {
                    self.beginMessage()
                    return .part(index)
                }
                self.state = .trailers(matched: next)
            }
        }
        return .part(index)
    }

    /// Steps over what comes before the next carriage return, for no empty line begins there: a token has thousands of
    /// bytes. Returns where the next step begins.
    private mutating func skipHeaderBytes(
        _ bytes: UnsafeRawBufferPointer, from start: Int
    ) throws(HTTP1FramingError) -> Int {
        let end = bytes.firstIndex(of: UInt8(ascii: "\r"), in: start..<bytes.count) ?? bytes.count
        if !self.requestLineEnded {
            // A bare line feed ends the request line as well.
            let lineEnd = bytes.firstIndex(of: UInt8(ascii: "\n"), in: start..<end)
            guard self.count + (lineEnd ?? end) - start <= self.longestRequestLine else { throw .targetTooLong }
            self.requestLineEnded = lineEnd != nil
        }
        self.count += end - start
        return end
    }

    /// What the parser made of the header that ended; nil if it was no header, but empty lines before one.
    mutating func headerEnded(_ framing: HTTP1BodyFraming?) {
        switch framing {
        case nil, .length(0): self.beginMessage()
        case .length(let length): self.state = .body(remaining: length)
        case .chunked: self.beginChunk()
        }
    }

    private mutating func beginMessage() {
        self.state = .header(matched: 0)
        self.count = 0
        self.requestLineEnded = false
    }

    private mutating func beginChunk() {
        self.state = .chunkSize
        (self.count, self.chunkSize, self.chunkDigits, self.inExtension) = (0, 0, 0, false)
    }

    /// One byte of `SIZE[;EXTENSION]CRLF`.
    private mutating func chunkLine(_ byte: UInt8) throws(HTTP1FramingError) {
        self.count += 1
        guard self.count <= Self.longestChunkLine else { throw .malformedChunk }
        switch byte {
        case UInt8(ascii: "\r"):
            guard self.chunkDigits > 0 else { throw .malformedChunk }
            self.state = .chunkSizeEnd
        case UInt8(ascii: "\n"): throw .malformedChunk
        case _ where self.inExtension: break
        case UInt8(ascii: ";"), UInt8(ascii: " "), UInt8(ascii: "\t"): self.inExtension = true
        default:
            guard let digit = Self.value(byte), self.chunkDigits < 7 else { throw .malformedChunk }
            self.chunkSize = self.chunkSize << 4 | digit
            self.chunkDigits += 1
        }
    }

    private static func match(_ byte: UInt8, _ matched: Int) -> Int {
        if byte == self.emptyLine.utf8Start[matched] { return matched + 1 }
        return byte == UInt8(ascii: "\r") ? 1 : 0
    }

    private static func value(_ byte: UInt8) -> Int? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): Int(byte - UInt8(ascii: "0"))
        case UInt8(ascii: "a")...UInt8(ascii: "f"): Int(byte - UInt8(ascii: "a")) + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): Int(byte - UInt8(ascii: "A")) + 10
        default: nil
        }
    }
}

extension UnsafeRawBufferPointer {
    /// Where a byte comes first within a range of these.
    fileprivate func firstIndex(of byte: UInt8, in range: Range<Int>) -> Int? {
        guard let start = self.baseAddress,
            let found = memchr(start + range.lowerBound, Int32(byte), range.count)
        else { return nil }
        return start.distance(to: UnsafeRawPointer(found))
    }
}
