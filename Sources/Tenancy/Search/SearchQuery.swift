/// A search as its text meant it: the Lucene subset of spec 03 §5, parsed. ``SearchParser`` makes it,
/// ``UserSearch`` and ``LogSearch`` turn it into SQL.
public indirect enum SearchQuery: Sendable, Equatable {
    /// `*:*`, or no query at all.
    case everything
    case all([SearchQuery])
    case any([SearchQuery])
    case not(SearchQuery)
    /// - Parameter field: nil for a bare term, which is looked for in every text field that a resource names.
    case term(field: String?, SearchTerm)
}

/// What a field is compared with.
public enum SearchTerm: Sendable, Equatable {
    /// One word or, quoted, a phrase.
    case text(String)
    case pattern(SearchPattern)
    /// `jhn~`: within so many edits.
    case similar(String, edits: Int)
    case range(SearchRange)
    /// `_exists_:field`, `field:*`.
    case present
}

/// `[a TO b]`, `{a TO *]`, `>a`: an end that is nil is open.
public struct SearchRange: Sendable, Equatable {
    public struct Bound: Sendable, Equatable {
        public let text: String
        public let isIncluded: Bool

        public init(_ text: String, isIncluded: Bool) {
            self.text = text
            self.isIncluded = isIncluded
        }
    }

    public let lower: Bound?
    public let upper: Bound?

    public init(lower: Bound?, upper: Bound?) {
        self.lower = lower
        self.upper = upper
    }
}

/// A term with wildcards: `*` for any text, `?` for one character.
public struct SearchPattern: Sendable, Equatable {
    public enum Piece: Sendable, Equatable {
        case literal(String)
        case anything
        case anyCharacter
    }

    public let pieces: [Piece]

    public init(pieces: [Piece]) { self.pieces = pieces }

    /// The literal text the pattern begins with; empty where it begins with a wildcard.
    var prefix: String {
        if case .literal(let text)? = pieces.first { text } else { "" }
    }

    /// Whether it is a literal text with anything behind it.
    var isBeginning: Bool {
        guard pieces.count == 2, case .literal = pieces[0] else { return false }
        return pieces[1] == .anything
    }

    /// How many characters are given, wildcards aside.
    var literalCount: Int {
        pieces.reduce(0) { count, piece in
            if case .literal(let text) = piece { count + text.count } else { count }
        }
    }

    /// The pattern with its literals in the form values are compared in.
    func folded(_ fold: (String) -> String) -> SearchPattern {
        SearchPattern(
            pieces: pieces.map { piece in
                if case .literal(let text) = piece { .literal(fold(text)) } else { piece }
            })
    }
}

/// Which version of the search language a query is written in (`search_engine`, spec 03 §5).
public enum SearchEngine: String, Sendable {
    case v1, v2, v3

    /// v3 compares whole values; before, text was taken apart into words.
    var comparesWords: Bool { self != .v3 }
}

/// What is wrong with a search, and where.
public struct SearchSyntaxError: Error, Sendable, Equatable {
    /// The first character that cannot be understood, counted from 1.
    public let position: Int
    public let reason: String

    public init(at position: Int, _ reason: String) {
        self.position = position
        self.reason = reason
    }
}
