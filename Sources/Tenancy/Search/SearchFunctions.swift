import GRDB

/// The comparisons of a search that SQL has no words for, as functions of the database. (PostgreSQL has its own for
/// patterns and for edit distance.)
enum SearchFunctions {
    static func add(to database: Database) {
        database.add(function: fits)
        database.add(function: holds)
        database.add(function: similar)
    }

    /// `search_fits(value, pattern)`: the pattern as ``encoded(_:)`` writes it.
    private static let fits = DatabaseFunction("search_fits", argumentCount: 2, pure: true) { values in
        guard let text = String.fromDatabaseValue(values[0]), let pattern = String.fromDatabaseValue(values[1])
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

    /// A pattern as one text: wildcards as control characters, which no literal of a query holds unescaped.
    static func encoded(_ pattern: SearchPattern) -> String {
        var text = ""
        for step in SearchText.steps(of: pattern) {
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
}
