extension URLList {
    /// Refuses an entry that must not be saved.
    public static func validate(entry: String, purpose: Purpose) throws(URLEntryError) {
        _ = try URLListEntry(entry, for: purpose)
    }

    /// Refuses a list that must not be saved: too many entries, or the first wrong one.
    public static func validate(entries: [String], purpose: Purpose) throws(URLEntryError) {
        guard entries.count <= maximumEntries else { throw .tooManyEntries }
        for entry in entries { try validate(entry: entry, purpose: purpose) }
    }

    /// A warning for an entry that can be saved but may not do what its author expects; nil otherwise.
    public static func warning(entry: String, purpose: Purpose) -> String? {
        guard let entry = try? URLListEntry(entry, for: purpose), !entry.hasScheme else { return nil }
        return "without http:// or https:// the entry matches https URLs on the default port only"
    }

    /// The entries of a text field: separated by commas or line breaks, blanks around them dropped.
    public static func entries(inField text: String) -> [String] {
        text.split { $0 == "," || $0.isNewline }
            .map { entry in
                let start = entry.drop { $0 == " " || $0 == "\t" }
                let end = start.lastIndex { $0 != " " && $0 != "\t" }
                return end.map { String(start[...$0]) } ?? ""
            }
            .filter { !$0.isEmpty }
    }
}
