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

    /// Checks where a request comes from before it is answered. What it returns belongs into the answer
    /// (``addFields(for:to:)``), refusals included: without the fields the page would see a network error (spec 09).
    ///
    /// Throws ``OriginRefusal``.
    public func admitted(_ request: Request, _ context: TenantContext) async throws -> RequestOrigin {
        switch self {
        case .open, .navigation: return .none
        // Not from a page at all: nothing to check.
        case _ where request.headers[.origin] == nil: return .none
        case .clientChecked, .clientCheckedWithCredentials:
            let check = CrossOriginCheck(request, context)
            try await check.admitAnyClient(firstPartyOnly: self == .clientCheckedWithCredentials)
            return check.origin
        }
    }

    /// The fields for an origin that was admitted, and the one that tells caches why.
    public func addFields(for origin: RequestOrigin, to fields: inout HTTPFields) {
        switch self {
        case .navigation: return
        case .open:
            fields[.accessControlAllowOrigin] = "*"
            return
        case .clientChecked, .clientCheckedWithCredentials: break
        }
        fields.append(HTTPField(name: .vary, value: "Origin"))
        guard let text = origin.text else { return }
        fields[.accessControlAllowOrigin] = text
        if self == .clientCheckedWithCredentials { fields[.accessControlAllowCredentials] = "true" }
    }
}
