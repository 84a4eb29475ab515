import TenantHTTP

/// Request objects are not supported and never fetched (OpenID Connect Core §6, spec 08 T32).
struct RequestObjectRule: AuthorizeRule {
    func apply(to authorization: inout Authorization, _ context: TenantContext) throws {
        // A client that asks to be held to signed requests would otherwise be held to nothing.
        if authorization.client.document["signed_request_object"]?["required"]?.bool == true {
            throw OAuthError.invalidRequest("The client requires a signed request object, which is not supported")
        }
        if authorization.request.requestObject != nil {
            throw OAuthError.invalidRequest("The request parameter is not supported")
        }
        if authorization.request.requestObjectURI != nil {
            throw OAuthError.invalidRequest("The request_uri parameter is not supported")
        }
    }
}
