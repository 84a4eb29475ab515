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
    /// How many users one term may find for the search to begin with them. More, and it is quicker to walk the users in
    /// their order and look at each: a page is full soon.
    private static let fewEnough = 20_000

    public func page(_ listing: UserListing, offset: Int, limit: Int) throws -> [User] {
        let condition = try condition(listing)
        let order = listing.sort.order
        let columns = Self.columns.split(separator: ", ").map { "u.\($0)" }.joined(separator: ", ")
        return try sql.rows(
            "SELECT \(columns) FROM users u WHERE \(condition.sql) ORDER BY \(order.sql) LIMIT ? OFFSET ?",
            StatementArguments(condition.arguments + order.arguments + [limit, offset])
        ).map(Self.user)
    }

    public func count(_ listing: UserListing) throws -> Int {
        // One term alone is counted in its index.
        if listing.connection == nil, let conjuncts = listing.search?.conjuncts, conjuncts.count == 1,
            let match = conjuncts[0].match
        {
            return try sql.count(
                "SELECT count(DISTINCT user_id) FROM user_terms WHERE field = ? AND value IN (\(Self.marks(match)))",
                StatementArguments([match.field] + match.values))
        }
        let condition = try condition(listing)
        return try sql.count(
            "SELECT count(*) FROM users u WHERE \(condition.sql)", StatementArguments(condition.arguments))
    }

    /// All conditions of a listing, beginning with the most selective term if there is one.
    private func condition(_ listing: UserListing) throws -> SearchCondition {
        var parts: [SearchCondition] = []
        if let connection = listing.connection {
            parts.append(SearchCondition(sql: "u.connection = ?", arguments: [connection]))
        }
        let conjuncts = listing.search?.conjuncts ?? []
        var way: (index: Int, count: Int)?
        for (index, conjunct) in conjuncts.enumerated() {
            guard let match = conjunct.match else { continue }
            let count = try rows(of: match, atMost: way?.count ?? Self.fewEnough + 1)
            if count <= Self.fewEnough, count < way?.count ?? Int.max { way = (index, count) }
        }
        for (index, conjunct) in conjuncts.enumerated() {
            guard index == way?.index, let match = conjunct.match else {
                parts.append(conjunct.condition)
                continue
            }
            parts.append(
                SearchCondition(
                    sql: """
                        u.user_id IN (SELECT user_id FROM user_terms WHERE field = ? \
                        AND value IN (\(Self.marks(match))))
                        """, arguments: [match.field] + match.values))
        }
        return .all(parts)
    }

    private func rows(of match: UserSearch.TermMatch, atMost limit: Int) throws -> Int {
        try sql.count(
            """
            SELECT count(*) FROM (SELECT 1 FROM user_terms WHERE field = ? AND value IN (\(Self.marks(match))) LIMIT ?)
            """, StatementArguments([match.field] + match.values + [limit]))
    }

    private static func marks(_ match: UserSearch.TermMatch) -> String {
        match.values.map { _ in "?" }.joined(separator: ", ")
    }
}

extension UserStore {
    /// The users behind one in order of their ids, as an export walks through them.
    public func after(_ userID: String, connection: String, limit: Int) throws -> [User] {
        try sql.rows(
            "SELECT \(Self.columns) FROM users WHERE user_id > ? AND connection = ? ORDER BY user_id LIMIT ?",
            [userID, connection, limit]
        ).map(Self.user)
    }

    public func count(connection: String?) throws -> Int { try count(UserListing(connection: connection)) }
}
