import GRDB

/// The comparisons of a search that SQL has no words for, as functions of the database. (PostgreSQL has its own for
/// patterns and for edit distance.)
enum SearchFunctions {
    static func add(to database: Database) {
        database.add(function: fits)
        database.add(function: holds)
        database.add(function: similar)
        database.add(function: holdsFit)
        database.add(function: holdsSimilar)
    }

    /// `search_fits(value, pattern)`: the pattern as ``encoded(_:)`` writes it.
    private static let fits = DatabaseFunction("search_fits", argumentCount: 2, pure: true) { values in
        guard let text = String.fromDatabaseValue(values[0]), let pattern = String.fromDatabaseValue(values[1]),
            // A pattern of thousands of letters is not taken apart for every short text. Each letter needs one, which
            // is no more than three times shorter (see `SearchText.holds`), and there are as many `*` at most, and one.
            text.utf8.count * 4 + 1 >= pattern.utf8.count
        else { return false }
        return SearchText.fits(Array(text), decoded(pattern))
    }

    /// `search_holds(value, phrase)`
    private static let holds = DatabaseFunction("search_holds", argumentCount: 2, pure: true) { values in
        guard let text = String.fromDatabaseValue(values[0]), let phrase = String.fromDatabaseValue(values[1])
        else { return false }
        return SearchText.holds(text, phrase: phrase)
    }

    /// `search_similar(value, word, edits)`
    private static let similar = DatabaseFunction("search_similar", argumentCount: 3, pure: true) { values in
        guard let text = String.fromDatabaseValue(values[0]), let word = String.fromDatabaseValue(values[1]),
            let edits = Int.fromDatabaseValue(values[2])
        else { return false }
        return SearchText.isSimilar(text, to: word, edits: edits)
    }

    /// `search_holds_fit(value, words)`: the words as ``encoded(words:)`` writes them.
    private static let holdsFit = DatabaseFunction("search_holds_fit", argumentCount: 2, pure: true) { values in
        guard let text = String.fromDatabaseValue(values[0]), let words = String.fromDatabaseValue(values[1]),
            // As for `search_fits`, with a `*` and a space more for every word.
            text.utf8.count * 6 >= words.utf8.count
        else { return false }
        return SearchText.holds(text, fitting: decodedWords(words))
    }

    /// `search_holds_similar(value, word, edits, fewest)`: no value of fewer bytes holds such a word.
    private static let holdsSimilar = DatabaseFunction("search_holds_similar", argumentCount: 4, pure: true) { values in
        guard let text = String.fromDatabaseValue(values[0]), let word = String.fromDatabaseValue(values[1]),
            let edits = Int.fromDatabaseValue(values[2]), let fewest = Int.fromDatabaseValue(values[3]),
            text.utf8.count >= fewest
        else { return false }
        return SearchText.holds(text, similarTo: word, edits: edits)
    }

    /// A pattern as one text: wildcards as control characters, which no literal of a query holds unescaped.
    static func encoded(_ pattern: SearchPattern) -> String { encoded(SearchText.steps(of: pattern)) }

    /// The words of a pattern as one text: no word holds a space.
    static func encoded(words: [[SearchText.Step]]) -> String { words.map { encoded($0) }.joined(separator: " ") }

    private static func encoded(_ steps: [SearchText.Step]) -> String {
        var text = ""
        for step in steps {
            switch step {
            case .character(let character): text.append(character)
            case .many: text.append(many)
            case .any: text.append(any)
            }
        }
        return text
    }

    private static let many: Character = "\u{1}"
    private static let any: Character = "\u{2}"

    private static func decoded(_ text: String) -> [SearchText.Step] {
        text.map { $0 == many ? .many : $0 == any ? .any : .character($0) }
    }

    private static func decodedWords(_ text: String) -> [[SearchText.Step]] {
        text.utf8.split(separator: UInt8(ascii: " ")).map { decoded(String(decoding: $0, as: UTF8.self)) }
    }
}
