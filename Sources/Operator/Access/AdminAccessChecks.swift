import HTTPTypes
import Hummingbird
import TenantHTTP

/// Refuses names that are not the port's own: DNS rebinding makes a browser send them (spec 08 O2).
struct AdminHostCheck: RouterMiddleware {
    typealias Context = BasicRequestContext

    let access: AdminAccess

    func handle(
        _ request: Request, context: Context, next: (Request, Context) async throws -> Response
    ) async throws -> Response {
        guard let authority = request.head.authority, access.allows(authority: authority) else {
            throw AdminError.foreignHost
        }
        return try await next(request, context)
    }
}

/// Wants the operator's token for everything but the two questions a supervisor asks.
struct AdminTokenCheck: RouterMiddleware {
    typealias Context = BasicRequestContext

    private static let openPaths: Set<String> = ["/health", "/ready"]
    let access: AdminAccess

    func handle(
        _ request: Request, context: Context, next: (Request, Context) async throws -> Response
    ) async throws -> Response {
        if !Self.openPaths.contains(request.uri.path) {
            let token: BearerToken
            do {
                token = try BearerToken(request)
            } catch {
                throw AdminError.missingToken
            }
            guard access.isToken(token.text) else { throw AdminError.wrongToken }
        }
        return try await next(request, context)
    }
}

/// Wants writes to say what they are: a form of a foreign page can send text and forms, but neither of these
/// (spec 08 O2). A write without a body needs no type.
struct AdminMediaTypeCheck: RouterMiddleware {
    typealias Context = BasicRequestContext

    func handle(
        _ request: Request, context: Context, next: (Request, Context) async throws -> Response
    ) async throws -> Response {
        if request.method != .get, request.method != .head {
            let hasBody =
                request.headers[.contentLength].map { $0 != "0" } ?? request.headers.contains(.transferEncoding)
            let wanted = request.uri.path.hasSuffix("/restore") ? "application/octet-stream" : "application/json"
            if hasBody || request.mediaType != nil {
                guard request.mediaType == wanted else { throw AdminError.mediaType(wanted) }
            }
        }
        return try await next(request, context)
    }
}
