import HTTPTypes
import StrictJSON
import Tenancy

/// An object of which a tenant has exactly one: it is read and changed, never made or removed.
struct Singleton: Sendable {
    /// How a change meets what was there.
    enum Change: Sendable {
        /// PATCH: objects merge at every depth, `null` removes.
        case merge
        /// PUT: the body is all there is from now on.
        case replacement
    }

    let path: String
    /// In descriptions of the audit trail, like `the tenant settings`.
    let name: String
    let readable: Access
    let changeable: Access
    let schema: Schema
    var change = Change.merge
    /// What there is until something is decided.
    var defaults: JSONObject = [:]
    /// Properties that no projection takes away.
    var kept: Set<String> = []
    let load: @Sendable (TenantDatabase) throws -> JSONObject?
    let save: @Sendable (JSONObject, TenantDatabase) throws -> Void
    /// What `shown` adds to the document.
    var added: KeyValuePairs<String, Schema> = [:]
    /// How a caller sees it.
    var shown: @Sendable (JSONObject, Call) -> JSONObject = { document, _ in document }
    /// Rules between its properties.
    var check: @Sendable (JSONObject) throws -> Void = { _ in }

    var routes: [Route] {
        [
            .read(path, access: readable, query: .single, successes: [.ok(answer.fields(keeping: kept))]) { call, db in
                let projection = Projection(call.query, kept: kept)
                return .ok(projection(shown(try current(db), call)))
            },
            .write(
                change == .merge ? .patch : .put, path, access: changeable, body: acceptance,
                operation: "Update \(name)", successes: [.ok(change == .merge ? answer : schema)]
            ) { call, db in
                let document = try changed(current(db), by: call.body)
                try check(document)
                try save(document, db)
                // What a PUT says is repeated as it was said, secrets and all: the caller has just told them.
                return .ok(change == .merge ? shown(document, call) : call.body)
            },
        ]
    }

    /// The document as answers show it. Defaults are always there, but for secrets, which not everybody is shown.
    private var answer: Schema {
        schema.fields().always(defaults.keys.filter { !SecretProperties.isSecret($0) }).showing(sometimes: added)
            .always(kept).named(Schema.componentName(name))
    }

    private var acceptance: Schema { change == .merge ? schema.change() : schema }

    private func current(_ db: TenantDatabase) throws -> JSONObject { (try load(db) ?? [:]).filled(with: defaults) }

    private func changed(_ document: JSONObject, by body: JSONObject) -> JSONObject {
        switch change {
        case .merge: document.patched(deep: body).filled(with: defaults)
        case .replacement: JSONObject().patched(deep: body)
        }
    }
}

extension Singleton {
    /// One whose document is a ``Preference``.
    init(
        _ path: String, _ name: String, as preference: Preference, access: (read: Access, update: Access),
        schema: Schema, change: Change = .merge, defaults: JSONObject = [:], added: KeyValuePairs<String, Schema> = [:],
        shown: @escaping @Sendable (JSONObject, Call) -> JSONObject = { document, _ in document },
        check: @escaping @Sendable (JSONObject) throws -> Void = { _ in }
    ) {
        self.init(
            path: path, name: name, readable: access.read, changeable: access.update, schema: schema, change: change,
            defaults: defaults, load: { try $0.preferences.find(preference) },
            save: { try $1.preferences.save($0, as: preference) }, added: added, shown: shown, check: check)
    }
}
