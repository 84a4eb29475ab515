import GRDB

/// Why the directory's file is of no use; each description names the file.
public enum DirectoryFileError: Error, Sendable, Equatable, CustomStringConvertible {
    /// What it holds is no directory of tenants, or no longer a whole one.
    case damaged(path: String, reason: String)
    /// It cannot be opened, read or written.
    case unusable(path: String, reason: String)

    init(_ error: DatabaseError, path: String) {
        let reason = error.message ?? "SQLite error \(error.resultCode.rawValue)"
        // A database without the directory's tables, or with others in their place, is a plain error of SQL.
        let isDamage = error.isDamage || error.resultCode == .SQLITE_ERROR
        self = isDamage ? .damaged(path: path, reason: reason) : .unusable(path: path, reason: reason)
    }

    public var description: String {
        switch self {
        case .damaged(let path, let reason):
            "the directory of tenants, \(path), is damaged (\(reason)): put it back from a copy of the data directory"
        case .unusable(let path, let reason): "the directory of tenants, \(path), cannot be used: \(reason)"
        }
    }
}
