import OpenSSL

/// Ids of log events: `900`, the time to the millisecond, 36 digits (spec 07 §0).
///
/// They are given inside the writing transaction and only ever grow. A tenant's writes are committed one after the other,
/// so whoever reads on from an id misses nothing and sees nothing twice, whatever is written meanwhile.
enum LogID {
    /// The id of an event, after the one given last.
    static func next(at date: Timestamp, after last: String?) -> String {
        let own = stem(date)
        guard let last else { return fresh(own) }
        let stem = String(decoding: last.utf8.prefix(20), as: UTF8.self)
        if own >= stem {
            let fresh = fresh(own)
            if fresh > last { return fresh }
        }
        // Of the same millisecond, or of a request that took longer than one that began later.
        let count = UInt64(Substring(last.utf8.dropFirst(20).prefix(18))) ?? 0
        let next = String(count + 1)
        return stem + String(repeating: "0", count: max(0, 18 - next.count)) + next + digits(18)
    }

    /// The smallest id of a millisecond.
    static func first(at milliseconds: Int64) -> String { stem(Timestamp(milliseconds: milliseconds)) }

    private static func stem(_ date: Timestamp) -> String { "900" + date.compact }

    /// A leading zero leaves room for many increments.
    private static func fresh(_ stem: String) -> String { stem + "0" + digits(35) }

    private static func digits(_ count: Int) -> String {
        String(decoding: SecureRandom.bytes(count).map { UInt8(ascii: "0") + $0 % 10 }, as: UTF8.self)
    }
}
