import HTTPTypes
import Hummingbird
import TenantHTTP

/// One path of the Authentication API with everything it answers.
struct Endpoint {
    typealias Handler = @Sendable (Request, TenantContext) async throws -> Response

    private static let otherMethods: [HTTPRequest.Method] = [
        .get, .head, .post, .put, .patch, .delete, .options, .trace,
    ]

    let path: RouterPath
    let crossOrigin: CrossOriginPolicy
    /// How often one address may call; nil where it does not matter.
    let limit: EndpointLimit?
    private let handlers: [(method: HTTPRequest.Method, run: Handler)]

    /// - Parameter handlers: by method; GET answers HEAD as well.
    init(
        _ path: RouterPath, crossOrigin: CrossOriginPolicy = .navigation, limit: EndpointLimit? = nil,
        get: Handler? = nil, post: Handler? = nil, delete: Handler? = nil
    ) {
        self.path = path
        self.limit = limit
        self.crossOrigin = crossOrigin
        handlers = [(.get, get), (.head, get.map(Self.head)), (.post, post), (.delete, delete)].compactMap {
            method, handler in
            handler.map { (method, $0) }
        }
    }

    /// Every method is answered: those without a handler by 405 (RFC 9110 §15.5.6), OPTIONS by the CORS preflight.
    func register(in router: Router<TenantContext>, rateLimiting: RateLimiting) {
        let methods = handlers.map(\.method)
        let limit = rateLimiting == .on ? limit : nil
        for handler in handlers { add(handler.method, handler.run, within: limit, to: router) }
        var answered = methods
        if crossOrigin != .navigation {
            let preflight = CrossOriginPreflight(policy: crossOrigin, methods: methods)
            answered.append(.options)
            router.on(path, method: .options) { try await Self.render(preflight.answer, $0, $1) }
        }
        let refusal = OAuthError.methodNotAllowed(allowed: answered)
        for method in Self.otherMethods where !answered.contains(method) {
            router.on(path, method: method) { request, context in
                let response = try refusal.response(from: request, context: context)
                return method == .head ? response.headOnly : response
            }
        }
    }

    private func add(
        _ method: HTTPRequest.Method, _ handler: @escaping Handler, within limit: EndpointLimit?,
        to router: Router<TenantContext>
    ) {
        let crossOrigin = crossOrigin
        // Step by step in one function: each asynchronous one on the way costs memory of its own.
        router.on(path, method: method) { request, context in
            let origin = try await crossOrigin.admitted(request, context)
            let decision = try await limit?.count(request, context)
            var response =
                if let limit, let decision, !decision.isAllowed {
                    try limit.refusal(decision, request, context)
                } else {
                    try await Self.render(handler, request, context)
                }
            if let decision, decision.isAllowed { response.headers.append(contentsOf: decision.fields) }
            crossOrigin.addFields(for: origin, to: &response.headers)
            return response
        }
    }

    /// Refusals are rendered in here, so that the fields of the CORS policy and of the limit are added to them.
    private static func render(
        _ handler: Handler, _ request: Request, _ context: TenantContext
    ) async throws -> Response {
        do {
            return try await handler(request, context)
        } catch let refusal as OriginRefusal {
            throw refusal
        } catch {
            guard let error = OAuthError(cause: error) ?? error as? any HTTPResponseError else { throw error }
            return try error.response(from: request, context: context)
        }
    }

    private static func head(_ handler: @escaping Handler) -> Handler {
        { request, context in try await handler(request, context).headOnly }
    }
}
