import OpenSSL

/// Ids of log events: `900`, the time to the millisecond, 36 digits (spec 07 §0).
///
/// They are given inside the writing transaction and only ever grow. A tenant's writes are committed one after the other,
/// so whoever reads on from an id misses nothing and sees nothing twice, whatever is written meanwhile.
enum LogID {
    /// How many bytes the time takes, with what stands before it.
    private static let stemLength = 20
    private static let counterLength = 18
    private static let length = stemLength + 36

    /// The id of an event, after the one given last.
    static func next(at date: Timestamp, after last: String?) -> String {
        let own = stem(date)
        var text: [UInt8] = []
        text.reserveCapacity(length)
        if let last = last?.utf8, last.count >= stemLength + counterLength,
            !last.prefix(stemLength).lexicographicallyPrecedes(own.utf8)
        {
            // Of the same millisecond, or of a request that took longer than one that began later.
            text += last.prefix(stemLength + counterLength)
            countOn(&text)
        } else {
            // A leading zero leaves room for many increments.
            text += own.utf8
            text.append(UInt8(ascii: "0"))
        }
        for byte in SecureRandom.bytes(length - text.count) { text.append(UInt8(ascii: "0") + byte % 10) }
        return String(decoding: text, as: UTF8.self)
    }

    /// Adds one to the counter at the end of a text.
    private static func countOn(_ text: inout [UInt8]) {
        for place in text.indices.suffix(counterLength).reversed() {
            guard text[place] == UInt8(ascii: "9") else {
                text[place] += 1
                return
            }
            text[place] = UInt8(ascii: "0")
        }
    }

    /// The smallest id of a millisecond.
    static func first(at milliseconds: Int64) -> String { stem(Timestamp(milliseconds: milliseconds)) }

    private static func stem(_ date: Timestamp) -> String { "900" + date.compact }
}
