import Foundation

/// Every open tenant costs up to a dozen file descriptors, every client one: the process takes what it may have.
enum OpenFileLimit {
    /// Raises the soft limit to the hard one; returns what holds now.
    @discardableResult
    static func raise() -> Int {
        var limit = rlimit()
        guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return 1024 }
        // More than a million is of no use to anybody, and some kernels refuse "unlimited" here.
        limit.rlim_cur = min(limit.rlim_max, 1_048_576)
        setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
        getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
        return Int(limit.rlim_cur)
    }
}
