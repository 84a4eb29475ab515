import HTTPTypes
import StrictJSON
import Tenancy

/// A family of objects the API manages. What differs between clients, users and connections is declared here;
/// routing, permission, validation, listing, projection, auditing and errors are written once (STYLE).
protocol Resource: Sendable {
    associatedtype Item: Sendable

    var names: ResourceNames { get }
    /// The query parameters of the listing.
    var listing: Schema { get }
    /// How many objects an unpaged listing shows.
    var unpagedLimit: Int { get }
    /// The one shape of a listing that does not ask its query; nil for those that do.
    var listingShape: Paging.Shape? { get }
    /// Whether a listing that asks its query has the shape with totals.
    var tellsTotals: Bool { get }

    /// How long a listing may take that may mean looking at very many objects; nil for those that never are.
    func searchTime(_ call: Call) -> Duration?
    /// An object as answers show it.
    var shown: Schema { get }

    /// The beginning of what is read for the page that the query asks for (``Paging/reach``), and how to go on: no more
    /// of a listing is held than one portion.
    func portion(_ paging: Paging, _ call: Call, _ db: TenantDatabase) throws -> Portion<Item>
    /// Where an object stands in the order of the listing; nil where the query asks for an order in which it has no
    /// key.
    func place(of item: Item, _ call: Call) -> ListPlace?
    /// How many objects the listing has on all its pages.
    func total(_ paging: Paging, _ call: Call, _ db: TenantDatabase) throws -> Int
    func find(_ id: String, _ call: Call, _ db: TenantDatabase) throws -> Item?
    /// The object a GET names, as ``find`` finds it; from memory for those that the open shard keeps decoded.
    func read(_ call: Call) async throws -> Item?
    /// What is told about an id that names nothing.
    func missing(_ id: String) -> ManagementError.Missing
    /// How this caller sees objects.
    func documents(of items: [Item], for call: Call, _ occasion: Occasion) throws -> [JSONObject]
}

/// What an object is called where.
struct ResourceNames: Sendable {
    /// Path below `/api/v2`, like `resource-servers`.
    let path: String
    /// The key of the array in listings with totals, like `resource_servers`.
    let plural: String
    /// In descriptions of the audit trail, like `a resource server`.
    let singular: String
    /// Properties that no projection takes away.
    var kept: Set<String> = []
    let missing: ManagementError.Missing
    let idFormat: Format

    /// In the API's description, like `ResourceServer`.
    var component: String { Schema.componentName(singular) }
}

/// What an object is shown for; a new secret is shown to whoever may make one.
enum Occasion: Sendable {
    case reading, creation, change, rotation
}

extension Resource {
    var unpagedLimit: Int { Paging.defaultPageSize }
    var listingShape: Paging.Shape? { nil }
    var tellsTotals: Bool { true }

    func searchTime(_ call: Call) -> Duration? { nil }

    func read(_ call: Call) async throws -> Item? { try await call.shard.read { try find(call.id, call, $0) } }

    func missing(_ id: String) -> ManagementError.Missing { names.missing }

    func document(of item: Item, for call: Call, _ occasion: Occasion) throws -> JSONObject {
        try documents(of: [item], for: call, occasion).first ?? [:]
    }

    func listRoute(access: Access) -> Route {
        Route(
            method: .get, path: "/\(names.path)", access: access, query: listing,
            successes: [
                .ok(
                    .pages(
                        of: shown.fields(keeping: names.kept), plural: names.plural, shape: listingShape,
                        tellsTotals: tellsTotals))
            ]
        ) { call in
            let paging = try Paging(
                call.query, unpagedLimit: unpagedLimit, shape: listingShape, tellsTotals: tellsTotals)
            let projection = Projection(call.query, kept: names.kept)
            let listing = Listing(paging: paging, plural: names.plural, searchTime: searchTime(call)) { (item: Item) in
                projection(try document(of: item, for: call, .reading))
            } place: { item in
                place(of: item, call)
            }
            return try await listing.answer(from: call.shard) { db in
                (try portion(paging, call, db), paging.tellsTotal ? try total(paging, call, db) : 0)
            }
        }
    }

    func showRoute(access: Access) -> Route {
        Route(
            method: .get, path: "/\(names.path)/:id", access: access, idFormat: names.idFormat, query: .single,
            successes: [.ok(shown.fields(keeping: names.kept))]
        ) { call in
            guard let item = try await read(call) else { throw ManagementError.inexistent(missing(call.id)) }
            let projection = Projection(call.query, kept: names.kept)
            return .ok(projection(try document(of: item, for: call, .reading)))
        }
    }
}

/// A resource whose objects are made, changed and removed through the API.
protocol WritableResource: Resource {
    /// What is prepared before the transaction: everything slow, like hashing.
    associatedtype Draft: Sendable

    /// The body of a POST.
    var creation: Schema { get }
    /// The body of a PATCH.
    var change: Schema { get }

    /// 201, but for the few that answer 200 (spec 07 §0).
    var creationStatus: HTTPResponse.Status { get }
    /// 204, but for the few that answer otherwise.
    func deletionAnswer(_ call: Call) -> Answer
    /// As the API's description tells it.
    var deletionSuccesses: [Success] { get }
    /// Deleting is idempotent, but for the few that miss what is not there (spec 07 §0).
    var isDeletionIdempotent: Bool { get }

    func draft(creating call: Call) async throws -> Draft
    func insert(_ draft: Draft, _ call: Call, _ db: TenantDatabase) throws -> Item
    func draft(changing call: Call) async throws -> Draft
    func update(_ item: Item, with draft: Draft, _ call: Call, _ db: TenantDatabase) throws -> Item
    /// What the answer to a creation shows besides, of other objects; nil for nothing.
    var afterCreation: (@Sendable (Item, JSONObject, Call, TenantDatabase) throws -> JSONObject)? { get }
    /// For those that can be replaced as a whole; the others have no route that leads here.
    func replace(_ item: Item, with draft: Draft, _ call: Call, _ db: TenantDatabase) throws -> Item
    func delete(_ item: Item, _ call: Call, _ db: TenantDatabase) throws
}

extension WritableResource {
    /// What may be set, with the id and whatever else the server adds declared by the resource itself.
    var shown: Schema { Schema.stored(creation, change).named(names.component) }
    var creationStatus: HTTPResponse.Status { .created }
    func deletionAnswer(_ call: Call) -> Answer { .deleted }
    var deletionSuccesses: [Success] { [.noContent] }
    var isDeletionIdempotent: Bool { true }
    var afterCreation: (@Sendable (Item, JSONObject, Call, TenantDatabase) throws -> JSONObject)? { nil }

    func replace(_ item: Item, with draft: Draft, _ call: Call, _ db: TenantDatabase) throws -> Item {
        try update(item, with: draft, call, db)
    }

    func createRoute(access: Access) -> Route {
        Route(
            method: .post, path: "/\(names.path)", access: access, body: creation,
            operation: "Create \(names.singular)", successes: [Success(status: creationStatus, content: shown)]
        ) { call in
            let draft = try await draft(creating: call)
            return try await call.commit { db in
                let item = try insert(draft, call, db)
                var document = try document(of: item, for: call, .creation)
                if let afterCreation { document = try afterCreation(item, document, call, db) }
                return Answer(status: creationStatus, body: .object(document))
            }
        }
    }

    func changeRoute(access: Access) -> Route {
        Route(
            method: .patch, path: "/\(names.path)/:id", access: access, idFormat: names.idFormat, body: change,
            operation: "Update \(names.singular)", successes: [.ok(shown)]
        ) { call in
            try await changing(call, by: try await draft(changing: call), update)
        }
    }

    /// A PUT: what the body does not name is back to what it is when nothing is said.
    func replaceRoute(access: Access) -> Route {
        Route(
            method: .put, path: "/\(names.path)/:id", access: access, idFormat: names.idFormat, body: creation,
            operation: "Replace \(names.singular)", successes: [.ok(shown)]
        ) { call in
            try await changing(call, by: try await draft(creating: call), replace)
        }
    }

    /// Reads and writes in one transaction, so that changes at the same time all count.
    private func changing(
        _ call: Call, by draft: Draft, _ change: @escaping @Sendable (Item, Draft, Call, TenantDatabase) throws -> Item
    ) async throws -> Answer {
        try await call.commit { db in
            guard let item = try find(call.id, call, db) else { throw ManagementError.inexistent(missing(call.id)) }
            return .ok(try document(of: try change(item, draft, call, db), for: call, .change))
        }
    }

    func deleteRoute(access: Access) -> Route {
        Route(
            method: .delete, path: "/\(names.path)/:id", access: access, idFormat: names.idFormat,
            operation: "Delete \(names.singular)",
            successes: deletionSuccesses
        ) { call in
            try await call.commit { db in
                guard let item = try find(call.id, call, db) else {
                    guard isDeletionIdempotent else { throw ManagementError.inexistent(missing(call.id)) }
                    return .deleted
                }
                try delete(item, call, db)
                return deletionAnswer(call)
            }
        }
    }
}
