import StrictJSON
import Tenancy

extension UserListing {
    /// How far the numbers of pages reach in a search of the third version (spec 03 §5).
    private static let mostResults = 1_000

    /// What the query of `GET /users` asks for.
    init(_ query: JSONObject, _ paging: Paging) throws {
        // The contract's own version where none is named.
        let engine = query["search_engine"]?.string.flatMap(SearchEngine.init) ?? .v2
        let text = query["q"]?.string ?? ""
        let sort = UserSort(ofListing: query)
        var place: ListPlace?
        if case .behind(let known) = paging.start {
            guard sort.isByAge else { throw ManagementError.unknownCheckpoint }
            place = known
        }
        if engine == .v3, paging.offset + paging.limit > Self.mostResults {
            throw ManagementError.badRequest("You can only page through the first \(Self.mostResults) records.")
        }
        self.init(
            search: text.isEmpty ? nil : try UserSearch(parsing: text, engine: engine),
            connection: query["connection"]?.string,
            sort: sort, behind: place)
    }
}

extension UserSort {
    /// The order the query of `GET /users` asks for.
    init(ofListing query: JSONObject) { self = query["sort"]?.string.flatMap(Self.init(text:)) ?? .oldestFirst }

    /// `field:1` or `field:-1`, checked by ``Format/order``.
    private init?(text: String) {
        guard let colon = text.lastIndex(of: ":") else { return nil }
        self.init(by: String(text[..<colon]), isAscending: text[colon...] == ":1")
    }
}
