/// Why the authority in the data directory cannot be used. Each sentence names the file; none holds anything of a key.
public enum AuthorityError: Error, Sendable, Equatable, CustomStringConvertible {
    /// One of the two files is there alone.
    case missing(String, beside: String)
    /// A file that is no PEM of what it should hold.
    case damaged(String, reason: String)
    case keyDoesNotMatch(certificate: String, key: String)
    /// The system's reason, with the file.
    case unreadable(String)
    case notWritable(String)

    public var description: String {
        switch self {
        case .missing(let path, let beside):
            "\(path) is missing, though \(beside) is there: bring it back, or move \(beside) away to have a new "
                + "authority made, which clients must then trust"
        case .damaged(let path, let reason): "\(path) is damaged (\(reason)): bring a copy of it back"
        case .keyDoesNotMatch(let certificate, let key):
            "\(key) is not the key of \(certificate): bring back the two that belong together, or move both away to "
                + "have a new authority made, which clients must then trust"
        case .unreadable(let reason): "cannot read \(reason)"
        case .notWritable(let reason): reason
        }
    }
}
