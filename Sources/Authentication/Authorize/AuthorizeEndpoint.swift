import Hummingbird
import TenantHTTP
import WebAddresses

/// `GET /authorize`, and the same as a form by `POST` (OpenID Connect Core §3.1.2.1).
struct AuthorizeEndpoint: Sendable {
    let flow: AuthorizationFlow

    func get(_ request: Request, _ context: TenantContext) async throws -> Response {
        try await answer(try request.queryParameters(), request, context)
    }

    func post(_ request: Request, _ context: TenantContext) async throws -> Response {
        let query = try request.queryParameters()
        let form = try await request.formParameters()
        // One name in the query and in the form is as ambiguous as one name twice (spec 08 U7).
        let duplicates = query.names.filter { form[$0] != nil }
        guard duplicates.isEmpty else { throw RequestBodyError.duplicates(duplicates) }
        let both: FormParameters
        do {
            both = try FormParameters(query.items + form.items)
        } catch {
            throw RequestBodyError.duplicates(error.duplicates)
        }
        return try await answer(both, request, context)
    }

    private func answer(
        _ parameters: FormParameters, _ request: Request, _ context: TenantContext
    ) async throws -> Response {
        let wanted = AuthorizeRequest(parameters)
        let visit = try await Visit(request, context, telemetry: wanted.telemetry)
        return try await flow.begin(try await PushedRequest.resolve(wanted, visit), visit)
    }
}
