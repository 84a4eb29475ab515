import TenantHTTP

/// How old, in seconds, the user's last proof of identity may be.
struct MaxAgeRule: AuthorizeRule {
    func apply(to authorization: inout Authorization, _ context: TenantContext) throws {
        guard let text = authorization.request.maxAge else { return }
        // Ten digits are three hundred years, and far from any overflow.
        guard text.utf8.count <= 10, text.utf8.allSatisfy((UInt8(ascii: "0")...UInt8(ascii: "9")).contains),
            let seconds = Int64(text)
        else { throw OAuthError.invalidRequest("max_age must be a number of seconds") }
        authorization.maxAge = seconds
    }
}
