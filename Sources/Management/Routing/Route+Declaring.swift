import HTTPTypes
import StrictJSON
import Tenancy

/// The usual forms of a route that is not one of a whole ``Resource``.
extension Route {
    /// Reads in one snapshot.
    static func read(
        _ path: String, access: Access, idFormat: Format? = nil, memberFormat: Format? = nil, query: Schema? = nil,
        successes: [Success] = [], answer: @escaping @Sendable (Call, TenantDatabase) throws -> Answer
    ) -> Route {
        Route(
            method: .get, path: path, access: access, idFormat: idFormat, innerIDs: members(memberFormat),
            query: query, successes: successes
        ) { call in
            try await call.shard.read { try answer(call, $0) }
        }
    }

    /// Writes in one transaction, with the event that reports it.
    static func write(
        _ method: HTTPRequest.Method, _ path: String, access: Access, idFormat: Format? = nil,
        memberFormat: Format? = nil, query: Schema? = nil, body: Schema? = nil, operation: String,
        isConfidential: Bool = false, successes: [Success] = [],
        change: @escaping @Sendable (Call, TenantDatabase) throws -> Answer
    ) -> Route {
        Route(
            method: method, path: path, access: access, idFormat: idFormat, innerIDs: members(memberFormat),
            query: query, body: body, operation: operation, isConfidential: isConfidential,
            successes: successes
        ) { call in
            try await call.commit { try change(call, $0) }
        }
    }

    private static func members(_ format: Format?) -> [(name: String, format: Format)] {
        format.map { [("member", $0)] } ?? []
    }

    /// A listing of what belongs to one object, in the contract's three shapes.
    /// - Parameters:
    ///   - item: what is listed.
    ///   - page: the part that is wanted.
    static func listing(
        _ path: String, of plural: String, access: Access, idFormat: Format? = nil, memberFormat: Format? = nil,
        filters: KeyValuePairs<String, Schema> = [:], item: Schema? = nil,
        page: @escaping @Sendable (Paging, Call, TenantDatabase) throws -> Page<JSONObject>
    ) -> Route {
        .read(
            path, access: access, idFormat: idFormat, memberFormat: memberFormat, query: .listing(filters),
            successes: item.map { [.ok(.pages(of: $0.fields(), plural: plural))] } ?? []
        ) { call, db in
            let paging = try Paging(call.query)
            let projection = Projection(call.query, kept: [])
            let page = try page(paging, call, db).map { $0.map { projection($0) } }
            return paging.answer(page, plural: plural)
        }
    }
}

extension Call {
    /// The segment `:member` of the path: an object that belongs to the one `:id` names.
    var member: String { innerIDs["member"] ?? "" }
}

extension Answer {
    /// The object `{}`, where the contract answers with nothing in it.
    static func empty(_ status: HTTPResponse.Status) -> Answer { Answer(status: status, body: [:]) }
}
