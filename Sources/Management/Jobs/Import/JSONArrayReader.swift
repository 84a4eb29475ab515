import Foundation
import StrictJSON

/// Reads the elements of a JSON array from a file, one after the other, and knows how many bytes it has read: from
/// there reading can go on after a restart. However long the file, one element is in memory. Of an element no more is
/// looked at than where it ends: whoever parses it finds out whether it is JSON.
struct JSONArrayReader: ~Copyable {
    enum Failure: Error, Equatable {
        case unreadable
        /// Not an array of JSON values, at this byte.
        case malformed(at: Int)
        /// One element is longer than a user can be.
        case tooLong(at: Int)
    }

    private static let longestElement = 256 << 10
    /// White space between two elements: more is no file of users, and would keep a thread busy for nothing.
    private static let longestSpace = 64 << 10
    private static let chunk = 128 << 10

    private let file: Int32
    private var buffer: [UInt8] = []
    /// The next byte in the buffer.
    private var index = 0
    /// Where the buffer begins in the file.
    private var start: Int
    private var isInside: Bool

    /// The bytes read so far: everything up to the end of the last element.
    private(set) var offset: Int

    /// - Parameter offset: ``offset`` of an earlier reader, or 0.
    init(path: String, offset: Int = 0) throws(Failure) {
        file = open(path, O_RDONLY | O_CLOEXEC)
        start = offset
        self.offset = offset
        isInside = offset > 0
        guard file >= 0, lseek(file, off_t(offset), SEEK_SET) == off_t(offset) else { throw .unreadable }
    }

    deinit { close(file) }

    /// The next element; nil at the end of the array.
    mutating func next() throws(Failure) -> [UInt8]? {
        guard let first = try beginning() else { return nil }
        let element: [UInt8]
        switch first {
        case UInt8(ascii: "{"), UInt8(ascii: "["), UInt8(ascii: "\""): element = try enclosed()
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "t"), UInt8(ascii: "f"),
            UInt8(ascii: "n"):
            element = try scalar()
        default: throw .malformed(at: position)
        }
        offset = position
        return element
    }

    /// The place of the next byte in the file.
    private var position: Int { start + index }

    /// The first byte of the next element, which is read next; nil at the end of the array.
    private mutating func beginning() throws(Failure) -> UInt8? {
        let isFirst = !isInside
        let byte = try skipSpace()
        if !isFirst, byte == UInt8(ascii: "]") { return nil }
        guard byte == (isFirst ? UInt8(ascii: "[") : UInt8(ascii: ",")) else { throw .malformed(at: position) }
        isInside = true
        index += 1
        guard let first = try skipSpace() else { throw .malformed(at: position) }
        return isFirst && first == UInt8(ascii: "]") ? nil : first
    }

    /// From a bracket or quotation mark to the one that closes it.
    private mutating func enclosed() throws(Failure) -> [UInt8] {
        var bytes: [UInt8] = []
        var enclosure = Enclosure()
        while try peek() != nil {
            let rest = buffer[index...]
            let last = rest.firstIndex { enclosure.ends(with: $0) }
            let part = last.map { rest[...$0] } ?? rest
            guard bytes.count + part.count <= Self.longestElement else {
                throw .tooLong(at: position + Self.longestElement - bytes.count + 1)
            }
            bytes += part
            index += part.count
            if last != nil { return bytes }
        }
        throw .malformed(at: position)
    }

    /// Where in an element its reader is; brackets in strings are text.
    private struct Enclosure {
        private var depth = 0
        private var isString = false
        private var isEscaped = false

        /// Tells of one byte after the other whether the element ends with it.
        @inline(__always)
        mutating func ends(with byte: UInt8) -> Bool {
            if isEscaped {
                isEscaped = false
            } else if isString {
                if byte == UInt8(ascii: "\\") { isEscaped = true }
                if byte == UInt8(ascii: "\"") {
                    isString = false
                    return depth == 0
                }
            } else {
                switch byte {
                case UInt8(ascii: "\""): isString = true
                case UInt8(ascii: "{"), UInt8(ascii: "["): depth += 1
                case UInt8(ascii: "}"), UInt8(ascii: "]"):
                    depth -= 1
                    return depth == 0
                default: break
                }
            }
            return false
        }
    }

    /// A number, `true`, `false` or `null`. Nothing encloses it, so it has to be one to be told from what is no JSON.
    private mutating func scalar() throws(Failure) -> [UInt8] {
        let beginning = position
        var bytes: [UInt8] = []
        while let byte = try peek(), byte != UInt8(ascii: ","), byte != UInt8(ascii: "]"), !Self.isSpace(byte) {
            index += 1
            bytes.append(byte)
            guard bytes.count <= Self.longestElement else { throw .tooLong(at: position) }
        }
        do throws(JSONParseError) {
            _ = try JSON.parse(bytes)
        } catch {
            // A number that nobody can hold is one nevertheless.
            guard error.kind == .numberOutOfRange else { throw Failure.malformed(at: beginning) }
        }
        return bytes
    }

    private mutating func skipSpace() throws(Failure) -> UInt8? {
        let beginning = position
        while let byte = try peek() {
            // A byte order mark may begin the file.
            let isMark = !isInside && position < 3 && [0xEF, 0xBB, 0xBF].contains(byte)
            guard isMark || Self.isSpace(byte) else { return byte }
            index += 1
            guard position - beginning <= Self.longestSpace else { throw .malformed(at: position) }
        }
        return nil
    }

    private static func isSpace(_ byte: UInt8) -> Bool {
        byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09
    }

    private mutating func peek() throws(Failure) -> UInt8? {
        if index < buffer.count { return buffer[index] }
        start += buffer.count
        index = 0
        buffer = [UInt8](repeating: 0, count: Self.chunk)
        let count = read(file, &buffer, Self.chunk)
        guard count >= 0 else { throw .unreadable }
        buffer.removeLast(Self.chunk - count)
        return buffer.first
    }
}
