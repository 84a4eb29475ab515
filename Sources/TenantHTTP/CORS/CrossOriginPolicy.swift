import HTTPTypes
import Hummingbird

/// Which web pages may read what an endpoint answers (spec 02 §1, CORS per endpoint).
public enum CrossOriginPolicy: Sendable {
    /// Everybody: the answer depends on a bearer token or on nothing at all, never on a cookie.
    case open
    /// Pages of the origins that the client allows. The check has two steps: here, before the body is read, some
    /// client of the tenant must allow the origin, as for a preflight; then the handler, which knows the client,
    /// calls ``CrossOriginCheck/admit(_:)``.
    case clientChecked
    /// Like ``clientChecked``, for endpoints that read cookies.
    case clientCheckedWithCredentials
    /// None: browsers go there by navigation only.
    case navigation

    /// Runs a handler between the check of the origin and the header fields that tell the browser of it. Refusals of
    /// the handler carry the fields too: without them the page would see a network error (spec 09).
    public func answering(
        _ request: Request, _ context: TenantContext, _ handler: () async throws -> Response
    ) async throws -> Response {
        switch self {
        case .navigation:
            return try await handler()
        case .open:
            var response = try await handler()
            response.headers[.accessControlAllowOrigin] = "*"
            return response
        case _ where request.headers[.origin] == nil:
            // Not from a page at all: nothing to check, and only the field that tells caches why.
            var response = try await handler()
            addFields(for: .none, to: &response.headers)
            return response
        case .clientChecked, .clientCheckedWithCredentials:
            let check = CrossOriginCheck(request, context)
            do {
                try await check.admitAnyClient(firstPartyOnly: self == .clientCheckedWithCredentials)
                var response = try await handler()
                addFields(for: check.origin, to: &response.headers)
                return response
            } catch let refusal as OriginRefusal {
                return refusal.response(from: request, context: context)
            }
        }
    }

    /// The fields for an origin that was admitted.
    public func addFields(for origin: RequestOrigin, to fields: inout HTTPFields) {
        guard self != .open else {
            fields[.accessControlAllowOrigin] = "*"
            return
        }
        fields.append(HTTPField(name: .vary, value: "Origin"))
        guard let text = origin.text else { return }
        fields[.accessControlAllowOrigin] = text
        if self == .clientCheckedWithCredentials { fields[.accessControlAllowCredentials] = "true" }
    }
}
