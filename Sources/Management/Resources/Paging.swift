import StrictJSON
import Tenancy

/// How much of a listing is wanted, and in which of the contract's three shapes (spec 03 §1, Lists).
struct Paging: Sendable {
    static let defaultPageSize = 50
    static let largestPage = 100

    enum Shape: Sendable {
        /// An array.
        case bare
        /// `{"start","limit","length","total","<plural>"}`.
        case totals
        /// `{"<plural>","next"}`.
        case checkpoint
        /// `{"<plural>","total","page","per_page"}`.
        case pages
    }

    let start: Checkpoint
    let limit: Int
    let shape: Shape

    init(offset: Int, limit: Int, shape: Shape) {
        start = .position(offset)
        self.limit = limit
        self.shape = shape
    }

    /// - Parameter unpagedLimit: how many are shown when no page is asked for; the old service showed all clients
    ///   and connections then.
    ///   - fixed: the shape of a listing that has one whatever is asked.
    ///   - tellsTotals: whether the listing has the shape with totals; one without answers as if nobody had asked for
    ///   them (spec 07 §0, listing).
    init(
        _ query: JSONObject, unpagedLimit: Int = Paging.defaultPageSize, shape fixed: Shape? = nil,
        tellsTotals: Bool = true
    ) throws(ManagementError) {
        if query["from"] != nil || query["take"] != nil {
            if let token = query["from"]?.string { start = try Checkpoint(token) } else { start = .position(0) }
            limit = query["take"]?.int ?? Self.defaultPageSize
            shape = fixed ?? .checkpoint
            return
        }
        let wantsTotals = tellsTotals && fixed != .bare && query["include_totals"]?.bool == true
        let isPaged = wantsTotals || query["page"] != nil || query["per_page"] != nil
        limit = query["per_page"]?.int ?? (isPaged ? Self.defaultPageSize : unpagedLimit)
        start = .position((query["page"]?.int ?? 0) * limit)
        shape = fixed ?? (wantsTotals ? .totals : .bare)
    }

    /// Behind what object the page begins.
    var place: ListPlace {
        if case .behind(let place) = start { place } else { .start }
    }

    /// How many objects are passed over from there.
    var offset: Int {
        if case .position(let offset) = start { offset } else { 0 }
    }

    /// How many objects are read for the page. In checkpoint form one more than is shown: it tells whether the listing
    /// goes on, and nothing need be counted for it.
    var reach: Int { shape == .checkpoint && limit < .max ? limit + 1 : limit }

    /// Whether the page tells how many objects there are on all pages.
    var tellsTotal: Bool { shape == .totals || shape == .pages }

    func answer(_ page: Page<JSONObject>, plural: String) -> Answer {
        let elements = page.items.map(JSON.object)
        guard shape != .bare else { return .ok(elements) }
        var answer = before(total: page.total)
        answer[plural] = .array(elements)
        for (name, value) in behind(count: elements.count, total: page.total, next: page.next) { answer[name] = value }
        return .ok(answer)
    }

    /// What stands before the objects.
    func before(total: Int) -> JSONObject {
        guard shape == .totals else { return [:] }
        return ["total": .int(total), "start": .int(offset), "limit": .int(limit)]
    }

    /// What stands behind the objects: what is known once they have gone out.
    /// - Parameter next: where the listing goes on; nil on the last page.
    func behind(count: Int, total: Int, next: Checkpoint?) -> JSONObject {
        switch shape {
        case .bare: return [:]
        case .totals: return ["length": .int(count)]
        case .pages:
            return [
                "total": .int(total), "page": .int(limit == 0 ? 0 : offset / limit), "per_page": .int(limit),
            ]
        case .checkpoint:
            return next.map { ["next": .string($0.token)] } ?? [:]
        }
    }
}

extension Schema {
    /// A page of a listing in any of its shapes; which one, the query decides.
    /// - Parameters:
    ///   - element: what is listed, as far as `fields` leaves it.
    ///   - fixed: the shape of a listing that has one whatever is asked.
    ///   - tellsTotals: whether the listing has the shape with totals.
    static func pages(
        of element: Schema, plural: String, shape fixed: Paging.Shape? = nil, tellsTotals: Bool = true
    ) -> Schema {
        let page = Schema.list("The page", of: element, atMost: .max)
        guard let fixed else {
            let shapes: [Paging.Shape] = tellsTotals ? [.bare, .totals, .checkpoint] : [.bare, .checkpoint]
            return .either("A page", shapes.map { Self.page(page, plural, $0) })
        }
        return Self.page(page, plural, fixed)
    }

    private static func page(_ page: Schema, _ plural: String, _ shape: Paging.Shape) -> Schema {
        switch shape {
        case .bare: page
        case .totals:
            .shown(
                "The page, with how much there is in all",
                always: [
                    "total": .count("How many there are in all"),
                    "start": .count("How many stand before the page"),
                    "limit": .count("How many a page has at most"),
                    "length": .count("How many this page has"), plural: page,
                ])
        case .checkpoint:
            .shown(
                "The page, with where to go on", always: [plural: page],
                sometimes: ["next": .text("What `from` is to be for the next page; missing on the last")])
        case .pages:
            .shown(
                "The page, with its number",
                always: [
                    "total": .count("How many there are in all"), "page": .count("Which page this is, from 0"),
                    "per_page": .count("How many a page has at most"), plural: page,
                ])
        }
    }

    /// The query of a listing: paging, projection, and the filters of the resource.
    static func listing(_ filters: KeyValuePairs<String, Schema> = [:], required: [String] = []) -> Schema {
        .query(pagingParameters + projectionParameters + filters.map { ($0.key, $0.value) }, required: required)
    }

    /// The query of a single object.
    static let single = Schema.query(projectionParameters, required: [])

    static func query(_ parameters: [(key: String, value: Schema)], required: [String]) -> Schema {
        let properties = parameters.map { Property(name: $0.key, schema: $0.value) }
        return Schema(.object(ObjectRule(properties: properties, required: required)), "The query")
    }

    static let projectionParameters: [(key: String, value: Schema)] = [
        (
            "fields",
            .text("A comma separated list of fields to include or exclude", length: 0...4_096, format: .fieldList)
        ),
        ("include_fields", .flag("Whether the fields named are included or excluded")),
    ]

    /// What every listing may be asked, whatever it lists.
    static let generalParameters = Set((pagingParameters + projectionParameters).map(\.key))

    static let pagingParameters: [(key: String, value: Schema)] = [
        ("page", .integer("Page index of the results to return. First page is 0.", in: 0...1_000_000)),
        ("per_page", .integer("Number of results per page.", in: 1...Paging.largestPage)),
        ("include_totals", .flag("Whether the answer tells how many results there are in all")),
        ("from", .text("Id of the entry to start after", length: 1...Checkpoint.longestToken)),
        ("take", .integer("Number of results to return from the checkpoint.", in: 1...Paging.largestPage)),
    ]
}
