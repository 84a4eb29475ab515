import Glibc
import OpenSSL

/// The operator's token: made at the first start, in a file only the service's user can read.
public enum AdminToken {
    /// The file cannot be read or made.
    public struct Failure: Error, Sendable, CustomStringConvertible {
        public let path: String
        public let reason: String
        public var description: String { "\(path): \(reason)" }
    }

    /// Reads the token, or makes it.
    public static func load(path: String) throws(Failure) -> String {
        if let token = try read(path) { return token }
        let token = SecureRandom.base64URL(byteCount: 32)
        let temporary = path + ".new"
        unlink(temporary)
        // The mode is given at birth: there is no moment in which others can open it.
        let file = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard file >= 0 else { throw failure(path) }
        let bytes = Array("\(token)\n".utf8)
        let isWritten = write(file, bytes, bytes.count) == bytes.count && fchmod(file, 0o600) == 0 && fsync(file) == 0
        close(file)
        guard isWritten, rename(temporary, path) == 0 else { throw failure(path) }
        return token
    }

    private static func read(_ path: String) throws(Failure) -> String? {
        let file = open(path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else {
            if errno == ENOENT { return nil }
            throw failure(path)
        }
        defer { close(file) }
        var status = stat()
        guard fstat(file, &status) == 0 else { throw failure(path) }
        guard status.st_mode & 0o077 == 0 else {
            throw Failure(path: path, reason: "others can read it; make it private with chmod 600")
        }
        var bytes = [UInt8](repeating: 0, count: 1024)
        let count = Glibc.read(file, &bytes, bytes.count)
        let token = String(decoding: bytes.prefix(max(0, count)), as: UTF8.self).filter { !$0.isWhitespace }
        guard token.utf8.count >= 20 else {
            throw Failure(path: path, reason: "it holds no token; remove it and start again")
        }
        return token
    }

    private static func failure(_ path: String) -> Failure {
        Failure(path: path, reason: String(cString: strerror(errno)))
    }
}
