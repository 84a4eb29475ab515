import Tenancy

/// When a message that was not accepted is tried again.
enum RetrySchedule {
    /// After this a message is worth nothing to anybody: its code has long expired.
    static let giveUpAfter: Int64 = 6 * 3600

    /// 5 s after the first attempt, then three times as long each time, at most half an hour; nil to give up.
    static func next(after attempts: Int, createdAt: Timestamp, now: Timestamp) -> Timestamp? {
        guard now < createdAt.adding(seconds: giveUpAfter) else { return nil }
        var pause: Int64 = 5
        for _ in 0..<min(attempts, 10) { pause = min(pause * 3, 1800) }
        return now.adding(seconds: pause)
    }
}
