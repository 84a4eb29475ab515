import HTTPTypes
import Hummingbird
import Tenancy
import TenantHTTP

extension Pipeline {
    /// Which pages may use the API: those of the origins that the token's client allows (spec 01 R29, R30). Nothing
    /// here reads a cookie, so browsers need to send none.
    static let crossOrigin = CrossOriginPolicy.clientChecked

    /// Answers a request wherever it comes from. One from a page is held against what clients allow: before anything
    /// else, any client of the tenant; then, in ``admitOrigin(of:_:_:)``, the one its token was issued to. Refusals
    /// tell the page who may read them, or it would see a network error (spec 09).
    func respondFromAnywhere(to request: Request, _ context: TenantContext) async throws -> Response {
        // Not from a page: nothing to check, and nothing to tell.
        guard request.headers[.origin] != nil else { return try await respond(to: request, context) }
        do {
            let origin = try await Self.crossOrigin.admitted(request, context)
            var response = try await respond(to: request, context)
            Self.crossOrigin.addFields(for: origin, to: &response.headers)
            return response
        } catch let refusal as OriginRefusal {
            return refusal.response(from: request, context: context)
        }
    }

    /// Throws ``OriginRefusal`` where a page calls that the client does not allow.
    func admitOrigin(of request: Request, _ client: Client, _ context: TenantContext) async throws {
        guard request.headers[.origin] != nil else { return }
        try await CrossOriginCheck(request, context).admit(client)
    }
}

extension CrossOriginPreflight {
    /// Answers `OPTIONS`; what goes wrong in the shapes of the Management API. Browsers ask once an hour and are not
    /// counted; whoever is refused is, because refusals are written down.
    func respond(to request: Request, _ context: TenantContext, _ rateLimiting: RateLimiting) async -> Response {
        do {
            if rateLimiting == .on, try await !CrossOriginCheck(request, context).isAdmittedByAnyClient() {
                let decision = try await context.count(request, against: .management)
                guard decision.isAllowed else { return ManagementError.overLimit(decision) }
            }
            return try await answer(request, context)
        } catch let refusal as OriginRefusal {
            return refusal.response(from: request, context: context)
        } catch {
            return (ManagementError(error) ?? Pipeline.unforeseen(error, "OPTIONS", context)).response
        }
    }
}
