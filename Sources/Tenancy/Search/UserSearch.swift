import GRDB

/// A search over users: a query in terms of the tables `users u` and `user_terms`.
public struct UserSearch: Sendable {
    let query: SearchQuery
    let engine: SearchEngine

    public init(_ query: SearchQuery, engine: SearchEngine) {
        self.query = query
        self.engine = engine
    }

    /// Throws ``SearchSyntaxError``.
    public init(parsing text: String, engine: SearchEngine) throws(SearchSyntaxError) {
        self.init(try SearchParser.parse(text, engine: engine), engine: engine)
    }

    /// Where a bare term is looked for.
    static let bareFields = [
        "email", "username", "name", "given_name", "family_name", "nickname", "phone_number", "user_id",
    ]

    /// v2's exact twins of analysed fields (spec 03 §5).
    static let rawFields: Set<String> = [
        "identities.connection", "identities.provider", "identities.user_id", "email", "phone_number", "family_name",
        "given_name", "username", "name", "nickname",
    ]

    /// One of the conditions that must all hold.
    struct Conjunct {
        let condition: SearchCondition
        /// The index rows that make it true, where it is that simple: the way into the table for a selective query.
        var match: TermMatch?
    }

    /// Rows of one field with one of a few values.
    struct TermMatch {
        let field: String
        let values: [String]
    }

    var conjuncts: [Conjunct] {
        let parts = if case .all(let parts) = query { parts } else { [query] }
        return parts.map { Conjunct(condition: condition($0), match: match($0)) }
    }

    private func match(_ query: SearchQuery) -> TermMatch? {
        guard case .term(let field?, .text(let text)) = query, Self.column(field) == nil else { return nil }
        let name = Self.plain(field)
        let values = self.values(of: text, isRaw: name != field)
        return engine.comparesWords && name == field && SearchText.words(text).count > 1
            ? nil : TermMatch(field: name, values: values)
    }

    private func condition(_ query: SearchQuery) -> SearchCondition {
        switch query {
        case .everything: .always
        case .all(let parts): .all(parts.map(condition))
        case .any(let parts): .any(parts.map(condition))
        case .not(let query): condition(query).negated
        case .term(nil, .present): .always
        case .term(nil, let term): .any(Self.bareFields.map { condition($0, term) })
        case .term(let field?, let term): condition(field, term)
        }
    }

    private func condition(_ field: String, _ term: SearchTerm) -> SearchCondition {
        Self.column(field)?(term) ?? indexed(Self.plain(field), term, isRaw: Self.plain(field) != field)
    }

    private static func plain(_ field: String) -> String {
        guard field.hasSuffix(".raw"), rawFields.contains(String(field.dropLast(4))) else { return field }
        return String(field.dropLast(4))
    }

    // MARK: Columns

    static func column(_ field: String) -> ((SearchTerm) -> SearchCondition)? {
        switch plain(field) {
        case "user_id": TextColumn(expression: "u.user_id").condition
        case "email": TextColumn(expression: "u.email", fold: SearchText.fold).condition
        case "username": TextColumn(expression: "u.username", fold: SearchText.fold).condition
        case "last_ip": TextColumn(expression: "u.last_ip", fold: SearchText.fold).condition
        case "created_at": MomentColumn(expression: "u.created_at").condition
        case "updated_at": MomentColumn(expression: "u.updated_at").condition
        case "last_login": MomentColumn(expression: "u.last_login").condition
        case "logins_count": loginsCount
        default: nil
        }
    }

    /// Who has never logged in has no such property.
    private static func loginsCount(_ term: SearchTerm) -> SearchCondition {
        let hasAny = SearchCondition(sql: "u.logins_count > 0")
        switch term {
        case .present: return hasAny
        case .text(let text):
            guard let number = Double(text) else { return .never }
            return .all([hasAny, SearchCondition(sql: "u.logins_count = ?", arguments: [number])])
        case .range(let range):
            return .all([hasAny] + TextColumn.bounds(range, of: "u.logins_count") { Double($0) })
        case .pattern, .similar: return .never
        }
    }

    // MARK: Index

    /// Every form in which a value equals the text.
    private func values(of text: String, isRaw: Bool) -> [String] {
        let folded = SearchText.fold(text)
        var values = ["t" + folded]
        if engine.comparesWords, !isRaw { values.append("w" + folded) }
        if let number = Double(text) { values.append("n" + SearchText.sortable(number)) }
        return values
    }

    private func indexed(_ field: String, _ term: SearchTerm, isRaw: Bool) -> SearchCondition {
        let comparesWords = engine.comparesWords && !isRaw
        let kinds = comparesWords ? ["t", "w"] : ["t"]
        switch term {
        case .text(let text):
            let values = values(of: text, isRaw: isRaw)
            let words = SearchText.words(SearchText.fold(text))
            let equal = Self.exists(
                field,
                SearchCondition(
                    sql: "t.value IN (\(values.map { _ in "?" }.joined(separator: ", ")))", arguments: values))
            guard comparesWords, words.count > 1 else { return equal }
            // The index finds who has the first word; whether the phrase follows is seen in the whole text.
            let phrase = SearchCondition.all([
                Self.exists(field, SearchCondition(sql: "t.value = ?", arguments: ["w" + words[0]])),
                Self.exists(
                    field,
                    SearchCondition(
                        sql: "t.value >= 't' AND t.value < 'u' AND search_holds(substr(t.value, 2), ?)",
                        arguments: [SearchText.fold(text)])),
            ])
            return .any([equal, phrase])
        case .pattern(let pattern):
            let pattern = pattern.folded(SearchText.fold)
            return .any(kinds.map { kind in Self.fits(field, kind, pattern) })
        case .similar(let word, let edits):
            let word = SearchText.fold(word)
            return .any(
                kinds.map { kind in
                    let start = kind + word.prefix(1)
                    return Self.exists(
                        field,
                        SearchCondition(
                            sql: "t.value >= ? AND t.value < ? AND search_similar(substr(t.value, 2), ?, ?)",
                            arguments: [start, textAfter(prefix: start), word, edits]))
                })
        case .range(let range): return Self.range(field, range)
        case .present:
            // An object is there where anything in it is.
            return SearchCondition(
                sql: """
                    EXISTS (SELECT 1 FROM user_terms t WHERE t.user_id = u.user_id
                    AND (t.field = ? OR (t.field > ? AND t.field < ?)))
                    """, arguments: [field, field + ".", field + "/"])
        }
    }

    private static func fits(_ field: String, _ kind: String, _ pattern: SearchPattern) -> SearchCondition {
        let start = kind + pattern.prefix
        return exists(
            field,
            SearchCondition(
                sql: "t.value >= ? AND t.value < ? AND search_fits(substr(t.value, 2), ?)",
                arguments: [start, textAfter(prefix: start), SearchFunctions.encoded(pattern)]))
    }

    /// Numbers where every bound is one, texts otherwise.
    private static func range(_ field: String, _ range: SearchRange) -> SearchCondition {
        let bounds = [range.lower, range.upper].compactMap(\.self)
        guard !bounds.isEmpty else {
            return exists(field, .always)
        }
        let isNumeric = bounds.allSatisfy { Double($0.text) != nil }
        let kind = isNumeric ? "n" : "t"
        let parts = TextColumn.bounds(range, of: "t.value") { text in
            isNumeric ? "n" + SearchText.sortable(Double(text) ?? 0) : "t" + SearchText.fold(text)
        }
        let ofKind = SearchCondition(
            sql: "t.value >= ? AND t.value < ?", arguments: [kind, isNumeric ? "o" : "u"])
        return exists(field, .all([ofKind] + parts))
    }

    private static func exists(_ field: String, _ value: SearchCondition) -> SearchCondition {
        SearchCondition(
            sql: "EXISTS (SELECT 1 FROM user_terms t WHERE t.user_id = u.user_id AND t.field = ? AND (\(value.sql)))",
            arguments: [field] + value.arguments)
    }
}
