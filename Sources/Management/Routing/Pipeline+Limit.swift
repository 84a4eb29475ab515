import Hummingbird
import Tenancy
import TenantHTTP

extension Pipeline {
    /// Answers a request unless its caller has called too often (spec 03 §1). Counted before anything is looked at, so
    /// that a flood of bad tokens, or from pages that nobody allows, is no cheaper to send than a flood of good ones.
    func respondWithinLimit(to request: Request, _ context: TenantContext) async -> Response {
        do {
            guard services.rateLimiting == .on else { return try await respondFromAnywhere(to: request, context) }
            let decision = try await context.count(request, against: .management)
            guard decision.isAllowed else { return try await refusedByLimit(request, context, decision) }
            var response = try await respondFromAnywhere(to: request, context)
            response.headers.append(contentsOf: decision.fields)
            return response
        } catch {
            // The event of a refusal could not be written; the caller learns what stands in the way.
            return (ManagementError(error) ?? unforeseen(error, context)).response
        }
    }

    /// A page that may call is let read it.
    private func refusedByLimit(
        _ request: Request, _ context: TenantContext, _ decision: RateDecision
    ) async throws -> Response {
        var response = ManagementError.overLimit(decision)
        let check = CrossOriginCheck(request, context)
        if request.headers[.origin] != nil, try await check.isAdmittedByAnyClient() {
            Self.crossOrigin.addFields(for: check.origin, to: &response.headers)
        }
        return response
    }
}

extension ManagementError {
    /// The answer to one who has called too often.
    static func overLimit(_ decision: RateDecision) -> Response {
        var response = ManagementError.tooManyRequests.response
        response.headers[.retryAfter] = "1"
        response.headers.append(contentsOf: decision.fields)
        return response
    }
}
