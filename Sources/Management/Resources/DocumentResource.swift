import StrictJSON
import Tenancy

/// A resource whose objects are documents and little else (``StoredDocument``). What is left to declare is the schema,
/// the defaults, and rules between the properties.
protocol DocumentResource: WritableResource where Item: StoredDocument, Draft == JSONObject {
    /// What a new object has when nothing is said.
    var defaults: JSONObject { get }
    /// The property that shows the id.
    var idProperty: String { get }
    /// Properties that are kept and never shown.
    var hidden: Set<String> { get }
    /// Whether objects tell when they were made and changed: `created_at` and `updated_at`.
    var isStamped: Bool { get }
    /// How many a tenant may have.
    var mostItems: Int { get }

    func store(_ db: TenantDatabase) -> DocumentStore<Item>
    /// Whether a listing shows an object; the filters of its query.
    func lists(_ item: Item, _ call: Call) -> Bool
    /// Checks an object and fills in what depends on others, before it is stored.
    /// - Parameter item: the object as it was; nil for a new one.
    func completed(_ document: JSONObject, of item: Item?, _ call: Call, _ db: TenantDatabase) throws -> JSONObject
}

extension DocumentResource {
    var defaults: JSONObject { [:] }
    var idProperty: String { "id" }
    var hidden: Set<String> { Item.secrets }
    var isStamped: Bool { false }
    var mostItems: Int { 100 }

    var shown: Schema { document }

    /// What is stored, with the id and, where objects tell, with when they were made and changed.
    var document: Schema {
        let stored = Schema.stored(creation, change).hiding(hidden).always(defaults.keys)
            .showing(always: [idProperty: .text("The id", format: names.idFormat)])
        return (isStamped ? stored.showing(always: Self.stamps) : stored).named(names.component)
    }

    private static var stamps: KeyValuePairs<String, Schema> {
        ["created_at": .moment("When it was made"), "updated_at": .moment("When it was last changed")]
    }

    func lists(_ item: Item, _ call: Call) -> Bool { true }

    func completed(_ document: JSONObject, of item: Item?, _ call: Call, _ db: TenantDatabase) throws -> JSONObject {
        document
    }

    // MARK: Reading

    func portion(_ paging: Paging, _ call: Call, _ db: TenantDatabase) throws -> Portion<Item> {
        let store = store(db)
        let (place, offset, limit) = (paging.place, paging.offset, paging.reach)
        guard isFiltered(call) else { return try store.portion(behind: place, offset: offset, atMost: limit) }
        return try store.portion(behind: place, offset: offset, atMost: limit) { lists($0, call) }
    }

    func place(of item: Item, _ call: Call) -> ListPlace? { item.place }

    func total(_ paging: Paging, _ call: Call, _ db: TenantDatabase) throws -> Int {
        guard isFiltered(call) else { return try store(db).count() }
        var total = 0
        try store(db).each { total += lists($0, call) ? 1 : 0 }
        return total
    }

    /// Whether the query asks for some of the objects only. Where it does not, the database need not be asked for all.
    private func isFiltered(_ call: Call) -> Bool { !call.query.keys.allSatisfy(Schema.generalParameters.contains) }

    func find(_ id: String, _ call: Call, _ db: TenantDatabase) throws -> Item? { try store(db).find(id) }

    func documents(of items: [Item], for call: Call, _ occasion: Occasion) throws -> [JSONObject] {
        items.map { item in
            var document: JSONObject = [idProperty: .string(item.id)]
            for (name, value) in item.document where !hidden.contains(name) { document[name] = value }
            return document
        }
    }

    // MARK: Writing

    func draft(creating call: Call) async throws -> JSONObject { JSONObject().patched(deep: call.body) }

    func insert(_ body: JSONObject, _ call: Call, _ db: TenantDatabase) throws -> Item {
        try requireRoom(db)
        let document = stamped(try completed(body.filled(with: defaults), of: nil, call, db), createdAt: call.now, call)
        let item = Item(id: Item.newID(), owner: nil, createdAt: call.now, document: document)
        try store(db).insert(item)
        return item
    }

    /// Throws where a tenant has as many as it may have.
    func requireRoom(_ db: TenantDatabase) throws {
        guard try store(db).count() < mostItems else {
            let kind = names.plural.replacing("_", with: " ")
            throw ManagementError.badRequest("There are \(mostItems) \(kind), and no more can be made.")
        }
    }

    func draft(changing call: Call) async throws -> JSONObject { call.body }

    func update(_ item: Item, with body: JSONObject, _ call: Call, _ db: TenantDatabase) throws -> Item {
        let document = item.document.patched(replacing: body).filled(with: defaults)
        return try save(document, of: item, call, db)
    }

    func replace(_ item: Item, with body: JSONObject, _ call: Call, _ db: TenantDatabase) throws -> Item {
        try save(body.filled(with: defaults), of: item, call, db)
    }

    private func save(_ document: JSONObject, of item: Item, _ call: Call, _ db: TenantDatabase) throws -> Item {
        let document = stamped(try completed(document, of: item, call, db), createdAt: item.createdAt, call)
        let changed = item.replacing(document: document)
        try store(db).update(changed)
        return changed
    }

    private func stamped(_ document: JSONObject, createdAt: Timestamp, _ call: Call) -> JSONObject {
        guard isStamped else { return document }
        return document.patched(shallow: [
            "created_at": .string(createdAt.iso8601), "updated_at": .string(call.now.iso8601),
        ])
    }

    func delete(_ item: Item, _ call: Call, _ db: TenantDatabase) throws { _ = try store(db).delete(item.id) }
}
