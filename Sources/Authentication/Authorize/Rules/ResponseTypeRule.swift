import TenantHTTP

/// Only the code is issued by redirect; the other registered types are refused by name.
struct ResponseTypeRule: AuthorizeRule {
    func apply(to authorization: inout Authorization, _ context: TenantContext) throws {
        guard let text = authorization.request.responseType else {
            throw OAuthError.missingParameter("response_type")
        }
        guard Self.types(of: authorization.request) == ["code"] else {
            throw OAuthError.unsupportedResponseType("Unsupported response type: \(text.prefix(64))")
        }
    }

    /// The space-separated types, in whatever order they came.
    static func types(of request: AuthorizeRequest) -> [String] {
        (request.responseType ?? "").split(separator: " ", omittingEmptySubsequences: false).map(String.init)
    }
}
