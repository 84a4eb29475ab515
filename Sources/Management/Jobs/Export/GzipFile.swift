import CZlib
import Foundation
import Synchronization

/// Writes a gzip file (RFC 1952) piece by piece. It blocks its thread; threads may take turns.
final class GzipWriter: Sendable {
    struct Failure: Error {
        let reason: String
    }

    private let file: Mutex<GzipFile>

    /// Makes the file anew.
    init(path: String, beginning: String?) throws {
        file = Mutex(try GzipFile(path: path))
        if let beginning { try write(beginning) }
    }

    func write(_ text: String) throws { try file.withLock { try $0.put(Array(text.utf8), flush: Z_NO_FLUSH) } }

    /// Ends the stream; the file is whole and on disk.
    func finish() throws { try file.withLock { try $0.finish() } }
}

/// An open file with zlib's state.
private struct GzipFile: ~Copyable {
    private let file: Int32
    /// zlib remembers where its state lies, so it may not move.
    private let stream: UnsafeMutablePointer<z_stream>

    init(path: String) throws {
        stream = .allocate(capacity: 1)
        file = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
        guard gzip_begin(stream) == Z_OK else { throw GzipWriter.Failure(reason: "zlib cannot start") }
        guard file >= 0 else { throw Self.systemFailure }
    }

    deinit {
        deflateEnd(stream)
        stream.deallocate()
        if file >= 0 { close(file) }
    }

    mutating func finish() throws {
        try put([], flush: Z_FINISH)
        guard fsync(file) == 0 else { throw Self.systemFailure }
    }

    mutating func put(_ bytes: [UInt8], flush: Int32) throws {
        var input = bytes
        var output = [UInt8](repeating: 0, count: 64 << 10)
        try input.withUnsafeMutableBufferPointer { input in
            stream.pointee.next_in = input.baseAddress
            stream.pointee.avail_in = UInt32(input.count)
            repeat {
                let count = try output.withUnsafeMutableBufferPointer { output in
                    stream.pointee.next_out = output.baseAddress
                    stream.pointee.avail_out = UInt32(output.count)
                    guard deflate(stream, flush) != Z_STREAM_ERROR else {
                        throw GzipWriter.Failure(reason: "zlib has failed")
                    }
                    return output.count - Int(stream.pointee.avail_out)
                }
                try store(output[..<count])
            } while stream.pointee.avail_out == 0
        }
    }

    private func store(_ bytes: ArraySlice<UInt8>) throws {
        var rest = bytes
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { write(file, $0.baseAddress, $0.count) }
            guard count > 0 else { throw Self.systemFailure }
            rest = rest.dropFirst(count)
        }
    }

    private static var systemFailure: GzipWriter.Failure {
        GzipWriter.Failure(reason: String(cString: strerror(errno)))
    }
}
