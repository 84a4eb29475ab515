import Glibc
import Synchronization

/// The current time as HTTP writes it (RFC 9110 §5.6.7), formatted once a second.
enum HTTPDate {
    private struct Formatted: Sendable {
        var second: Int
        var text: String
    }

    private static let current = Mutex(Formatted(second: 0, text: ""))

    static func now() -> String {
        let second = time(nil)
        return self.current.withLock { formatted in
            if formatted.second != second { formatted = Formatted(second: second, text: self.format(second)) }
            return formatted.text
        }
    }

    static func format(_ second: Int) -> String {
        var (second, parts) = (second, tm())
        gmtime_r(&second, &parts)
        let days = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"]
        let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
        func two(_ number: Int32) -> String { number < 10 ? "0\(number)" : "\(number)" }
        let day = "\(days[Int(parts.tm_wday)]), \(two(parts.tm_mday)) \(months[Int(parts.tm_mon)])"
        return "\(day) \(parts.tm_year + 1900) \(two(parts.tm_hour)):\(two(parts.tm_min)):\(two(parts.tm_sec)) GMT"
    }
}
