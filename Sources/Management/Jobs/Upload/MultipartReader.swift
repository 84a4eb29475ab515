/// Takes a `multipart/form-data` body (RFC 7578) apart while it arrives. Fields are small and kept; of a file no more is in
/// memory than the part that has just come.
struct MultipartReader {
    enum Event: Equatable {
        case field(name: String, value: String)
        case fileBegins(name: String)
        case fileBytes([UInt8])
        case fileEnds
    }

    enum Failure: Error, Equatable {
        case malformed(String)
    }

    private enum State: Equatable {
        /// Before the first boundary.
        case preamble
        case header
        case field(String)
        case file
        case done
    }

    private static let longestHeader = 8_192
    private static let longestField = 4_096
    private static let mostParts = 50

    /// `\r\n--BOUNDARY`
    private let delimiter: [UInt8]
    private var state = State.preamble
    /// What has come and is not understood yet; it begins as if a line had ended, so that the first boundary is like
    /// the others.
    private var buffer: [UInt8] = [13, 10]
    private var parts = 0

    /// Nil where the content type names no boundary (RFC 2046 §5.1.1).
    init?(contentType: String) {
        guard
            let parameter = contentType.split(separator: ";").dropFirst().lazy
                .map({ $0.trimmed }).first(where: { $0.lowercased().hasPrefix("boundary=") })
        else { return nil }
        var boundary = parameter.dropFirst("boundary=".count)
        if boundary.hasPrefix("\""), boundary.hasSuffix("\""), boundary.count > 1 {
            boundary = boundary.dropFirst().dropLast()
        }
        guard (1...70).contains(boundary.utf8.count), boundary.utf8.allSatisfy({ $0 >= 0x20 && $0 < 0x7F }) else {
            return nil
        }
        delimiter = Array("\r\n--\(boundary)".utf8)
    }

    var isComplete: Bool { state == .done }

    /// Reads on. Throws ``Failure``.
    mutating func read(_ bytes: some Sequence<UInt8>) throws(Failure) -> [Event] {
        buffer += bytes
        var events: [Event] = []
        while try step(&events) {}
        return events
    }

    /// One step through the buffer; false where more has to come.
    private mutating func step(_ events: inout [Event]) throws(Failure) -> Bool {
        switch state {
        case .preamble:
            guard let start = position(of: delimiter) else {
                guard buffer.count < Self.longestHeader else { throw .malformed("there is no boundary") }
                return false
            }
            return beginPart(after: start)
        case .header:
            guard let end = position(of: [13, 10, 13, 10]) else {
                guard buffer.count < Self.longestHeader else { throw .malformed("a part's header is too long") }
                return false
            }
            let header = String(decoding: buffer[..<end], as: UTF8.self)
            buffer.removeFirst(end + 4)
            try beginContent(header, &events)
            return true
        case .field(let name):
            guard let end = position(of: delimiter) else {
                guard buffer.count < Self.longestField else { throw .malformed("the field \(name) is too long") }
                return false
            }
            guard end <= Self.longestField else { throw .malformed("the field \(name) is too long") }
            events.append(.field(name: name, value: String(decoding: buffer[..<end], as: UTF8.self)))
            return beginPart(after: end)
        case .file:
            if let end = position(of: delimiter) {
                if end > 0 { events.append(.fileBytes(Array(buffer[..<end]))) }
                events.append(.fileEnds)
                return beginPart(after: end)
            }
            // The end may be the beginning of a boundary.
            let safe = buffer.count - delimiter.count
            guard safe > 0 else { return false }
            events.append(.fileBytes(Array(buffer[..<safe])))
            buffer.removeFirst(safe)
            return false
        case .done:
            buffer.removeAll()
            return false
        }
    }

    /// Behind a boundary: `--` ends everything, a line end begins a part. False where neither has come yet.
    private mutating func beginPart(after start: Int) -> Bool {
        let rest = start + delimiter.count
        guard buffer.count >= rest + 2 else {
            // What was before the boundary has been told; only the boundary is read again.
            buffer.removeFirst(start)
            state = .preamble
            return false
        }
        let isLast = buffer[rest] == UInt8(ascii: "-") && buffer[rest + 1] == UInt8(ascii: "-")
        // The line end behind the boundary stays: the header may be empty.
        buffer.removeFirst(rest)
        state = isLast ? .done : .header
        return true
    }

    private mutating func beginContent(_ header: String, _ events: inout [Event]) throws(Failure) {
        parts += 1
        guard parts <= Self.mostParts else { throw .malformed("there are too many parts") }
        let line = header.split(whereSeparator: \.isNewline)
            .first { $0.lowercased().hasPrefix("content-disposition:") }
        guard let line, let name = Self.parameter("name", of: String(line)) else {
            throw .malformed("a part has no name")
        }
        if Self.parameter("filename", of: String(line)) != nil {
            state = .file
            events.append(.fileBegins(name: name))
        } else {
            state = .field(name)
        }
    }

    /// `; name="value"`
    private static func parameter(_ name: String, of line: String) -> String? {
        for part in line.split(separator: ";").dropFirst() {
            let pair = part.split(separator: "=", maxSplits: 1).map(\.trimmed)
            guard pair.count == 2, pair[0].lowercased() == name else { continue }
            return pair[1].filter { $0 != "\"" }
        }
        return nil
    }

    /// The first place of a sequence in the buffer, found by its first byte.
    private func position(of wanted: [UInt8]) -> Int? {
        buffer.withUnsafeBufferPointer { bytes in
            guard let first = wanted.first else { return nil }
            var index = 0
            while index + wanted.count <= bytes.count {
                if bytes[index] == first, bytes[index..<(index + wanted.count)].elementsEqual(wanted) { return index }
                index += 1
            }
            return nil
        }
    }
}

extension StringProtocol {
    /// Without spaces around.
    fileprivate var trimmed: String {
        var text = self[...]
        while text.first == " " || text.first == "\t" { text = text.dropFirst() }
        while text.last == " " || text.last == "\t" { text = text.dropLast() }
        return String(text)
    }
}
