/// A search over the audit trail: a query in terms of the table `logs` (spec 03 §7). Case matters.
public struct LogSearch: Sendable {
    let query: SearchQuery

    public init(_ query: SearchQuery) { self.query = query }

    /// Throws ``SearchSyntaxError``.
    public init(parsing text: String) throws(SearchSyntaxError) {
        self.init(try SearchParser.parse(text))
    }

    /// Where a bare term is looked for.
    static let bareFields = ["user_name", "connection", "client_name", "type", "ip", "log_id", "description"]

    private static let columns: Set<String> = ["log_id", "type", "user_id", "client_id"]
    private static let properties: Set<String> = [
        "connection", "connection_id", "ip", "strategy", "strategy_type", "hostname", "audience",
    ]
    /// Properties that are searched by words as well.
    private static let texts: Set<String> = ["description", "user_agent", "client_name", "user_name"]

    var condition: SearchCondition { Self.condition(query) }

    private static func condition(_ query: SearchQuery) -> SearchCondition {
        switch query {
        case .everything: .always
        case .all(let parts): .all(parts.map(condition))
        case .any(let parts): .any(parts.map(condition))
        case .not(let query): condition(query).negated
        case .term(nil, .present): .always
        case .term(nil, let term): .any(bareFields.map { condition($0, term) })
        case .term(let field?, let term): condition(field == "_id" ? "log_id" : field, term)
        }
    }

    private static func condition(_ field: String, _ term: SearchTerm) -> SearchCondition {
        switch field {
        case "date": date(term)
        case _ where columns.contains(field): TextColumn(expression: field).condition(term)
        // The one place where SQL looks into a document; PostgreSQL writes it the same over a column of type json.
        case _ where properties.contains(field): TextColumn(expression: "(document ->> '\(field)')").condition(term)
        case _ where texts.contains(field):
            TextColumn(expression: "(document ->> '\(field)')", comparesWords: true).condition(term)
        default: .never
        }
    }

    /// Ids begin with the time they were given at, which is never before the event: the primary key leads to a span of
    /// time, and no index of dates is needed.
    private static func date(_ term: SearchTerm) -> SearchCondition {
        let exact = MomentColumn(expression: "date").condition(term)
        let span: (start: Int64, end: Int64)? =
            switch term {
            case .text(let text): SearchMoment(text).map { ($0.start, $0.end) }
            case .range(let range): MomentColumn.span(of: range)
            default: nil
            }
        guard let span else { return exact }
        var parts = [exact]
        // Between an event and its commit there is time for a slow request.
        let slack: Int64 = 3_600_000
        if span.start > 0 {
            parts.append(SearchCondition(sql: "log_id >= ?", arguments: [LogID.first(at: span.start)]))
        }
        // Ids have four digits for the year.
        if span.end < 221_845_392_000_000 {
            parts.append(SearchCondition(sql: "log_id < ?", arguments: [LogID.first(at: span.end + slack)]))
        }
        return .all(parts)
    }
}
