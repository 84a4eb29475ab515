import GRDB

/// A search over users: a query in terms of the tables `users u`, `user_terms` and `user_term_lists`.
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

    /// The parts of the query that must all be true.
    var conjuncts: [Conjunct] {
        let parts = if case .all(let parts) = query { parts } else { [query] }
        return parts.map { Conjunct($0, condition: condition($0), candidates: candidates($0)) }
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
        if let column = Self.column(field) { return column(term) }
        let name = Self.plain(field)
        let indexed = indexed(name, term, isRaw: name != field)
        guard let own = Self.ownIdentity(name) else { return indexed }
        return .any([own(term), indexed])
    }

    static func plain(_ field: String) -> String {
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
        case "email_verified", "phone_verified", "blocked": flag(field)
        default: nil
        }
    }

    /// A flag of the profile. SQLite gives a JSON boolean as a number.
    private static func flag(_ name: String) -> (SearchTerm) -> SearchCondition {
        let expression = "(u.document ->> '\(name)')"
        return { term in
            switch term {
            case .text("true"): SearchCondition(sql: "coalesce(\(expression), 0) = 1")
            case .text("false"): SearchCondition(sql: "coalesce(\(expression), 1) = 0")
            case .present: SearchCondition(sql: "\(expression) IS NOT NULL")
            default: .never
            }
        }
    }

    /// What the columns tell of the identity a user began with; those linked to it are in the index.
    static func ownIdentity(_ field: String) -> ((SearchTerm) -> SearchCondition)? {
        switch field {
        case "identities.connection": TextColumn(expression: "u.connection").condition
        case "identities.provider": provider
        default: nil
        }
    }

    /// Ids begin with the provider, so the primary key leads to its users.
    private static func provider(_ term: SearchTerm) -> SearchCondition {
        guard case .text(let name) = term else {
            return TextColumn(expression: "substr(u.user_id, 1, instr(u.user_id, '|') - 1)").condition(term)
        }
        return SearchCondition(sql: "u.user_id >= ? AND u.user_id < ?", arguments: [name + "|", name + "}"])
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

    /// The words of a text that is compared as a phrase; none for one that is compared as it is.
    func phraseWords(_ text: String, isRaw: Bool) -> [String] {
        guard engine.comparesWords, !isRaw else { return [] }
        let words = SearchText.words(SearchText.fold(text))
        return words.count > 1 ? words : []
    }

    /// Every form in which a value equals the text.
    func values(of text: String, isRaw: Bool) -> [String] {
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
            let words = phraseWords(text, isRaw: isRaw)
            let equal = Self.exists(
                field,
                SearchCondition(
                    sql: "t.value IN (\(values.map { _ in "?" }.joined(separator: ", ")))", arguments: values))
            guard let longest = words.max(by: { $0.count < $1.count }) else { return equal }
            // The index tells who has a word of it; whether the others stand around it is seen in the whole text.
            let phrase = SearchCondition.all([
                Self.exists(field, SearchCondition(sql: "t.value = ?", arguments: ["w" + longest])),
                Self.exists(
                    field,
                    SearchCondition(
                        sql: "t.value >= 't' AND t.value < 'u' AND search_holds(substr(t.value, 2), ?)",
                        arguments: [SearchText.phrase(SearchText.fold(text))])),
            ])
            return .any([equal, phrase])
        case .pattern(let pattern): return Self.exists(field, fits(pattern, "t.value", isRaw: isRaw))
        case .similar(let word, let edits):
            let word = SearchText.fold(word)
            return .any(
                kinds.map { kind in
                    let start = kind + word.prefix(1)
                    return Self.exists(
                        field,
                        SearchCondition(
                            sql:
                                "t.value >= ? AND t.value < ? AND search_similar(substr(t.value, 2), ?, ?)",
                            arguments: [start, textAfter(prefix: start), word, edits]))
                })
        case .range(let range): return Self.exists(field, Self.range(range, "t.value"))
        case .present:
            // An object is there where anything in it is.
            return SearchCondition(
                sql: "EXISTS (SELECT 1 FROM \(Self.ownFields) AND (f.key = ? OR f.key > ? AND f.key < ?))",
                arguments: [field, field + ".", field + "/"])
        }
    }

    func fits(_ pattern: SearchPattern, _ value: String, isRaw: Bool) -> SearchCondition {
        let pattern = pattern.folded(SearchText.fold)
        let kinds = engine.comparesWords && !isRaw ? ["t", "w"] : ["t"]
        return .any(
            kinds.map { kind in
                let start = kind + pattern.prefix
                // What begins with a text needs no comparing beyond its place in the index.
                guard !pattern.isBeginning else {
                    return SearchCondition(
                        sql: "\(value) >= ? AND \(value) < ?", arguments: [start, textAfter(prefix: start)])
                }
                return SearchCondition(
                    sql: "\(value) >= ? AND \(value) < ? AND search_fits(substr(\(value), 2), ?)",
                    arguments: [start, textAfter(prefix: start), SearchFunctions.encoded(pattern)])
            })
    }

    /// Numbers where every bound is one, texts otherwise. There is one bound for each end: of two, SQLite would take either
    /// for where it begins in the index.
    static func range(_ range: SearchRange, _ value: String) -> SearchCondition {
        let bounds = [range.lower, range.upper].compactMap(\.self)
        guard !bounds.isEmpty else { return .always }
        let isNumeric = bounds.allSatisfy { Double($0.text) != nil }
        func key(_ text: String) -> String {
            isNumeric ? "n" + SearchText.sortable(Double(text) ?? 0) : "t" + SearchText.fold(text)
        }
        let (lowest, highest) = isNumeric ? ("n", "o") : ("t", "u")
        return SearchCondition(
            sql: "\(value) \(range.lower?.isIncluded == false ? ">" : ">=") ? "
                + "AND \(value) \(range.upper?.isIncluded == true ? "<=" : "<") ?",
            arguments: [range.lower.map { key($0.text) } ?? lowest, range.upper.map { key($0.text) } ?? highest])
    }

    /// The fields of a user `u` in the index, as `f`.
    private static let ownFields = "user_term_lists l, json_each(l.terms) f WHERE l.user_id = u.user_id"
    /// The same with their values, as `t`.
    static let ownTerms =
        "user_term_lists l, json_each(l.terms) f, json_each(f.value) t WHERE l.user_id = u.user_id"

    /// Whether a user has a value in a field.
    private static func exists(_ field: String, _ value: SearchCondition) -> SearchCondition {
        SearchCondition(
            sql: "EXISTS (SELECT 1 FROM \(ownTerms) AND f.key = ? AND (\(value.sql)))",
            arguments: [field] + value.arguments)
    }
}
