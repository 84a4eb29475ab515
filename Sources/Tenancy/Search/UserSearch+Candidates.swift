/// Users that an index leads to, as `SELECT user_id`: all for whom a part of a query is true, and possibly others.
struct Candidates: Sendable {
    let select: SearchCondition
    /// Whether the part is true for every one of them.
    var isExact: Bool
    /// The rows of the index, where they are of one field.
    var match: TermMatch?
    /// Of an identity: what is true of users whose own it is, and the rows of those to whom it is linked. Nearly all
    /// users are of the first kind, and need not be compared with the second to be counted.
    var identity: (own: SearchCondition, linked: TermMatch)?
    /// How many statements the selection is made of; SQLite takes some hundred.
    var statements = 1

    init(_ match: TermMatch, isExact: Bool) {
        self.match = match
        self.isExact = isExact
        select = match.select()
    }

    init(select: SearchCondition, isExact: Bool, statements: Int = 1) {
        self.select = select
        self.isExact = isExact
        self.statements = statements
    }

    private static let mostStatements = 100

    /// Those that any of several parts leads to; nil where one of them leads to nobody in particular.
    static func union(_ parts: [Candidates?]) -> Candidates? {
        let known = parts.compactMap(\.self)
        let statements = known.reduce(0) { $0 + $1.statements }
        guard known.count == parts.count, let first = known.first, statements <= mostStatements else { return nil }
        guard known.count > 1 else { return first }
        return Candidates(
            select: SearchCondition(
                sql: known.map(\.select.sql).joined(separator: " UNION ALL "),
                arguments: known.flatMap(\.select.arguments)),
            isExact: known.allSatisfy(\.isExact), statements: statements)
    }
}

/// Rows of one field of `user_terms` with certain values: a condition over the column `value`.
struct TermMatch: Sendable {
    let field: String
    let value: SearchCondition
    /// The values themselves, where the condition is that `value` is one of them.
    var values: [String] = []
    /// Whether a user can have several of the rows only by having several texts, or several numbers, in the field.
    let isOfOneKind: Bool

    init(_ field: String, oneOf values: [String]) {
        self.field = field
        self.values = values
        isOfOneKind = false
        value = SearchCondition(
            sql: "value IN (\(values.map { _ in "?" }.joined(separator: ", ")))", arguments: values)
    }

    init(_ field: String, where value: SearchCondition, isOfOneKind: Bool) {
        self.field = field
        self.value = value
        self.isOfOneKind = isOfOneKind
    }

    /// The users of the rows, as often as they have one.
    /// - Parameter rest: what else must be true of them, in terms of `u.user_id`.
    func select(and rest: [SearchCondition] = []) -> SearchCondition {
        let rows = SearchCondition(
            sql: "u.field = ? AND u.\(TermRun.all) AND (\(value.sql))", arguments: [field] + value.arguments)
        let all = SearchCondition.all([rows] + rest)
        return SearchCondition(sql: "SELECT u.user_id FROM user_terms u WHERE \(all.sql)", arguments: all.arguments)
    }
}

/// One of the parts of a query that must all be true.
struct Conjunct: Sendable {
    let query: SearchQuery
    let condition: SearchCondition
    /// Ways into the table for whoever wants to begin with this part.
    let candidates: [Candidates]

    init(_ query: SearchQuery, condition: SearchCondition, candidates: [Candidates]) {
        self.query = query
        self.condition = condition
        self.candidates = candidates
    }

    /// Whether the condition can be told from the index of values alone.
    var needsIndexOnly: Bool { Self.needsIndexOnly(query) }

    private static func needsIndexOnly(_ query: SearchQuery) -> Bool {
        switch query {
        case .everything: true
        case .all(let parts), .any(let parts): parts.allSatisfy(needsIndexOnly)
        case .not(let query): needsIndexOnly(query)
        case .term(nil, _): false
        case .term(let field?, _):
            UserSearch.column(field) == nil && UserSearch.ownIdentity(UserSearch.plain(field)) == nil
        }
    }
}

extension UserSearch {
    /// The ways to those for whom a query is true.
    func candidates(_ query: SearchQuery) -> [Candidates] {
        switch query {
        case .everything, .not, .term(nil, .present): []
        case .term(nil, let term):
            Candidates.union(Self.bareFields.map { candidates($0, term).first }).map { [$0] } ?? []
        case .term(let field?, let term): candidates(field, term)
        case .any(let parts): Candidates.union(parts.map { candidates($0).first }).map { [$0] } ?? []
        case .all(let parts):
            parts.flatMap(candidates).map { part in
                var part = part
                part.isExact = false
                return part
            }
        }
    }

    private func candidates(_ field: String, _ term: SearchTerm) -> [Candidates] {
        let name = Self.plain(field)
        if let column = Self.column(field) {
            guard Self.isIndexed(name, term) else { return [] }
            return [Self.users(where: column(term))]
        }
        let ways = indexed(name, term, isRaw: name != field)
        guard let own = Self.ownIdentity(name) else { return ways }
        let isOwn = own(term)
        guard var all = Candidates.union([Self.users(where: isOwn), ways.first]) else { return [] }
        if let linked = ways.first?.match { all.identity = (isOwn, linked) }
        return [all]
    }

    private static func users(where condition: SearchCondition) -> Candidates {
        Candidates(
            select: SearchCondition(
                sql: "SELECT u.user_id FROM users u WHERE \(condition.sql)", arguments: condition.arguments),
            isExact: true)
    }

    /// Whether an index of the table of users leads to the users a term is true for.
    private static func isIndexed(_ column: String, _ term: SearchTerm) -> Bool {
        switch term {
        case .text, .range: ["user_id", "email", "username", "created_at"].contains(column)
        case .pattern(let pattern): ["user_id", "email", "username"].contains(column) && !pattern.prefix.isEmpty
        case .similar: ["user_id", "email", "username"].contains(column)
        case .present: false
        }
    }

    private func indexed(_ field: String, _ term: SearchTerm, isRaw: Bool) -> [Candidates] {
        let hasOneKind = !engine.comparesWords || isRaw
        switch term {
        case .text(let text):
            let values = values(of: text, isRaw: isRaw)
            let words = phraseWords(text, isRaw: isRaw)
            guard !words.isEmpty else { return [Candidates(TermMatch(field, oneOf: values), isExact: true)] }
            // Whoever has the phrase has each of its words.
            return words.map { Candidates(TermMatch(field, oneOf: values + ["w" + $0]), isExact: false) }
        case .pattern(let pattern):
            return [
                Candidates(
                    TermMatch(field, where: fits(pattern, "value", isRaw: isRaw), isOfOneKind: hasOneKind),
                    isExact: true)
            ]
        case .range(let range):
            return [
                Candidates(
                    TermMatch(field, where: Self.range(range, "value"), isOfOneKind: range.isBounded), isExact: true)
            ]
        case .present:
            let rows = TermMatch(field, where: .always, isOfOneKind: false).select()
            let below = SearchCondition(
                sql: "SELECT u.user_id FROM user_terms u WHERE u.field > ? AND u.field < ?",
                arguments: [field + ".", field + "/"])
            return [
                Candidates(
                    select: SearchCondition(
                        sql: "\(rows.sql) UNION ALL \(below.sql)", arguments: rows.arguments + below.arguments),
                    isExact: true, statements: 2)
            ]
        case .similar(let word, let edits):
            let word = SearchText.fold(word)
            let parts = (hasOneKind ? ["t"] : ["t", "w"]).map { kind in
                let start = kind + word.prefix(1)
                return SearchCondition(
                    sql: "value >= ? AND value < ? AND search_similar(substr(value, 2), ?, ?)",
                    arguments: [start, textAfter(prefix: start), word, edits])
            }
            return [Candidates(TermMatch(field, where: .any(parts), isOfOneKind: hasOneKind), isExact: true)]
        }
    }
}

extension SearchRange {
    /// Without an end a range is true for texts and numbers alike.
    fileprivate var isBounded: Bool { lower != nil || upper != nil }
}
