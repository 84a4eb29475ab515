import GRDB

/// A part of a `WHERE` clause with what is bound in it. It is true or false, never `NULL`, so that it can be negated.
struct SearchCondition: Sendable {
    var sql: String
    var arguments: [(any DatabaseValueConvertible & Sendable)?] = []

    static let always = SearchCondition(sql: "1 = 1")
    static let never = SearchCondition(sql: "1 = 0")

    static func all(_ parts: [SearchCondition]) -> SearchCondition { joined(parts, "AND", empty: always) }
    static func any(_ parts: [SearchCondition]) -> SearchCondition { joined(parts, "OR", empty: never) }

    var negated: SearchCondition { SearchCondition(sql: "NOT (\(sql))", arguments: arguments) }

    private static func joined(_ parts: [SearchCondition], _ word: String, empty: SearchCondition) -> SearchCondition {
        guard let first = parts.first else { return empty }
        guard parts.count > 1 else { return first }
        return SearchCondition(
            sql: parts.map { "(\($0.sql))" }.joined(separator: " \(word) "), arguments: parts.flatMap(\.arguments))
    }
}

/// The first text after all that begin with a prefix.
func textAfter(prefix: String) -> String { prefix + "\u{10FFFF}" }

/// Conditions over an expression that holds a text or `NULL`.
struct TextColumn {
    let expression: String
    /// The form the stored text is in.
    var fold: (String) -> String = { $0 }
    /// Whether a term, wildcards and edits included, may also be a word, or a phrase words, of the text.
    var comparesWords = false

    func condition(_ term: SearchTerm) -> SearchCondition {
        let isThere = "\(expression) IS NOT NULL AND "
        switch term {
        case .text(let text):
            let wanted = fold(text)
            guard comparesWords else { return SearchCondition(sql: isThere + "\(expression) = ?", arguments: [wanted]) }
            return SearchCondition(
                sql: isThere + "(\(expression) = ? OR search_holds(\(expression), ?))",
                arguments: [wanted, SearchText.phrase(wanted)])
        case .pattern(let pattern):
            let pattern = pattern.folded(fold)
            let fits = SearchCondition(
                sql: "\(expression) >= ? AND \(expression) < ? AND search_fits(\(expression), ?)",
                arguments: [pattern.prefix, textAfter(prefix: pattern.prefix), SearchFunctions.encoded(pattern)])
            let inWords = SearchCondition(
                sql: "search_holds_fit(\(expression), ?)",
                arguments: [SearchFunctions.encoded(words: SearchText.words(pattern))])
            return .all([
                SearchCondition(sql: "\(expression) IS NOT NULL"), comparesWords ? .any([fits, inWords]) : fits,
            ])
        case .similar(let word, let edits):
            let word = fold(word)
            let first = String(word.prefix(1))
            let isSimilar = SearchCondition(
                sql: "\(expression) >= ? AND \(expression) < ? AND search_similar(\(expression), ?, ?)",
                arguments: [first, textAfter(prefix: first), word, edits])
            let inWords = SearchCondition(
                sql: "search_holds_similar(\(expression), ?, ?, ?)", arguments: [word, edits, word.count - edits])
            return .all([
                SearchCondition(sql: "\(expression) IS NOT NULL"),
                comparesWords ? .any([isSimilar, inWords]) : isSimilar,
            ])
        case .range(let range):
            return .all(
                [SearchCondition(sql: "\(expression) IS NOT NULL")]
                    + Self.bounds(range, of: expression) { .some(fold($0)) })
        case .present: return SearchCondition(sql: "\(expression) IS NOT NULL")
        }
    }

    /// A part for each bound; none where a bound is no value of the kind.
    static func bounds(
        _ range: SearchRange, of expression: String, value: (String) -> (any DatabaseValueConvertible & Sendable)?
    ) -> [SearchCondition] {
        var parts: [SearchCondition] = []
        if let lower = range.lower {
            guard let bound = value(lower.text) else { return [.never] }
            parts.append(SearchCondition(sql: "\(expression) \(lower.isIncluded ? ">=" : ">") ?", arguments: [bound]))
        }
        if let upper = range.upper {
            guard let bound = value(upper.text) else { return [.never] }
            parts.append(SearchCondition(sql: "\(expression) \(upper.isIncluded ? "<=" : "<") ?", arguments: [bound]))
        }
        return parts
    }
}

/// Conditions over a column of milliseconds, which searches know as dates.
struct MomentColumn {
    let expression: String

    func condition(_ term: SearchTerm) -> SearchCondition {
        let isThere = SearchCondition(sql: "\(expression) IS NOT NULL")
        switch term {
        case .text(let text):
            guard let moment = SearchMoment(text) else { return .never }
            return .all([
                isThere,
                SearchCondition(
                    sql: "\(expression) >= ? AND \(expression) < ?", arguments: [moment.start, moment.end]),
            ])
        case .range(let range):
            guard let (start, end) = Self.span(of: range) else { return .never }
            return .all([
                isThere,
                SearchCondition(sql: "\(expression) >= ? AND \(expression) < ?", arguments: [start, end]),
            ])
        case .present: return isThere
        case .pattern, .similar: return .never
        }
    }

    /// The milliseconds a range covers: an included bound covers all of what it names.
    static func span(of range: SearchRange) -> (start: Int64, end: Int64)? {
        var (start, end) = (Int64(0), Int64.max)
        if let lower = range.lower {
            guard let moment = SearchMoment(lower.text) else { return nil }
            start = lower.isIncluded ? moment.start : moment.end
        }
        if let upper = range.upper {
            guard let moment = SearchMoment(upper.text) else { return nil }
            end = upper.isIncluded ? moment.end : moment.start
        }
        return (start, end)
    }
}
