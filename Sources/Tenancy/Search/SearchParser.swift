/// Reads the Lucene subset of spec 03 §5.
///
/// `AND` binds tighter than `OR`; what stands side by side is joined by `OR`, except that `+x` must and `-x` must not
/// be. Depth and number of clauses are bounded, so no query can be more work to read or to run than its length is
/// worth (spec 08 M7).
public struct SearchParser {
    /// Parentheses in parentheses.
    public static let deepest = 20
    public static let mostClauses = 100

    private var lexer: SearchLexer
    private let engine: SearchEngine
    private var token = SearchLexer.Token.end
    private var clauses = 0

    public static func parse(
        _ text: String, engine: SearchEngine = .v2
    ) throws(SearchSyntaxError) -> SearchQuery {
        guard !text.allSatisfy(\.isWhitespace) else { return .everything }
        // SQLite reads a text up to its first NUL, so one that holds it is never what it seems.
        if let nul = Array(text).firstIndex(of: "\0") {
            throw SearchSyntaxError(at: nul + 1, "a NUL character")
        }
        var parser = SearchParser(lexer: SearchLexer(text), engine: engine)
        try parser.advance()
        let query = try parser.list(field: nil, depth: 0)
        guard parser.token == .end else { throw parser.lexer.error("unexpected \(parser.shown)") }
        return query
    }

    private init(lexer: SearchLexer, engine: SearchEngine) {
        self.lexer = lexer
        self.engine = engine
    }

    private mutating func advance() throws(SearchSyntaxError) { token = try lexer.next() }

    // MARK: Clauses

    private enum Occurrence {
        case may, must, mustNot
    }

    /// Clauses side by side or joined by `OR`, up to a closing parenthesis or the end.
    private mutating func list(field: String?, depth: Int) throws(SearchSyntaxError) -> SearchQuery {
        var optional: [SearchQuery] = []
        var required: [SearchQuery] = []
        var refused: [SearchQuery] = []
        var isAfterOr = false
        repeat {
            switch try conjunction(field: field, depth: depth, isAfterOr: isAfterOr) {
            case (.may, let query): optional.append(query)
            case (.must, let query): required.append(query)
            case (.mustNot, let query): refused.append(query)
            }
            isAfterOr = token == .or
            if isAfterOr { try advance() }
        } while isAfterOr || !(token == .end || token == .closeParenthesis)
        var parts = required
        // Beside what must be, the rest only ranks, and there is no ranking here.
        if required.isEmpty, !optional.isEmpty { parts.append(optional.count == 1 ? optional[0] : .any(optional)) }
        parts += refused.map(SearchQuery.not)
        return parts.count == 1 ? parts[0] : .all(parts)
    }

    /// Clauses joined by `AND`.
    private mutating func conjunction(
        field: String?, depth: Int, isAfterOr: Bool
    ) throws(SearchSyntaxError) -> (Occurrence, SearchQuery) {
        let isNegated = token == .not
        let first = try clause(field: field, depth: depth)
        guard token == .and else {
            // `a NOT b` is `a` without `b`; `a OR NOT b` says what it means.
            if isNegated, !isAfterOr, case .not(let query) = first.1 { return (.mustNot, query) }
            return first
        }
        var parts = [Self.positive(first)]
        while token == .and {
            try advance()
            parts.append(Self.positive(try clause(field: field, depth: depth)))
        }
        return (.may, .all(parts))
    }

    private static func positive(_ clause: (Occurrence, SearchQuery)) -> SearchQuery {
        clause.0 == .mustNot ? .not(clause.1) : clause.1
    }

    private mutating func clause(
        field: String?, depth: Int
    ) throws(SearchSyntaxError) -> (Occurrence, SearchQuery) {
        switch token {
        case .plus:
            try advance()
            return (.must, try operand(field: field, depth: depth))
        case .minus:
            try advance()
            return (.mustNot, try operand(field: field, depth: depth))
        case .not:
            guard depth < Self.deepest else { throw lexer.error("too deep, at most \(Self.deepest) levels") }
            try advance()
            return (.may, .not(Self.positive(try clause(field: field, depth: depth + 1))))
        default:
            return (.may, try operand(field: field, depth: depth))
        }
    }

    private mutating func operand(field: String?, depth: Int) throws(SearchSyntaxError) -> SearchQuery {
        clauses += 1
        guard clauses <= Self.mostClauses else {
            throw lexer.error("too many clauses, at most \(Self.mostClauses)")
        }
        if token == .openParenthesis { return try group(field: field, depth: depth) }
        guard case .word(let pieces) = token, lexer.following == ":" else { return try term(field: field) }
        guard field == nil else { throw lexer.error("a field inside a field") }
        let name = try fieldName(pieces)
        try advance()
        try advance()
        switch name {
        case "_exists_", "_missing_":
            guard case .word(let pieces) = token else { throw lexer.error("expected the name of a field") }
            let present = SearchQuery.term(field: try fieldName(pieces), .present)
            try advance()
            return name == "_exists_" ? present : .not(present)
        case "*":
            guard token == .word([.anything]) else { throw lexer.error("expected * behind *:") }
            try advance()
            return .everything
        default:
            if token == .openParenthesis { return try group(field: name, depth: depth) }
            return try term(field: name)
        }
    }

    private mutating func group(field: String?, depth: Int) throws(SearchSyntaxError) -> SearchQuery {
        guard depth < Self.deepest else { throw lexer.error("too deep, at most \(Self.deepest) levels") }
        try advance()
        let query = try list(field: field, depth: depth + 1)
        guard token == .closeParenthesis else { throw lexer.error("expected \")\"") }
        try advance()
        if token == .boost { try advance() }
        return query
    }

    /// Letters, digits, `_`, `-`, `.` and the escaped rest; `*` alone.
    private func fieldName(_ pieces: [SearchPattern.Piece]) throws(SearchSyntaxError) -> String {
        guard pieces.count == 1 else { throw lexer.error("wildcards in the name of a field") }
        switch pieces[0] {
        case .literal(let name): return name
        case .anything: return "*"
        case .anyCharacter: throw lexer.error("wildcards in the name of a field")
        }
    }

    // MARK: Terms

    private mutating func term(field: String?) throws(SearchSyntaxError) -> SearchQuery {
        let term: SearchTerm
        switch token {
        case .phrase(let text):
            term = .text(text)
            try advance()
            // The distance between the words of a phrase is not looked at.
            if case .tilde = token { try advance() }
        case .word(let pieces):
            term = try word(pieces)
        case .openRange(let isIncluded):
            term = .range(try range(isLowerIncluded: isIncluded))
        case .comparison(let isGreater, let isIncluded):
            guard field != nil else { throw lexer.error("a comparison needs a field") }
            try advance()
            // A sign belongs to the number behind it.
            let sign = token == .minus ? "-" : ""
            if token == .minus { try advance() }
            guard let text = plainText else { throw lexer.error("expected a value") }
            let bound = SearchRange.Bound(sign + text, isIncluded: isIncluded)
            term = .range(SearchRange(lower: isGreater ? bound : nil, upper: isGreater ? nil : bound))
            try advance()
        default:
            throw lexer.error("expected a term, not \(shown)")
        }
        if token == .boost { try advance() }
        return .term(field: field, term)
    }

    private mutating func word(_ pieces: [SearchPattern.Piece]) throws(SearchSyntaxError) -> SearchTerm {
        let text = plainText
        let start = lexer.start
        try advance()
        guard let text else {
            guard pieces.contains(where: { $0 != .anything }) else { return .present }
            let pattern = SearchPattern(pieces: pieces)
            // v3 searches whole values by their beginning (spec 03 §5).
            if engine == .v3, pattern.prefix.isEmpty {
                throw SearchSyntaxError(at: start + 1, "a wildcard at the beginning of a word")
            }
            if engine == .v3, pattern.literalCount < 3 {
                throw SearchSyntaxError(at: start + 1, "at least 3 characters beside the wildcards")
            }
            return .pattern(pattern)
        }
        guard case .tilde(let edits) = token else {
            guard token != .colon else { throw lexer.error("unexpected \":\"; a colon inside a value needs quotes") }
            return .text(text)
        }
        guard (0...2).contains(edits ?? 2) else { throw SearchSyntaxError(at: start + 1, "at most 2 edits") }
        try advance()
        return .similar(text, edits: edits ?? 2)
    }

    /// The word or phrase that stands here, if it holds no wildcard.
    private var plainText: String? {
        switch token {
        case .phrase(let text): return text
        case .word(let pieces):
            guard pieces.count == 1, case .literal(let text) = pieces[0] else { return nil }
            return text
        default: return nil
        }
    }

    private mutating func range(isLowerIncluded: Bool) throws(SearchSyntaxError) -> SearchRange {
        let lower = try bound()
        token = try lexer.next(inRange: true)
        guard token == .word([.literal("TO")]) else { throw lexer.error("expected TO") }
        let upper = try bound()
        token = try lexer.next(inRange: true)
        guard case .closeRange(let isUpperIncluded) = token else { throw lexer.error("expected \"]\" or \"}\"") }
        try advance()
        return SearchRange(
            lower: lower.map { SearchRange.Bound($0, isIncluded: isLowerIncluded) },
            upper: upper.map { SearchRange.Bound($0, isIncluded: isUpperIncluded) })
    }

    /// Nil for `*`.
    private mutating func bound() throws(SearchSyntaxError) -> String? {
        token = try lexer.next(inRange: true)
        if token == .word([.anything]) { return nil }
        guard let text = plainText else { throw lexer.error("expected a bound") }
        return text
    }

    /// The token that stands here, for a refusal.
    private var shown: String {
        switch token {
        case .word: "a word"
        case .phrase: "a phrase"
        case .colon: "\":\""
        case .openParenthesis: "\"(\""
        case .closeParenthesis: "\")\""
        case .openRange: "the beginning of a range"
        case .closeRange: "the end of a range"
        case .comparison: "a comparison"
        case .plus: "\"+\""
        case .minus: "\"-\""
        case .and: "AND"
        case .or: "OR"
        case .not: "NOT"
        case .tilde: "\"~\""
        case .boost: "\"^\""
        case .end: "the end"
        }
    }
}
