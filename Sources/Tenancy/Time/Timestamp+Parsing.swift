extension Timestamp {
    /// A date and time with seconds and its offset from UTC (RFC 3339 §5.6); nil for anything else.
    public init?(iso8601 text: String) {
        let text = text.uppercased()
        guard let separator = text.firstIndex(of: "T"), text.utf8.count <= 40 else { return nil }
        let time = text[text.index(after: separator)...]
        guard let zone = time.firstIndex(where: { "Z+-".contains($0) }), time[..<zone].split(separator: ":").count == 3,
            let offset = Self.offset(time[zone...]), let moment = SearchMoment(String(text[..<zone]))
        else { return nil }
        self.init(milliseconds: moment.start - offset * 60_000)
    }

    /// Minutes east of UTC: `Z`, `+02:00`.
    private static func offset(_ text: Substring) -> Int64? {
        guard text != "Z" else { return 0 }
        let parts = text.dropFirst().split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count == 2,
            parts.allSatisfy({ $0.utf8.count == 2 && $0.utf8.allSatisfy { (48...57).contains($0) } }),
            let hours = Int64(parts[0]), let minutes = Int64(parts[1]), hours < 24, minutes < 60
        else { return nil }
        return (text.first == "-" ? -1 : 1) * (hours * 60 + minutes)
    }
}
