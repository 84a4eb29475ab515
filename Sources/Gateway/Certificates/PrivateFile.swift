import Glibc

/// Small files whose mode matters, replaced as wholes: a reader, or a crash, finds the old bytes or the new ones.
enum PrivateFile {
    static func write(_ bytes: [UInt8], to path: String, mode: mode_t) throws(CertificateError) {
        let temporary = path + ".new"
        unlink(temporary)
        // The mode is given at birth: there is no moment in which others can open a key.
        let file = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode)
        guard file >= 0 else { throw Self.failure(path) }
        var offset = 0
        while offset < bytes.count {
            let written = bytes[offset...].withUnsafeBytes { Glibc.write(file, $0.baseAddress, $0.count) }
            guard written > 0 else {
                close(file)
                throw Self.failure(path)
            }
            offset += written
        }
        // The process may have a mask that takes bits away from a file others are meant to read.
        let isDurable = fchmod(file, mode) == 0 && fsync(file) == 0
        close(file)
        guard isDurable, rename(temporary, path) == 0 else { throw Self.failure(path) }
    }

    /// The text of a file, or nil if there is none.
    static func read(_ path: String, limit: Int) throws(CertificateError) -> String? {
        let file = open(path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else {
            if errno == ENOENT || errno == ENOTDIR { return nil }
            throw .unreadable("\(path): \(String(cString: strerror(errno)))")
        }
        defer { close(file) }
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 16_384)
        while true {
            let count = Glibc.read(file, &buffer, buffer.count)
            guard count >= 0 else { throw .unreadable("\(path): \(String(cString: strerror(errno)))") }
            if count == 0 { break }
            bytes += buffer[..<count]
            guard bytes.count <= limit else { throw .tooLarge }
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    static func makeDirectory(_ path: String) throws(CertificateError) {
        guard mkdir(path, 0o700) == 0 || errno == EEXIST else { throw Self.failure(path) }
    }

    /// The names in a directory, in order; none if there is no directory.
    static func names(in path: String) -> [String] {
        guard let directory = opendir(path) else { return [] }
        defer { closedir(directory) }
        var names: [String] = []
        while let entry = readdir(directory) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) {
                $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if name != ".", name != ".." { names.append(name) }
        }
        return names.sorted()
    }

    private static func failure(_ path: String) -> CertificateError {
        .notWritable(path: path, reason: String(cString: strerror(errno)))
    }
}
