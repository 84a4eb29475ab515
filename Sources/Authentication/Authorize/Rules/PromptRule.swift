import TenantHTTP

/// Which interaction the client insists on or rules out (OpenID Connect Core §3.1.2.1). Unknown values are ignored.
struct PromptRule: AuthorizeRule {
    func apply(to authorization: inout Authorization, _ context: TenantContext) throws {
        let values = (authorization.request.prompt ?? "").split(separator: " ")
        for value in values {
            switch value {
            case "none": authorization.prompt.insert(.none)
            case "login": authorization.prompt.insert(.login)
            case "consent": authorization.prompt.insert(.consent)
            default: break
            }
        }
        guard !authorization.prompt.contains(.none) || values.count == 1 else {
            // Told by redirect and never by a page: the client asked for silence.
            throw OAuthError.invalidRequest("prompt none cannot be combined with other values")
        }
    }
}
