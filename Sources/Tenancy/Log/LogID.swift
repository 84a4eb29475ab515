import OpenSSL

/// Ids of log events: `900`, the time to the millisecond, 36 digits (spec 07 §0).
///
/// They are given inside the writing transaction and only ever grow. A tenant's writes are committed one after the other,
/// so whoever reads on from an id misses nothing and sees nothing twice, whatever is written meanwhile.
enum LogID {
    /// How many bytes the time takes, with what stands before it.
    private static let stemLength = 20
    private static let counterLength = 18

    /// The id of an event, after the one given last.
    static func next(at date: Timestamp, after last: String?) -> String {
        let own = stem(date)
        guard let last, !last.utf8.prefix(stemLength).lexicographicallyPrecedes(own.utf8) else {
            // A leading zero leaves room for many increments.
            return id(own, "0", randomDigits: 35)
        }
        // Of the same millisecond, or of a request that took longer than one that began later.
        let count = UInt64(Substring(last.utf8.dropFirst(stemLength).prefix(counterLength))) ?? 0
        let next = String(count + 1)
        let stem = String(Substring(last.utf8.prefix(stemLength)))
        return id(stem, String(repeating: "0", count: max(0, counterLength - next.count)) + next, randomDigits: 18)
    }

    /// The smallest id of a millisecond.
    static func first(at milliseconds: Int64) -> String { stem(Timestamp(milliseconds: milliseconds)) }

    private static func stem(_ date: Timestamp) -> String { "900" + date.compact }

    private static func id(_ stem: String, _ counter: String, randomDigits count: Int) -> String {
        var text = Array(stem.utf8)
        text.reserveCapacity(stemLength + 36)
        text.append(contentsOf: counter.utf8)
        for byte in SecureRandom.bytes(count) { text.append(UInt8(ascii: "0") + byte % 10) }
        return String(decoding: text, as: UTF8.self)
    }
}
