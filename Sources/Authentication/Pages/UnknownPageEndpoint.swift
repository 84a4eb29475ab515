import HTTPTypes
import Hummingbird
import TenantHTTP

/// Every address of a tenant that nothing else stands at: a person at a browser is shown a page, a program an empty 404.
struct UnknownPageEndpoint: Sendable {
    let pages: HostedPages

    func show(_ request: Request, _ context: TenantContext) async throws -> Response {
        // What browsers say when somebody opens an address, and programs do not.
        guard request.headers[.accept]?.contains("text/html") == true else {
            return Response(status: .notFound)
        }
        return try await pages.showing { _, _ in throw PageError.nothingHere }(request, context)
    }
}

extension PageError {
    fileprivate static let nothingHere = PageError(
        status: .notFound,
        message: "There is no page at this address. Go back to the application and log in from there.",
        code: "not_found", title: "Nothing here")
}
