import Foundation

/// The folder that holds everything of the service, for one process at a time.
final class DataDirectory: Sendable {
    let path: String
    /// Held open for the life of the process: the lock goes with it, however the process ends.
    private let lock: Int32

    var directoryFile: String { "\(path)/directory.sqlite" }
    var tenantsFolder: String { "\(path)/tenants" }
    var transferFolder: String { "\(path)/transfers" }
    var adminTokenFile: String { "\(path)/admin-token" }
    var authorityFile: String { "\(path)/ca.pem" }
    var outboxFolder: String { "\(path)/outbox" }
    var jobsFolder: String { "\(path)/jobs" }
    var readyFile: String { "\(path)/ready.json" }

    /// Makes the folder if it is not there, and takes it for this process.
    init(path: String) throws(CommandFailure) {
        let absolute = URL(fileURLWithPath: path).path
        self.path = absolute
        do {
            try FileManager.default.createDirectory(
                atPath: absolute, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
            try FileManager.default.setAttributes([.posixPermissions: 0o700], ofItemAtPath: absolute)
        } catch {
            throw CommandFailure(
                .unwritableOutput, "cannot use the data directory \(absolute): \(error.localizedDescription)")
        }
        lock = open("\(absolute)/lock", O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard lock >= 0 else {
            throw CommandFailure(
                .unwritableOutput, "cannot write to the data directory \(absolute): \(String(cString: strerror(errno)))"
            )
        }
        guard flock(lock, LOCK_EX | LOCK_NB) == 0 else {
            close(lock)
            throw CommandFailure(
                .unreachable, "another gatehouse works on \(absolute) already; give this one a --data of its own")
        }
        // What a crash left half copied is nobody's.
        try? FileManager.default.removeItem(atPath: transferFolder)
    }

    deinit { close(lock) }
}
