import Hummingbird
import Tenancy
import TenantHTTP

extension Pipeline {
    /// Answers a request unless its caller has called too often (spec 03 §1). Counted before anything is looked at, so
    /// that a flood of bad tokens is no cheaper to send than a flood of good ones.
    func respondWithinLimit(
        to request: Request, _ context: TenantContext
    ) async throws(OriginRefusal) -> Response {
        guard services.rateLimiting == .on else { return try await respond(to: request, context) }
        do {
            let decision = try await context.count(request, against: .management)
            var response: Response
            if decision.isAllowed {
                response = try await respond(to: request, context)
            } else {
                response = ManagementError.tooManyRequests.response
                response.headers[.retryAfter] = "1"
            }
            response.headers.append(contentsOf: decision.fields)
            return response
        } catch let refusal as OriginRefusal {
            throw refusal
        } catch {
            // The event of the refusal could not be written; the caller learns what stands in the way.
            return (ManagementError(error) ?? .internalError).response
        }
    }
}
