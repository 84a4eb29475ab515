import WebAddresses

/// What a client asks `/oidc/logout` for (OpenID Connect RP-Initiated Logout §2), read once.
struct OIDCLogoutRequest: Sendable {
    let idTokenHint: String?
    let clientID: String?
    let returnTo: String?
    let state: String?

    init(_ parameters: FormParameters) {
        func text(_ name: String) -> String? { parameters[name].flatMap { $0.isEmpty ? nil : $0 } }
        idTokenHint = text("id_token_hint")
        clientID = text("client_id")
        returnTo = text("post_logout_redirect_uri")
        state = parameters["state"]
    }
}
