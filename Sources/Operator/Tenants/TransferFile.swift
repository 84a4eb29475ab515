import Foundation
import NIOCore
import OpenSSL
import Tenancy

/// A tenant on its way in or out: a file that is gone when nobody needs it any more. It is read and written on
/// threads of its own.
final class TransferFile: Sendable {
    let path: String
    private let pool: BoundedPool

    private static let chunk = 256 << 10

    init(folder: String, pool: BoundedPool) throws {
        try FileManager.default.createDirectory(
            atPath: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        path = "\(folder)/\(SecureRandom.hex(byteCount: 8)).transfer"
        self.pool = pool
    }

    deinit {
        for suffix in ["", "-wal", "-shm", "-journal"] { unlink(path + suffix) }
    }

    func size() async throws -> Int {
        try await pool.run { [path] in
            var status = stat()
            return stat(path, &status) == 0 ? Int(status.st_size) : 0
        }
    }

    func append(_ bytes: ByteBuffer) async throws {
        try await pool.run { [path] in
            let file = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o600)
            guard file >= 0 else { throw Self.failure() }
            defer { close(file) }
            try bytes.withUnsafeReadableBytes { bytes in
                var offset = 0
                while offset < bytes.count {
                    let count = write(file, bytes.baseAddress! + offset, bytes.count - offset)
                    guard count > 0 else { throw Self.failure() }
                    offset += count
                }
            }
        }
    }

    /// Hands the content on piece by piece.
    func read(_ consume: (ByteBuffer) async throws -> Void) async throws {
        var offset = 0
        while true {
            let position = offset
            let bytes = try await pool.run { [path] in
                let file = open(path, O_RDONLY | O_CLOEXEC)
                guard file >= 0 else { throw Self.failure() }
                defer { close(file) }
                var buffer = [UInt8](repeating: 0, count: Self.chunk)
                let count = pread(file, &buffer, buffer.count, off_t(position))
                guard count >= 0 else { throw Self.failure() }
                return ByteBuffer(bytes: buffer.prefix(count))
            }
            guard bytes.readableBytes > 0 else { return }
            offset += bytes.readableBytes
            try await consume(bytes)
        }
    }

    private static func failure() -> any Error {
        POSIXError(POSIXErrorCode(rawValue: errno) ?? .EIO)
    }
}
