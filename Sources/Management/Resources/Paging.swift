import OpenSSL
import StrictJSON

/// How much of a listing is wanted, and in which of the contract's three shapes (spec 03 §1, Lists).
struct Paging: Sendable {
    static let defaultPageSize = 50
    static let largestPage = 100
    /// The furthest position a checkpoint may name: anybody can write one, and positions are added up.
    private static let mostSkipped = 100_000_000

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

    let offset: Int
    let limit: Int
    let shape: Shape

    init(offset: Int, limit: Int, shape: Shape) {
        self.offset = offset
        self.limit = limit
        self.shape = shape
    }

    /// - Parameter unpagedLimit: how many are shown when no page is asked for; the old service showed all clients
    ///   and connections then.
    ///   - fixed: the shape of a listing that has one whatever is asked.
    init(_ query: JSONObject, unpagedLimit: Int = Paging.defaultPageSize, shape fixed: Shape? = nil)
        throws(ManagementError)
    {
        if query["from"] != nil || query["take"] != nil {
            offset = try query["from"]?.string.map(Self.offset) ?? 0
            limit = query["take"]?.int ?? Self.defaultPageSize
            shape = fixed ?? .checkpoint
            return
        }
        let wantsTotals = query["include_totals"]?.bool ?? false
        let isPaged = wantsTotals || query["page"] != nil || query["per_page"] != nil
        limit = query["per_page"]?.int ?? (isPaged ? Self.defaultPageSize : unpagedLimit)
        offset = (query["page"]?.int ?? 0) * limit
        shape = fixed ?? (wantsTotals ? .totals : .bare)
    }

    func answer(_ elements: [JSON], total: Int, plural: String) -> Answer {
        guard shape != .bare else { return .ok(elements) }
        var answer = before(total: total)
        answer[plural] = .array(elements)
        for (name, value) in behind(count: elements.count, total: total) { answer[name] = value }
        return .ok(answer)
    }

    /// What stands before the objects.
    func before(total: Int) -> JSONObject {
        guard shape == .totals else { return [:] }
        return ["total": .int(total), "start": .int(offset), "limit": .int(limit)]
    }

    /// What stands behind the objects: what is known once they have gone out.
    func behind(count: Int, total: Int) -> JSONObject {
        switch shape {
        case .bare: return [:]
        case .totals: return ["length": .int(count)]
        case .pages:
            return [
                "total": .int(total), "page": .int(limit == 0 ? 0 : offset / limit), "per_page": .int(limit),
            ]
        case .checkpoint:
            return offset + count < total ? ["next": .string(Self.token(offset + count))] : [:]
        }
    }

    /// The checkpoint of a listing in order of age is a position in it.
    private static func token(_ offset: Int) -> String { Base64URL.encode(Array("p\(offset)".utf8)) }

    private static func offset(_ token: String) throws(ManagementError) -> Int {
        guard let bytes = Base64URL.decode(token), bytes.first == UInt8(ascii: "p"),
            let offset = Int(String(decoding: bytes.dropFirst(), as: UTF8.self)), (0...mostSkipped).contains(offset)
        else {
            throw .invalidQuery(
                "Query validation error: 'Object didn't pass validation for format checkpoint' on property from "
                    + "(Id of the entry to start after).")
        }
        return offset
    }
}

extension Schema {
    /// A page of a listing in any of its shapes; which one, the query decides.
    /// - Parameters:
    ///   - element: what is listed, as far as `fields` leaves it.
    ///   - fixed: the shape of a listing that has one whatever is asked.
    static func pages(of element: Schema, plural: String, shape fixed: Paging.Shape? = nil) -> Schema {
        let page = Schema.list("The page", of: element, atMost: .max)
        guard let fixed else {
            return .either("A page", [.bare, .totals, .checkpoint].map { Self.page(page, plural, $0) })
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
        ("from", .text("Id of the entry to start after", length: 1...128)),
        ("take", .integer("Number of results to return from the checkpoint.", in: 1...Paging.largestPage)),
    ]
}
