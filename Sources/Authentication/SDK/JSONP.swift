import HTTPTypes
import Hummingbird
import NIOCore
import StrictJSON
import Synchronization
import TenantHTTP
import WebAddresses

/// JSONP for browsers without CORS (spec 02 §13): `?cbx=fn` answers `fn({"status":…, …})`, always with HTTP 200.
///
/// A password in a query stands in histories and logs, and a script has no origin, so this is off unless the tenant
/// sets its flag `enable_jsonp`.
struct JSONP: Sendable {
    private static let longestCallback = 128

    /// The GET form of a handler: its parameters come in the query instead of the body.
    /// - Parameter body: whether the handler reads a body; else it is asked as it is.
    /// - Parameter readsCookies: whether the answer depends on a cookie: then the page must be one of the tenant's own
    ///   clients, as far as the browser says whose it is.
    static func get(
        _ handler: @escaping Endpoint.Handler, readsBody: Bool = true, readsCookies: Bool = false
    ) -> Endpoint.Handler {
        { request, context in
            let query = try request.queryParameters()
            let isOn = try await context.shard.settings().flag("enable_jsonp")
            guard isOn, let callback = query["cbx"] else {
                // Without JSONP, an endpoint that reads a body has no GET at all.
                guard !readsBody else { throw OAuthError.methodNotAllowed(allowed: [.post, .options]) }
                return try await handler(request, context)
            }
            guard isName(callback) else { throw OAuthError.invalidRequest("cbx is not the name of a function") }
            if readsCookies {
                try await CrossOriginCheck(fromPageOf: request, context).admitAnyClient(firstPartyOnly: true)
            }
            let inner = readsBody ? posted(request, query) : request
            return try await script(callback, await answer(handler, inner, context))
        }
    }

    /// Letters, digits, underscores and dots: nothing that could be more than a name (spec 08 T33).
    private static func isName(_ text: String) -> Bool {
        (1...longestCallback).contains(text.utf8.count)
            && text.utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"),
                    UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "."):
                    true
                default: false
                }
            }
    }

    /// The request as if its query had been a form.
    private static func posted(_ request: Request, _ query: FormParameters) -> Request {
        let form = query.items.filter { $0.name != "cbx" }
            .map {
                "\(PercentEncoding.encode(queryComponent: $0.name))=\(PercentEncoding.encode(queryComponent: $0.value))"
            }
            .joined(separator: "&")
        var head = request.head
        head.method = .post
        head.path = request.uri.path
        head.headerFields[.contentType] = "application/x-www-form-urlencoded"
        return Request(head: head, body: RequestBody(buffer: ByteBuffer(string: form)))
    }

    private static func answer(
        _ handler: Endpoint.Handler, _ request: Request, _ context: TenantContext
    ) async throws -> Response {
        do {
            return try await handler(request, context)
        } catch {
            guard let error = OAuthError(cause: error) ?? error as? any HTTPResponseError else { throw error }
            return try error.response(from: request, context: context)
        }
    }

    /// Members of a JSON answer beside the status; any other answer as `content`.
    private static func script(_ callback: String, _ answer: Response) async throws -> Response {
        let collected = CollectedBody()
        try await answer.body.write(collected)
        let text = collected.text
        var members: JSONObject = ["status": .int(answer.status.code)]
        if let object = (try? JSON.parse(text))?.object {
            for (name, value) in object where name != "status" { members[name] = value }
        } else {
            members["content"] = .string(text)
        }
        // `nosniff` is on every answer of the gateway.
        // No cookie: a script tag can be on anybody's page, and must not leave a login behind (spec 08 L1).
        var headers: HTTPFields = [:]
        for name in [HTTPField.Name.rateLimit, .rateLimitRemaining, .rateLimitReset] {
            headers[name] = answer.headers[name]
        }
        // The comment keeps the name from being the first bytes of the file, which a plug-in might read as its own.
        return .bytes(
            Array("/**/\(callback)(\(JSON.object(members).scriptText()));".utf8), status: .ok,
            contentType: "application/javascript; charset=utf-8", headers: headers)
    }
}

/// A response body read to its end.
private final class CollectedBody: ResponseBodyWriter, Sendable {
    private let bytes = Mutex<[UInt8]>([])

    var text: String { bytes.withLock { String(decoding: $0, as: UTF8.self) } }
    func write(_ buffer: ByteBuffer) { bytes.withLock { $0.append(contentsOf: buffer.readableBytesView) } }
    func finish(_ trailingHeaders: HTTPFields?) {}
}
