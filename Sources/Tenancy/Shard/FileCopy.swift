import Foundation

/// Copies and syncs whole files by calls of the system, and says why one of those fails.
enum FileCopy {
    /// Copies a file, which then belongs to its owner alone. The kernel does it in one go; Foundation asks it for each page.
    static func make(of source: String, at target: String) throws {
        let from = open(source, O_RDONLY | O_CLOEXEC)
        guard from >= 0 else { throw failure }
        defer { close(from) }
        let to = open(target, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard to >= 0 else { throw failure }
        defer { close(to) }
        while true {
            let count = sendfile(to, from, nil, 1 << 30)
            if count == 0 { return }
            guard count > 0 || errno == EINTR else { throw failure }
        }
    }

    /// Has what a file or a folder holds outlive a power cut.
    static func sync(_ path: String) throws {
        let file = open(path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { throw failure }
        defer { close(file) }
        guard fsync(file) == 0 else { throw failure }
    }

    /// What the last call of the system said.
    static var failure: POSIXError { POSIXError(POSIXErrorCode(rawValue: errno) ?? .EIO) }
}
