import Synchronization

/// Keeps attempts that run side by side within a limit that is counted only when they fail: what is under way counts
/// as if it had failed (spec 08 L5). In memory, and only while something is under way.
public final class AttemptGate: Sendable {
    private struct Entry {
        var visitors = 0
        var admitted = 0
        /// The highest count any of the visitors has seen committed.
        var known = 0
    }

    private let entries = Mutex<[ShieldSubject: Entry]>([:])

    init() {}

    /// Announces an attempt, before the committed count is read; ``leave(_:admitted:committed:)`` must follow.
    public func enter(_ subject: ShieldSubject) {
        entries.withLock { $0[subject, default: Entry()].visitors += 1 }
    }

    /// Whether the attempt may be made.
    /// - Parameter committed: failures read after ``enter(_:)``.
    public func admit(_ subject: ShieldSubject, committed: Int, limit: Int) -> Bool {
        entries.withLock { entries in
            var entry = entries[subject] ?? Entry()
            entry.known = max(entry.known, committed)
            let isAdmitted = entry.known + entry.admitted < limit
            if isAdmitted { entry.admitted += 1 }
            entries[subject] = entry
            return isAdmitted
        }
    }

    /// - Parameters:
    ///   - admitted: what ``admit(_:committed:limit:)`` said.
    ///   - committed: the count after a failure; nil where nothing was counted.
    public func leave(_ subject: ShieldSubject, admitted: Bool, committed: Int? = nil) {
        entries.withLock { entries in
            guard var entry = entries[subject] else { return }
            entry.visitors -= 1
            if admitted { entry.admitted -= 1 }
            entry.known = max(entry.known, committed ?? 0)
            entries[subject] = entry.visitors == 0 ? nil : entry
        }
    }
}
