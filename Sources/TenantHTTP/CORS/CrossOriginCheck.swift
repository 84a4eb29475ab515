import HTTPTypes
import Hummingbird
import StrictJSON
import Tenancy
import WebAddresses

/// Holds the origin of a request against what clients allow (spec 01 §3): the origins of their callbacks and the
/// allowed origins they list. A refusal is written to the log before it is thrown.
public struct CrossOriginCheck: Sendable {
    /// Where the request comes from.
    public let origin: RequestOrigin
    private let request: Request
    private let context: TenantContext

    /// For requests of pages, which say by `Origin` where they are from.
    public init(_ request: Request, _ context: TenantContext) {
        self.request = request
        self.context = context
        origin = RequestOrigin(request, context)
    }

    /// For requests of scripts, which tell their page only by `Referer`; without it they are from nowhere.
    public init(fromPageOf request: Request, _ context: TenantContext) {
        self.request = request
        self.context = context
        let page = request.headers[.referer].flatMap { try? ParsedURL(parsing: $0).origin }
        origin = page.map { $0.serialized == context.ownOrigin ? .own($0.serialized) : .page($0) } ?? .unacceptable("")
    }

    /// The first step: some client of the tenant allows the origin.
    /// - Parameter firstPartyOnly: whether clients that others registered do not count, because what is read by the
    ///   browser's cookie is nobody's business but the tenant's own.
    public func admitAnyClient(firstPartyOnly: Bool = false) async throws {
        guard try await isAdmittedByAnyClient(firstPartyOnly: firstPartyOnly) else { throw try await refusal(nil) }
    }

    /// The same question without a refusal.
    public func isAdmittedByAnyClient(firstPartyOnly: Bool = false) async throws -> Bool {
        switch origin {
        case .none, .own: true
        case .page(let page): try await context.shard.callingOrigins().allow(page, firstPartyOnly: firstPartyOnly)
        case .unacceptable: false
        }
    }

    /// The second step: the client the request names allows it. A client nobody knows allows nothing more than the
    /// first step did; the request fails at its authentication.
    public func admit(_ client: Client?) async throws {
        guard let client, case .page(let page) = origin else { return }
        guard client.allowsCalls(from: page) else { throw try await refusal(client) }
    }

    private func refusal(_ client: Client?) async throws -> OriginRefusal {
        let text = (origin.text ?? "").bounded(256)
        var event = RequestFacts(request, context).event(.failedByCORS, "Origin \(text) is not allowed.")
        event.clientID = client?.clientID
        event.clientName = client?.name
        event.details = details(client, origin: text)
        let refused = event
        try await context.shard.write { try $0.logs.append(refused) }
        return OriginRefusal(origin: text)
    }

    /// The members of spec 04 §3; header fields only as far as they explain the refusal and hold no secret.
    private func details(_ client: Client?, origin: String) -> JSONObject {
        func list(_ urls: [String]?) -> JSON { .array((urls ?? []).map(JSON.string)) }
        var fields: JSONObject = [:]
        for name in [HTTPField.Name.origin, .referer, .contentType, .accessControlRequestMethod] {
            guard let value = request.headers[name] else { continue }
            // The query of a page's address may hold the page's own secrets: a code, a ticket.
            let shown = name == .referer ? value.prefix { $0 != "?" && $0 != "#" } : value[...]
            fields[name.canonicalName] = .string(String(shown.prefix(256)))
        }
        let isXHR = request.headers[.xRequestedWith]?.lowercased() == "xmlhttprequest"
        return [
            "allowedOrigins": list(client?.effectiveOrigins.origins), "webOrigins": list(client?.webOrigins),
            "headers": .object(fields), "host": .string(context.domain),
            "method": .string(request.method.rawValue), "origin": .string(origin),
            "originUrl": .string(context.ownOrigin + request.uri.path), "xhr": .bool(isXHR),
        ]
    }
}

extension Client {
    /// Whether pages of an origin may call for the client (spec 01 R29).
    public func allowsCalls(from origin: WebOrigin) -> Bool { effectiveOrigins.allows(origin: origin) }
}

extension HTTPField.Name {
    static let xRequestedWith = HTTPField.Name("X-Requested-With")!
}
