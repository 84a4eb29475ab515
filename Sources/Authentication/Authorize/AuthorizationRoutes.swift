import Hummingbird
import TenantHTTP

/// /authorize and every page a browser sees on its way to a code and out again.
func addAuthorizationRoutes(to router: Router<TenantContext>, services: AuthenticationServices) {
    let pages = HostedPages()
    let flow = AuthorizationFlow(pages: pages)
    let authorize = AuthorizeEndpoint(flow: flow)
    let login = LoginEndpoint(flow: flow, passwords: PasswordLogin(hasher: services.passwordHasher))
    let signUp = SignUpEndpoint(flow: flow, hasher: services.passwordHasher)
    let signUpAPI = SignUpAPI(hasher: services.passwordHasher)
    let consent = ConsentEndpoint(flow: flow)
    let logout = LogoutEndpoint(pages: pages)
    let endpoints = [
        Endpoint("/authorize", get: pages.showing(authorize.get), post: pages.showing(authorize.post)),
        Endpoint("/login", get: pages.showing(login.show), post: pages.showing(login.submit)),
        Endpoint("/signup", get: pages.showing(signUp.show), post: pages.showing(signUp.submit)),
        Endpoint("/u/signup", get: pages.showing(signUp.show), post: pages.showing(signUp.submit)),
        Endpoint(
            "/dbconnections/signup", crossOrigin: .clientChecked, limit: .signUp, get: JSONP.get(signUpAPI.answer),
            post: signUpAPI.answer),
        Endpoint("/decision", get: pages.showing(consent.show), post: pages.showing(consent.submit)),
        Endpoint("/v2/logout", get: pages.showing(logout.get)),
        Endpoint("/logout", get: pages.showing(logout.get)),
        Endpoint(
            "/assets/:file",
            get: { request, context in
                pages.assets.response(to: request, name: context.parameters.get("file") ?? "")
            }),
    ]
    for endpoint in endpoints { endpoint.register(in: router, rateLimiting: services.rateLimiting) }
    addSDKRoutes(to: router, services: services, flow: flow)
}
