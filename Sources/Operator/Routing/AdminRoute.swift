import Foundation
import HTTPTypes
import Hummingbird
import TenantHTTP

/// A request of the operator, with the parts of its path.
struct AdminRequest: Sendable {
    let request: Request
    private let context: BasicRequestContext

    init(_ request: Request, _ context: BasicRequestContext) {
        self.request = request
        self.context = context
    }

    /// A part of the path, such as the tenant.
    func path(_ name: String) -> String {
        let raw = context.parameters.get(name) ?? ""
        return raw.removingPercentEncoding ?? raw
    }

    /// A query parameter; nil where it is absent.
    func query(_ name: String) -> String? {
        request.uri.queryParameters.get(name)
    }
}

/// One line of the route table.
struct AdminRoute: Sendable {
    typealias Handler = @Sendable (AdminRequest) async throws -> Response

    let method: HTTPRequest.Method
    let path: String
    let handler: Handler

    init(_ method: HTTPRequest.Method, _ path: String, _ handler: @escaping Handler) {
        self.method = method
        self.path = path
        self.handler = handler
    }

    /// Adds the routes, HEAD wherever there is GET, OPTIONS everywhere (RFC 9110 §9.1 and §9.3.7), and for every path
    /// the answer to the methods it does not have.
    static func add(_ routes: [AdminRoute], to router: Router<BasicRequestContext>) {
        for route in routes {
            router.on(RouterPath(route.path), method: route.method) { request, context in
                try await route.handler(AdminRequest(request, context))
            }
            guard route.method == .get else { continue }
            router.on(RouterPath(route.path), method: .head) { request, context in
                try await route.handler(AdminRequest(request, context)).headOnly
            }
        }
        let methods: [HTTPRequest.Method] = [.get, .head, .post, .put, .patch, .delete]
        for (path, routes) in Dictionary(grouping: routes, by: \.path) {
            let declared = routes.map(\.method)
            let allowed = declared + (declared.contains(.get) ? [.head, .options] : [.options])
            let names = allowed.map(\.rawValue).sorted()
            for method in methods where !allowed.contains(method) {
                router.on(RouterPath(path), method: method) { _, _ -> Response in
                    throw AdminError.methodNotAllowed(names)
                }
            }
            router.on(RouterPath(path), method: .options) { _, _ in
                Response(status: .noContent, headers: [.allow: names.joined(separator: ", ")])
            }
        }
    }
}
