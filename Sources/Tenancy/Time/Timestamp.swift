/// A moment as the contract writes it: milliseconds since 1970-01-01T00:00:00Z.
public struct Timestamp: Sendable, Hashable, Comparable, CustomStringConvertible {
    /// Milliseconds since the Unix epoch.
    public let milliseconds: Int64

    public init(milliseconds: Int64) { self.milliseconds = milliseconds }
    public init(seconds: Int64) { self.milliseconds = seconds * 1000 }

    /// Whole seconds since the Unix epoch, as JWT claims count them (RFC 7519 NumericDate).
    public var seconds: Int64 { milliseconds / 1000 }

    public func adding(seconds: Int64) -> Timestamp { Timestamp(milliseconds: milliseconds + seconds * 1000) }

    public static func < (left: Timestamp, right: Timestamp) -> Bool { left.milliseconds < right.milliseconds }

    /// `yyyy-MM-ddTHH:mm:ss.SSSZ` (spec 07 §0).
    public var description: String { iso8601 }

    /// `yyyy-MM-ddTHH:mm:ss.SSSZ` (spec 07 §0).
    public var iso8601: String {
        let date = CivilTime(self)
        return Self.text(
            (date.year, 4, "-"), (date.month, 2, "-"), (date.day, 2, "T"),
            (date.hour, 2, ":"), (date.minute, 2, ":"), (date.second, 2, "."), (date.millisecond, 3, "Z"))
    }

    /// `yyyyMMddHHmmssSSS`: the sortable part of a log id (spec 07 §0).
    var compact: String {
        let date = CivilTime(self)
        return Self.text(
            (date.year, 4, nil), (date.month, 2, nil), (date.day, 2, nil),
            (date.hour, 2, nil), (date.minute, 2, nil), (date.second, 2, nil), (date.millisecond, 3, nil))
    }

    /// Numbers with so many digits, or more where they have more, and what follows each.
    private static func text(_ fields: (value: Int, width: Int, next: Unicode.Scalar?)...) -> String {
        var text: [UInt8] = []
        text.reserveCapacity(24)
        for (number, width, next) in fields {
            if number < 0 { text.append(UInt8(ascii: "-")) }
            let value = number.magnitude
            var unit: UInt = 1
            for _ in 1..<width { unit *= 10 }
            while value / unit >= 10 { unit *= 10 }
            while unit > 0 {
                text.append(UInt8(ascii: "0") + UInt8(truncatingIfNeeded: value / unit % 10))
                unit /= 10
            }
            if let next { text.append(UInt8(ascii: next)) }
        }
        return String(decoding: text, as: UTF8.self)
    }
}

/// Reads the time; passed in so that tests own it (ARCHITECTURE, decision 10).
public struct Clock: Sendable {
    private let read: @Sendable () -> Timestamp

    public init(_ read: @escaping @Sendable () -> Timestamp) { self.read = read }

    public var now: Timestamp { read() }
}

/// Calendar fields of a timestamp in UTC, by Howard Hinnant's days-to-civil arithmetic on the proleptic calendar.
private struct CivilTime {
    let year, month, day, hour, minute, second, millisecond: Int

    init(_ timestamp: Timestamp) {
        let total = Int(timestamp.milliseconds)
        let days = Int((Double(total) / 86_400_000).rounded(.down))
        let rest = total - days * 86_400_000
        hour = rest / 3_600_000
        minute = rest / 60_000 % 60
        second = rest / 1000 % 60
        millisecond = rest % 1000
        let shifted = days + 719_468
        let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shiftedMonth = (5 * dayOfYear + 2) / 153
        day = dayOfYear - (153 * shiftedMonth + 2) / 5 + 1
        month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
        year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
    }
}
