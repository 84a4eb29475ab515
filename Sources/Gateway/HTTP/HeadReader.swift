import HTTPTypes

/// Reads the head of an HTTP/1.1 request from left to right.
///
/// It is stricter than the parser, and what it does not understand is left to the parser: so the two never disagree
/// about where a request ends.
struct HeadReader {
    enum Kind {
        case host
        case connection
        case contentLength
        /// Has a say in where the request ends, or in what the connection does next.
        case framing
        /// Has a say in what the answer is.
        case condition
        case other
    }

    let bytes: UnsafeRawBufferPointer
    var offset = 0

    func isNext(_ text: StaticString) -> Bool {
        let count = text.utf8CodeUnitCount
        guard self.bytes.count - self.offset >= count else { return false }
        for index in 0..<count where self.bytes[self.offset + index] != text.utf8Start[index] { return false }
        return true
    }

    /// Steps over a text if it comes next.
    mutating func skip(_ text: StaticString) -> Bool {
        guard self.isNext(text) else { return false }
        self.offset += text.utf8CodeUnitCount
        return true
    }

    /// An absolute path of letters, digits and `/ . - _`: ready-made answers have no other.
    mutating func path() -> Range<Int>? {
        let start = self.offset
        guard start < self.bytes.count, self.bytes[start] == UInt8(ascii: "/") else { return nil }
        while self.offset < self.bytes.count {
            switch self.bytes[self.offset] {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "-")...UInt8(ascii: "9"), UInt8(ascii: "_"):
                self.offset += 1
            case UInt8(ascii: " "): return start..<self.offset
            default: return nil
            }
        }
        return nil
    }

    /// A method that is answered here, with the space behind it.
    mutating func method() -> HTTPRequest.Method? {
        if self.skip("GET ") { return .get }
        if self.skip("POST ") { return .post }
        if self.skip("PATCH ") { return .patch }
        if self.skip("PUT ") { return .put }
        if self.skip("DELETE ") { return .delete }
        if self.skip("OPTIONS ") { return .options }
        return self.skip("HEAD ") ? .head : nil
    }

    /// The target with what ends the request line.
    mutating func target() -> Range<Int>? {
        let start = self.offset
        while self.offset < self.bytes.count, (0x21...0x7E).contains(self.bytes[self.offset]) { self.offset += 1 }
        let target = start..<self.offset
        return self.skip(" HTTP/1.1\r\n") ? target : nil
    }

    /// A field line with its line end.
    mutating func field() -> (name: Range<Int>, value: Range<Int>)? {
        let start = self.offset
        while self.offset < self.bytes.count, self.isNameCharacter(self.bytes[self.offset]) { self.offset += 1 }
        let name = start..<self.offset
        guard !name.isEmpty, self.skip(":") else { return nil }
        while self.offset < self.bytes.count, self.bytes[self.offset] == UInt8(ascii: " ") { self.offset += 1 }
        let valueStart = self.offset
        while self.offset < self.bytes.count, (0x20...0x7E).contains(self.bytes[self.offset]) { self.offset += 1 }
        let value = valueStart..<self.offset
        // A value that ends in a space is left to the parser, which trims it.
        guard self.skip("\r\n"), value.isEmpty || self.bytes[value.upperBound - 1] != 0x20 else { return nil }
        return (name, value)
    }

    private func isNameCharacter(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"):
            true
        default: false
        }
    }

    func kind(of name: Range<Int>) -> Kind {
        switch name.count {
        case 2: return self.equals(name, "te") ? .framing : .other
        case 4: return self.equals(name, "host") ? .host : .other
        case 5: return self.equals(name, "range") ? .condition : .other
        case 6:
            if self.equals(name, "expect") { return .framing }
            return self.equals(name, "origin") ? .condition : .other
        case 7: return self.equals(name, "upgrade") || self.equals(name, "trailer") ? .framing : .other
        case 8 where self.equals(name, "if-range"), 8 where self.equals(name, "if-match"): return .condition
        case 10: return self.equals(name, "connection") ? .connection : .other
        case 13 where self.equals(name, "if-none-match"): return .condition
        case 14: return self.equals(name, "content-length") ? .contentLength : .other
        // The parser takes it for Connection.
        case 16: return self.equals(name, "proxy-connection") ? .framing : .other
        case 17:
            if self.equals(name, "transfer-encoding") { return .framing }
            return self.equals(name, "if-modified-since") ? .condition : .other
        case 19: return self.equals(name, "if-unmodified-since") ? .condition : .other
        default: return .other
        }
    }

    /// Compares without regard to the case of letters; the text is in lower case.
    func equals(_ range: Range<Int>, _ text: StaticString) -> Bool {
        guard range.count == text.utf8CodeUnitCount else { return false }
        for index in 0..<range.count {
            let byte = self.bytes[range.lowerBound + index]
            let isUpper = (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte)
            if (isUpper ? byte | 0x20 : byte) != text.utf8Start[index] { return false }
        }
        return true
    }

    func text(_ range: Range<Int>) -> String { String(decoding: self.bytes[range], as: UTF8.self) }
}
