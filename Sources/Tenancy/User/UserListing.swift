import GRDB

/// Which users a listing shows, and in what order.
public struct UserListing: Sendable {
    public var search: UserSearch?
    public var connection: String?
    public var sort: UserSort

    public init(search: UserSearch? = nil, connection: String? = nil, sort: UserSort = .oldestFirst) {
        self.search = search
        self.connection = connection
        self.sort = sort
    }
}

/// `field:1` or `field:-1`.
public struct UserSort: Sendable {
    let field: String
    let isAscending: Bool

    public static let oldestFirst = UserSort(by: "created_at", isAscending: true)

    public init(by field: String, isAscending: Bool) {
        self.field = field
        self.isAscending = isAscending
    }

    private static let columns: Set<String> = [
        "user_id", "email", "username", "created_at", "updated_at", "last_login", "last_ip", "logins_count",
    ]

    /// `ORDER BY` terms with what is bound in them. Ids make the order whole.
    var order: SearchCondition {
        let direction = isAscending ? "ASC" : "DESC"
        guard Self.columns.contains(field) else {
            return SearchCondition(
                sql: """
                    (SELECT min(t.value) FROM user_terms t WHERE t.user_id = u.user_id AND t.field = ? \
                    AND t.value < 'u') \(direction), u.user_id \(direction)
                    """, arguments: [field])
        }
        return SearchCondition(sql: "u.\(field) \(direction), u.user_id \(direction)")
    }
}

extension UserStore {
    /// How many users one term may find for a page to begin with them. More, and it is quicker to walk the users in their
    /// order and look at each: a page is full soon.
    private static let fewForPage = 2_000
    /// The same for counting, where nothing is sorted and no profile read.
    private static let fewForCount = 200_000

    public func page(_ listing: UserListing, offset: Int, limit: Int) throws -> [User] {
        let condition = try condition(listing, fewEnough: Self.fewForPage)
        let order = listing.sort.order
        let columns = Self.columns.split(separator: ", ").map { "u.\($0)" }.joined(separator: ", ")
        return try sql.rowsOnce(
            "SELECT \(columns) FROM users u WHERE \(condition.sql) ORDER BY \(order.sql) LIMIT ? OFFSET ?",
            StatementArguments(condition.arguments + order.arguments + [limit, offset])
        ).map(Self.user)
    }

    public func count(_ listing: UserListing) throws -> Int {
        if listing.connection == nil, let conjuncts = listing.search?.conjuncts, conjuncts.count == 1,
            conjuncts[0].isExact, let match = conjuncts[0].ways.first
        {
            return try count(match)
        }
        let condition = try condition(listing, fewEnough: Self.fewForCount)
        return try sql.countOnce(
            "SELECT count(*) FROM users u WHERE \(condition.sql)", StatementArguments(condition.arguments))
    }

    /// All conditions of a listing, beginning with the most selective term if there is one.
    private func condition(_ listing: UserListing, fewEnough: Int) throws -> SearchCondition {
        var parts: [SearchCondition] = []
        if let connection = listing.connection {
            parts.append(SearchCondition(sql: "u.connection = ?", arguments: [connection]))
        }
        let conjuncts = listing.search?.conjuncts ?? []
        var best: (index: Int, way: UserSearch.TermMatch, count: Int)?
        for (index, conjunct) in conjuncts.enumerated() {
            for way in conjunct.ways {
                let count = try rows(of: way, atMost: best?.count ?? fewEnough + 1)
                if count <= fewEnough, count < best?.count ?? Int.max { best = (index, way, count) }
            }
        }
        if let best {
            parts.append(
                SearchCondition(
                    sql: """
                        u.user_id IN (SELECT user_id FROM user_terms WHERE field = ? AND (\(best.way.value.sql)))
                        """, arguments: [best.way.field] + best.way.value.arguments))
        }
        for (index, conjunct) in conjuncts.enumerated() where index != best?.index || !conjunct.isExact {
            parts.append(conjunct.condition)
        }
        return .all(parts)
    }

    /// How many users have one term, counted in its index. A user has no row twice, so where one form of the value occurs
    /// alone, rows are users.
    private func count(_ match: UserSearch.TermMatch) throws -> Int {
        let occurring = try match.values.filter { value in
            try sql.row("SELECT 1 FROM user_terms WHERE field = ? AND value = ? LIMIT 1", [match.field, value]) != nil
        }
        guard occurring.count == 1 else {
            return try sql.countOnce(
                "SELECT count(DISTINCT user_id) FROM user_terms WHERE field = ? AND (\(match.value.sql))",
                StatementArguments([match.field] + match.value.arguments))
        }
        return try sql.countOnce(
            "SELECT count(*) FROM user_terms WHERE field = ? AND value = ?", [match.field, occurring[0]])
    }

    private func rows(of match: UserSearch.TermMatch, atMost limit: Int) throws -> Int {
        try sql.countOnce(
            """
            SELECT count(*) FROM (SELECT 1 FROM user_terms WHERE field = ? AND (\(match.value.sql)) LIMIT ?)
            """, StatementArguments([match.field] + match.value.arguments + [limit]))
    }
}

extension UserStore {
    /// The users behind one in order of their ids, as an export walks through them.
    public func after(_ userID: String, connection: String, limit: Int) throws -> [User] {
        try sql.rowsOnce(
            "SELECT \(Self.columns) FROM users WHERE user_id > ? AND connection = ? ORDER BY user_id LIMIT ?",
            [userID, connection, limit]
        ).map(Self.user)
    }

    public func count(connection: String?) throws -> Int { try count(UserListing(connection: connection)) }
}
