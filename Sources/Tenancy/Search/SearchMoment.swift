/// A date of a search, which may leave out its smaller parts: `2016`, `2016-01-31`, `2016-01-31T10:00:00Z`. It means
/// the whole of what it names.
struct SearchMoment: Equatable {
    /// The first millisecond of it.
    let start: Int64
    /// The first millisecond after it.
    let end: Int64

    /// Nil for what is no date.
    init?(_ text: String) {
        let halves = text.uppercased().split(separator: "T", maxSplits: 1, omittingEmptySubsequences: false)
        let date = halves[0].split(separator: "-", omittingEmptySubsequences: false).map { Self.number($0) }
        guard (1...3).contains(date.count), let year = date[0], halves[0].prefix(4).count == 4,
            (1...9_999).contains(year), date.allSatisfy({ $0 != nil })
        else { return nil }
        let month = date.count > 1 ? date[1] ?? 0 : 1
        let day = date.count > 2 ? date[2] ?? 0 : 1
        guard (1...12).contains(month), (1...Self.days(in: month, of: year)).contains(day) else { return nil }
        let midnight = Self.dayNumber(year, month, day) * 86_400_000
        guard halves.count == 2 else {
            start = midnight
            switch date.count {
            case 1: end = Self.dayNumber(year + 1, 1, 1) * 86_400_000
            case 2: end = Self.dayNumber(month == 12 ? year + 1 : year, month % 12 + 1, 1) * 86_400_000
            default: end = midnight + 86_400_000
            }
            return
        }
        guard date.count == 3, let time = Self.time(halves[1]) else { return nil }
        start = midnight + time.start
        end = midnight + time.end
    }

    /// `10`, `10:30`, `10:30:00`, `10:30:00.123`, with or without `Z`.
    private static func time(_ text: Substring) -> (start: Int64, end: Int64)? {
        let text = text.hasSuffix("Z") ? text.dropLast() : text
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        guard (1...3).contains(parts.count), let hour = number(parts[0]), hour < 24 else { return nil }
        var start = Int64(hour) * 3_600_000
        guard parts.count > 1 else { return (start, start + 3_600_000) }
        guard let minute = number(parts[1]), minute < 60 else { return nil }
        start += Int64(minute) * 60_000
        guard parts.count > 2 else { return (start, start + 60_000) }
        let seconds = parts[2].split(separator: ".", omittingEmptySubsequences: false)
        guard seconds.count <= 2, let second = number(seconds[0]), second < 60 else { return nil }
        start += Int64(second) * 1_000
        guard seconds.count > 1 else { return (start, start + 1_000) }
        guard (1...9).contains(seconds[1].count), let fraction = number((seconds[1] + "00").prefix(3)) else {
            return nil
        }
        start += Int64(fraction)
        return (start, start + 1)
    }

    private static func number(_ text: some StringProtocol) -> Int? {
        guard !text.isEmpty, text.utf8.count <= 4, text.utf8.allSatisfy({ (48...57).contains($0) }) else { return nil }
        return Int(text)
    }

    private static func days(in month: Int, of year: Int) -> Int {
        let isLeap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
        return month == 2 ? (isLeap ? 29 : 28) : [4, 6, 9, 11].contains(month) ? 30 : 31
    }

    /// Days since 1970-01-01, by Howard Hinnant's arithmetic.
    private static func dayNumber(_ year: Int, _ month: Int, _ day: Int) -> Int64 {
        let year = month <= 2 ? year - 1 : year
        let era = (year >= 0 ? year : year - 399) / 400
        let yearOfEra = year - era * 400
        let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
        let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
        return Int64(era * 146_097 + dayOfEra - 719_468)
    }
}
