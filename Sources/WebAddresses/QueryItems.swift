/// The parameters of a query or a form, in order, repeated names included.
public enum QueryItems {
    /// The most parameters read.
    public static let maximumItems = 1000

    /// Reads a query (without its `?`) or the text of a form.
    public static func parse(_ raw: String) throws(PercentEncodingError) -> [(name: String, value: String)] {
        try parse(raw.utf8)
    }

    /// Reads the bytes of a query or a form, which need not be UTF-8 as a whole yet.
    public static func parse(_ raw: some Collection<UInt8>) throws(PercentEncodingError) -> [(
        name: String, value: String
    )] {
        var items: [(name: String, value: String)] = []
        for item in raw.split(separator: UInt8(ascii: "&"), maxSplits: maximumItems) {
            guard items.count < maximumItems else { throw .tooManyItems }
            let name = item.prefix { $0 != UInt8(ascii: "=") }
            let value = item[name.endIndex...].dropFirst()
            items.append(
                (
                    try PercentEncoding.decode(name, plusIsSpace: true),
                    try PercentEncoding.decode(value, plusIsSpace: true)
                )
            )
        }
        return items
    }

    /// The names that occur more than once, each once, in order of their first repetition.
    public static func duplicates(in items: some Sequence<(name: String, value: String)>) -> [String] {
        var seen: Set<String> = []
        var repeated: [String] = []
        for item in items where !seen.insert(item.name).inserted && !repeated.contains(item.name) {
            repeated.append(item.name)
        }
        return repeated
    }
}
