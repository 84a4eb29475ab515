import TenantHTTP

/// What the answer is to hold.
struct ResponseTypeRule: AuthorizeRule {
    func apply(to authorization: inout Authorization, _ context: TenantContext) throws {
        guard let text = authorization.request.responseType else {
            throw OAuthError.missingParameter("response_type")
        }
        guard let type = ResponseType(parsing: text) else {
            throw OAuthError.unsupportedResponseType("Unsupported response type: \(text.prefix(64))")
        }
        authorization.responseType = type
    }
}
