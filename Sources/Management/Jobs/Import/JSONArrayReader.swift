import Foundation

/// Reads a JSON array of objects from a file, one after the other, and knows how many bytes it has read: from there
/// reading can go on after a restart. However long the file, one object is in memory.
struct JSONArrayReader: ~Copyable {
    enum Failure: Error, Equatable {
        case unreadable
        /// Not an array of objects, at this byte.
        case malformed(at: Int)
        /// One object is longer than a user can be.
        case tooLong(at: Int)
    }

    private static let longestObject = 256 << 10
    /// White space between two objects: more is no file of users, and would keep a thread busy for nothing.
    private static let longestSpace = 64 << 10
    private static let chunk = 128 << 10

    private let file: Int32
    private var buffer: [UInt8] = []
    /// The next byte in the buffer.
    private var index = 0
    /// Where the buffer begins in the file.
    private var start: Int
    private var isInside: Bool

    /// - Parameter offset: ``offset`` of an earlier reader, or 0.
    init(path: String, offset: Int = 0) throws(Failure) {
        file = open(path, O_RDONLY | O_CLOEXEC)
        start = offset
        isInside = offset > 0
        guard file >= 0, lseek(file, off_t(offset), SEEK_SET) == off_t(offset) else { throw .unreadable }
    }

    deinit { close(file) }

    /// The bytes read so far: everything up to the end of the last object.
    var offset: Int { start + index }

    /// The next object; nil at the end of the array.
    mutating func next() throws(Failure) -> [UInt8]? {
        guard var byte = try skipSpace() else { throw .malformed(at: offset) }
        if !isInside {
            guard byte == UInt8(ascii: "[") else { throw .malformed(at: offset) }
            isInside = true
            index += 1
            guard let first = try skipSpace() else { throw .malformed(at: offset) }
            byte = first
        } else if byte == UInt8(ascii: ",") {
            index += 1
            guard let first = try skipSpace(), first != UInt8(ascii: "]") else { throw .malformed(at: offset) }
            byte = first
        }
        if byte == UInt8(ascii: "]") { return nil }
        guard byte == UInt8(ascii: "{") else { throw .malformed(at: offset) }
        return try object()
    }

    /// From a `{` to its `}`; braces in strings are text.
    private mutating func object() throws(Failure) -> [UInt8] {
        var bytes: [UInt8] = []
        var depth = 0
        var isString = false
        var isEscaped = false
        while let byte = try peek() {
            index += 1
            bytes.append(byte)
            guard bytes.count <= Self.longestObject else { throw .tooLong(at: offset) }
            if isEscaped {
                isEscaped = false
            } else if isString {
                if byte == UInt8(ascii: "\\") { isEscaped = true }
                if byte == UInt8(ascii: "\"") { isString = false }
            } else {
                switch byte {
                case UInt8(ascii: "\""): isString = true
                case UInt8(ascii: "{"), UInt8(ascii: "["): depth += 1
                case UInt8(ascii: "}"), UInt8(ascii: "]"):
                    depth -= 1
                    if depth == 0 { return bytes }
                default: break
                }
            }
        }
        throw .malformed(at: offset)
    }

    private mutating func skipSpace() throws(Failure) -> UInt8? {
        let beginning = offset
        while let byte = try peek() {
            // A byte order mark may begin the file.
            let isMark = !isInside && offset < 3 && [0xEF, 0xBB, 0xBF].contains(byte)
            guard isMark || [0x20, 0x0A, 0x0D, 0x09].contains(byte) else { return byte }
            index += 1
            guard offset - beginning <= Self.longestSpace else { throw .malformed(at: offset) }
        }
        return nil
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
