import GRDB

/// Which users a listing shows, and in what order.
public struct UserListing: Sendable {
    public var search: UserSearch?
    public var connection: String?
    public var sort: UserSort
    /// Behind whom a page begins; nil for the first. Only a listing by age (``UserSort/isByAge``) has such a place.
    public var place: ListPlace?

    public init(
        search: UserSearch? = nil, connection: String? = nil, sort: UserSort = .oldestFirst,
        behind place: ListPlace? = nil
    ) {
        self.search = search
        self.connection = connection
        self.sort = sort
        self.place = place
    }
}

extension UserListing {
    fileprivate var isEverybody: Bool { connection == nil && (search == nil || search?.query == .everything) }
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

    /// Whether users come in order of age, where a page can begin behind one of them.
    public var isByAge: Bool { field == "created_at" }

    /// Which users come behind a place in a listing by age.
    func condition(behind place: ListPlace) -> SearchCondition {
        SearchCondition(
            sql: "(u.created_at, u.user_id) \(isAscending ? ">" : "<") (?, ?)", arguments: [place.rank, place.id])
    }

    /// `ORDER BY` terms with what is bound in them. Ids make the order whole.
    var order: SearchCondition {
        let direction = isAscending ? "ASC" : "DESC"
        guard Self.columns.contains(field) else {
            return SearchCondition(
                sql: """
                    (SELECT min(t.value) FROM \(UserSearch.ownTerms) AND f.key = ? AND t.value < 'u') \(direction), \
                    u.user_id \(direction)
                    """, arguments: [field])
        }
        return SearchCondition(sql: "u.\(field) \(direction), u.user_id \(direction)")
    }
}

/// How many users a part of a query may lead to for a page, or a count, to begin with them. Of more it is quicker to walk
/// the users in their order and look at each.
struct SearchEffort: Sendable {
    let few: Int
    /// The same for users that are only compared in the index.
    let many: Int

    /// A page is the sooner full the more users a query finds: what walking costs falls as what sorting them costs rises,
    /// and both grow with the position.
    static func page(upTo position: Int) -> SearchEffort {
        let balance = (Double(max(1, position)) * 400_000).squareRoot()
        return SearchEffort(few: min(max(2_000, Int(min(balance, 1e6))), 20_000), many: 100_000)
    }

    /// Where nothing is sorted and no profile read.
    static let count = SearchEffort(few: 100_000, many: 1_000_000)
}

extension UserStore {
    public func page(_ listing: UserListing, offset: Int, limit: Int) throws -> [User] {
        try page(listing, offset: offset, limit: limit, .page(upTo: offset + limit))
    }

    func page(_ listing: UserListing, offset: Int, limit: Int, _ effort: SearchEffort) throws -> [User] {
        var condition = try condition(listing, effort)
        if let place = listing.place { condition = .all([condition, listing.sort.condition(behind: place)]) }
        let order = listing.sort.order
        let columns = Self.columns.split(separator: ", ").map { "u.\($0)" }.joined(separator: ", ")
        // Sorted by ids, so that only the profiles of the page are read.
        return try sql.rowsOnce(
            """
            SELECT \(columns) FROM users u WHERE u.user_id IN (
                SELECT u.user_id FROM users u WHERE \(condition.sql) ORDER BY \(order.sql) LIMIT ? OFFSET ?
            ) ORDER BY \(order.sql)
            """,
            StatementArguments(condition.arguments + order.arguments + [limit, offset] + order.arguments)
        ).map(Self.user)
    }

    /// How many users a listing has on all its pages.
    public func count(_ listing: UserListing) throws -> Int { try count(listing, .count) }

    func count(_ listing: UserListing, _ effort: SearchEffort) throws -> Int {
        // Without a condition SQLite counts pages instead of rows.
        if listing.isEverybody { return try sql.count("SELECT count(*) FROM users") }
        if listing.connection == nil, let search = listing.search, let count = try count(search, effort) {
            return count
        }
        let condition = try condition(listing, effort)
        return try sql.countOnce(
            "SELECT count(*) FROM users u WHERE \(condition.sql)", StatementArguments(condition.arguments))
    }

    // MARK: Counting in the index

    /// The count of a query that the index alone can tell; nil for others.
    private func count(_ search: UserSearch, _ effort: SearchEffort) throws -> Int? {
        let conjuncts = search.conjuncts
        if conjuncts.count == 1, let conjunct = conjuncts.first {
            if case .not(let query) = conjunct.query {
                guard let those = try count(UserSearch(query, engine: search.engine), effort) else { return nil }
                return try sql.count("SELECT count(*) FROM users") - those
            }
            guard let candidates = conjunct.candidates.first, candidates.isExact else { return nil }
            return try count(candidates)
        }
        guard conjuncts.allSatisfy(\.needsIndexOnly),
            let best = try bestMatch(of: conjuncts, atMost: effort.many, where: \.isExact),
            let match = try best.candidates.match.flatMap(distinct)
        else { return nil }
        let rest = conjuncts.enumerated().filter { $0.offset != best.index }.map(\.element.condition)
        let users = match.select(and: rest)
        return try sql.countOnce("SELECT count(*) FROM (\(users.sql))", StatementArguments(users.arguments))
    }

    private func count(_ candidates: Candidates) throws -> Int {
        if let (own, linked) = candidates.identity { return try count(own, orLinkedBy: linked) }
        guard let match = candidates.match else {
            return try sql.countOnce(
                "SELECT count(DISTINCT user_id) FROM (\(candidates.select.sql))",
                StatementArguments(candidates.select.arguments))
        }
        if let distinct = try distinct(match) {
            let users = distinct.select()
            return try sql.countOnce("SELECT count(*) FROM (\(users.sql))", StatementArguments(users.arguments))
        }
        let users = match.select()
        return try sql.countOnce(
            "SELECT count(DISTINCT user_id) FROM (\(users.sql))", StatementArguments(users.arguments))
    }

    private func count(_ own: SearchCondition, orLinkedBy linked: TermMatch) throws -> Int {
        let owners = try sql.countOnce(
            "SELECT count(*) FROM users u WHERE \(own.sql)", StatementArguments(own.arguments))
        let others = try sql.countOnce(
            """
            SELECT count(DISTINCT t.user_id) FROM user_terms t
            WHERE t.field = ? AND t.\(TermRun.all) AND (\(linked.value.sql)) AND NOT EXISTS
                (SELECT 1 FROM users u WHERE u.user_id = t.user_id AND (\(own.sql)))
            """, StatementArguments([linked.field] + linked.value.arguments + own.arguments))
        return owners + others
    }

    /// The same rows where each is somebody else's, so that nobody need be compared; nil where somebody may have two.
    private func distinct(_ match: TermMatch) throws -> TermMatch? {
        guard match.values.isEmpty else {
            if match.values.count == 1 { return match }
            let occurring = try match.values.filter { value in
                try sql.row(
                    "SELECT 1 FROM user_terms WHERE field = ? AND \(TermRun.all) AND value = ? LIMIT 1",
                    [match.field, value]) != nil
            }
            // Nobody has the same value of a field twice.
            guard occurring.count == 1 else { return occurring.isEmpty ? match : nil }
            return TermMatch(match.field, oneOf: occurring)
        }
        guard match.isOfOneKind else { return nil }
        let several = try sql.row(
            "SELECT 1 FROM user_terms WHERE field = ? AND \(TermRun.all) LIMIT 1",
            [UserTerms.severalMark(match.field)])
        return several == nil ? match : nil
    }

    // MARK: Choosing where to begin

    private struct Beginning {
        let index: Int
        let candidates: Candidates
        let count: Int
        /// The users themselves, where they are a handful.
        var users: [String]?
    }

    private static let handful = 100

    /// The part of a query that leads to the fewest users, if they are few enough.
    private func best(
        of conjuncts: [Conjunct], atMost few: Int, where isFit: (Candidates) -> Bool = { _ in true }
    ) throws -> Beginning? {
        var best: Beginning?
        for (index, conjunct) in conjuncts.enumerated() {
            for candidates in conjunct.candidates where isFit(candidates) {
                // Nothing beats those: what else is asked for is soon seen of each.
                let some = try users(candidates.select, atMost: Self.handful + 1)
                if some.count <= min(Self.handful, few) {
                    return Beginning(index: index, candidates: candidates, count: some.count, users: some)
                }
                let limit = min(few + 1, best?.count ?? Int.max)
                let count = try rows(candidates.select, atMost: limit)
                if count < limit { best = Beginning(index: index, candidates: candidates, count: count) }
            }
        }
        return best
    }

    /// The same among rows of the index. Those of one value are in order of users, so that what is looked up of one lies
    /// beside the last one's: many of them are sooner gone through than a few that are scattered.
    private func bestMatch(
        of conjuncts: [Conjunct], atMost many: Int, where isFit: (Candidates) -> Bool = { _ in true }
    ) throws -> Beginning? {
        try best(of: conjuncts, atMost: many) { $0.match?.values.isEmpty == false && isFit($0) }
            ?? best(of: conjuncts, atMost: many) { $0.match != nil && isFit($0) }
    }

    /// All conditions of a listing, beginning with the part that leads to the fewest users.
    private func condition(_ listing: UserListing, _ effort: SearchEffort) throws -> SearchCondition {
        var parts: [SearchCondition] = []
        if let connection = listing.connection {
            parts.append(SearchCondition(sql: "u.connection = ?", arguments: [connection]))
        }
        let conjuncts = listing.search?.conjuncts ?? []
        if let best = try best(of: conjuncts, atMost: effort.few) {
            parts.append(best.users.map(Self.among) ?? Self.among(best.candidates.select))
            for (index, conjunct) in conjuncts.enumerated() where index != best.index || !best.candidates.isExact {
                parts.append(conjunct.condition)
            }
        } else if let common = try common(of: conjuncts, effort) {
            parts.append(Self.among(common))
            for conjunct in conjuncts where !conjunct.needsIndexOnly { parts.append(conjunct.condition) }
        } else {
            parts += conjuncts.map(\.condition)
        }
        return .all(parts)
    }

    /// Users for whom several parts are true at once that are each true for many, where those are few.
    private func common(of conjuncts: [Conjunct], _ effort: SearchEffort) throws -> SearchCondition? {
        let inIndex = conjuncts.filter(\.needsIndexOnly)
        guard inIndex.count > 1, let best = try bestMatch(of: inIndex, atMost: effort.many),
            let match = best.candidates.match
        else { return nil }
        let rest = inIndex.enumerated().filter { $0.offset != best.index || !best.candidates.isExact }
            .map(\.element.condition)
        let users = match.select(and: rest)
        return try rows(users, atMost: effort.few + 1) <= effort.few ? users : nil
    }

    private static func among(_ users: SearchCondition) -> SearchCondition {
        SearchCondition(sql: "u.user_id IN (\(users.sql))", arguments: users.arguments)
    }

    private static func among(_ users: [String]) -> SearchCondition {
        users.isEmpty
            ? .never
            : SearchCondition(
                sql: "u.user_id IN (\(users.map { _ in "?" }.joined(separator: ", ")))", arguments: users)
    }

    private func users(_ users: SearchCondition, atMost limit: Int) throws -> [String] {
        try sql.rowsOnce(
            "SELECT user_id FROM (\(users.sql)) LIMIT ?", StatementArguments(users.arguments + [limit])
        ).map { $0[0] }
    }

    private func rows(_ users: SearchCondition, atMost limit: Int) throws -> Int {
        try sql.countOnce(
            "SELECT count(*) FROM (SELECT 1 FROM (\(users.sql)) LIMIT ?)",
            StatementArguments(users.arguments + [limit]))
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
