import HTTPTypes
import Hummingbird
import StrictJSON
import Tenancy
import TenantHTTP
import WebAddresses

/// The way of a request through the Management API, the same for every route:
/// who calls, may their page, may they, is the path well-formed, is the query, is the body; then the route's own work.
/// Permission comes before everything that would tell a stranger what exists (spec 08 M1).
struct Pipeline: Sendable {
    let route: Route
    let services: ManagementServices

    /// Throws where the page that calls is none of the caller's client; everything else is answered.
    func respond(to request: Request, _ context: TenantContext) async throws(OriginRefusal) -> Response {
        var record: AuditRecord?
        do {
            let caller = try await Caller(request, context)
            // A deleted client takes the tokens it was given with it.
            guard let client = try await context.shard.client(caller.clientID) else {
                throw ManagementError.invalidToken
            }
            try await admitOrigin(of: request, client, context)
            record = AuditRecord(route, request, context, caller)
            record?.clientName = client.name
            return try await run(request, context, caller, &record).response { error in
                // That the service is busy, or the tenant out of service, is told elsewhere.
                if ManagementError(error) == nil { _ = unforeseen(error, context) }
            }
        } catch let refusal as OriginRefusal {
            throw refusal
        } catch {
            let refusal = ManagementError(error) ?? unforeseen(error, context)
            await report(refusal, record, context.shard)
            return refusal.response
        }
    }

    private func run(
        _ request: Request, _ context: TenantContext, _ caller: Caller, _ record: inout AuditRecord?
    ) async throws -> Answer {
        let id = context.parameters.get("id").map { try? PercentEncoding.decode(pathSegment: $0) }
        try route.access.check(caller, userID: id ?? nil)
        let path = try checkedPath(id)
        let innerIDs = try checkedInnerIDs(context)
        let query = try checkedQuery(request)
        record?.query = query
        record?.userID = route.idFormat != nil && route.path.hasPrefix("/users/") ? path : nil
        let body = try await checkedBody(request, &record)
        guard let record else { throw ManagementError.internalError }
        return try await route.handle(
            Call(
                caller: caller, shard: context.shard, services: services,
                managementAudience: context.managementAudience,
                signingKeys: try await context.shard.signingKeys(), now: context.now, id: path,
                innerIDs: innerIDs, query: query,
                body: body.object ?? [:], content: body, items: body.array ?? [], request: request, audit: record))
    }

    /// The id of the path, decoded once. A double-encoded one stays encoded and names nothing (spec 08 P12).
    private func checkedPath(_ id: String??) throws(ManagementError) -> String {
        guard let format = route.idFormat else { return "" }
        let text = (id ?? nil) ?? ""
        try Self.check(segment: text, "id", format)
        return text
    }

    private func checkedInnerIDs(_ context: TenantContext) throws(ManagementError) -> [String: String] {
        var ids: [String: String] = [:]
        for (name, format) in route.innerIDs {
            let text = context.parameters.get(name).flatMap { try? PercentEncoding.decode(pathSegment: $0) } ?? ""
            try Self.check(segment: text, name, format)
            ids[name] = text
        }
        return ids
    }

    private static func check(segment text: String, _ name: String, _ format: Format) throws(ManagementError) {
        do throws(Violation) {
            try Schema.text("The \(name) of the object", format: format).check(.string(text), at: name)
        } catch {
            throw .invalidPath("Path validation error: \(error.text)")
        }
    }

    private func checkedQuery(_ request: Request) throws(ManagementError) -> JSONObject {
        guard let schema = route.query, let text = request.uri.query, !text.isEmpty else {
            if let schema = route.query { try Self.check([:], schema) }
            return [:]
        }
        guard text.utf8.count <= 8_192 else { throw .queryTooLong }
        let items: [(name: String, value: String)]
        do throws(PercentEncodingError) {
            items = try QueryItems.parse(text)
        } catch {
            throw .invalidQuery("Query validation error: '\(error)'.")
        }
        let query = schema.typed(items)
        try Self.check(query, schema)
        return query
    }

    private static func check(_ query: JSONObject, _ schema: Schema) throws(ManagementError) {
        do throws(Violation) {
            try schema.check(.object(query))
        } catch {
            throw .invalidQuery("Query validation error: \(error.text)")
        }
    }

    private func checkedBody(_ request: Request, _ record: inout AuditRecord?) async throws -> JSON {
        guard let schema = route.body else { return .null }
        let body = try await request.jsonBody()
        record?.body = body
        try schema.check(body)
        return body
    }

    /// A refused write is reported too. The answer does not depend on it.
    private func report(_ refusal: ManagementError, _ record: AuditRecord?, _ shard: Shard) async {
        guard let record, record.operation != nil, refusal != .outOfService else { return }
        let isOfSubstance = [.badRequest, .conflict].contains(refusal.status)
        let failures = isOfSubstance ? route.failures?(record.body.object ?? [:]) ?? [] : []
        try? await shard.write { db in
            try db.logs.append(record.event(refusal))
            let user = try failures.isEmpty ? nil : record.userID.flatMap(db.users.find)
            for failure in failures {
                try db.logs.append(
                    record.event(
                        failure.type, "\(failure.description): \(record.redacted(refusal.answer.message))", about: user,
                        userID: record.userID, in: db))
            }
        }
    }

    func unforeseen(_ error: any Error, _ context: TenantContext) -> ManagementError {
        Self.unforeseen(error, "\(route.method) \(route.path)", context)
    }

    static func unforeseen(_ error: any Error, _ route: String, _ context: TenantContext) -> ManagementError {
        context.logger.error(
            "management request failed",
            metadata: [
                "route": "\(route)", "tenant": "\(context.shard.tenantName)",
                "request": "\(context.requestID)", "error": "\(error)",
            ])
        return .internalError
    }
}

extension Schema {
    /// Query parameters as the values their schema asks for, where they look like them; a parameter given more than
    /// once becomes an array, which only a list accepts.
    func typed(_ items: [(name: String, value: String)]) -> JSONObject {
        guard case .object(let rule) = shape else { return [:] }
        let declared = Dictionary(uniqueKeysWithValues: rule.properties.map { ($0.name, $0.schema.shape) })
        var typed: JSONObject = [:]
        for (name, text) in items {
            let value = Self.typed(text, declared[name])
            switch (typed[name], declared[name]) {
            case (.array(let known)?, _): typed[name] = .array(known + [value])
            case (let known?, _): typed[name] = [known, value]
            case (nil, .list?): typed[name] = [value]
            case (nil, _): typed[name] = value
            }
        }
        return typed
    }

    private static func typed(_ text: String, _ shape: Shape?) -> JSON {
        switch shape {
        case .integer?:
            // Digits alone: no plus sign, no spaces, nothing that is an integer to some readers only.
            let digits = text.hasPrefix("-") ? text.dropFirst() : text[...]
            let isNumber = !digits.isEmpty && digits.utf8.allSatisfy { (48...57).contains($0) }
            guard isNumber, let number = Int(text) else { return .string(text) }
            return .int(number)
        case .boolean? where text == "true": return true
        case .boolean? where text == "false": return false
        default: return .string(text)
        }
    }
}
