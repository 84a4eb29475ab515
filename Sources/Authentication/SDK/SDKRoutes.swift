import Hummingbird
import TenantHTTP

/// What Lock, auth0.js and older SDKs call beside OAuth itself (spec 02 §3, §4, §6 and §13).
func addSDKRoutes(to router: Router<TenantContext>, services: AuthenticationServices, flow: AuthorizationFlow) {
    let pages = flow.pages
    let passwords = PasswordLogin(hasher: services.passwordHasher)
    let crossOrigin = CrossOriginAuthentication(passwords: passwords)
    let coVerifier = CoVerifierEndpoint(flow: flow)
    let usernamePassword = UsernamePasswordLogin(passwords: passwords)
    let popup = PopupLogin(pages: pages, login: usernamePassword)
    let loginCallback = LoginCallbackEndpoint(flow: flow)
    let ssoData = SSODataEndpoint()
    let settings = WidgetSettingsEndpoint()
    let certificates = CertificateFiles()
    let federation = FederationMetadataEndpoints()
    let resourceOwner = ResourceOwnerEndpoint(passwords: passwords)
    let delegation = DelegationEndpoint(rateLimiting: services.rateLimiting)
    let tokenInfo = TokenInfoEndpoint()
    let socialToken = SocialTokenEndpoint()
    let unlink = UnlinkEndpoint()
    let publicAPI = PublicAPI(passwords: passwords)
    let impersonate = ImpersonateEndpoint()
    let impersonatedLogin = ImpersonatedLogin(flow: flow)
    let endpoints = [
        Endpoint("/co/authenticate", crossOrigin: .clientCheckedWithCredentials, post: crossOrigin.answer),
        Endpoint("/co/verifier", get: pages.showing(coVerifier.show), post: pages.showing(coVerifier.submit)),
        Endpoint(
            "/usernamepassword/login", crossOrigin: .clientCheckedWithCredentials,
            get: JSONP.get(usernamePassword.answer, readsCookies: true), post: usernamePassword.answer),
        Endpoint(
            "/usernamepassword/challenge", crossOrigin: .clientCheckedWithCredentials,
            post: usernamePassword.challenge),
        Endpoint("/login/callback", post: pages.showing(loginCallback.submit)),
        // With and without the slash that Lock 10 puts at the end: the router sees one path (spec 09).
        Endpoint(
            "/user/ssodata", crossOrigin: .clientCheckedWithCredentials,
            get: JSONP.get(ssoData.answer, readsBody: false, readsCookies: true)),
        Endpoint("/user/geoloc/country", crossOrigin: .open, get: ServiceFacts.country),
        Endpoint("/client/:file", crossOrigin: .open, get: settings.client),
        Endpoint("/tenants/v1/:file", crossOrigin: .open, get: settings.tenant),
        Endpoint("/info-v1.js", crossOrigin: .open, get: settings.tenant),
        Endpoint("/sso_dbconnection_popup/:client", get: pages.showing(popup.show), post: popup.submit),
        Endpoint("/relay.html", get: popup.relay),
        Endpoint("/mobile", get: pages.mobile),
        Endpoint("/test", get: ServiceFacts.clock),
        Endpoint("/testall", get: ServiceFacts.health),
        Endpoint("/pem", get: certificates.pem),
        Endpoint("/cer", get: certificates.der),
        Endpoint("/pb7", get: certificates.pkcs7),
        Endpoint("/samlp/metadata/:client", get: federation.saml),
        Endpoint("/wsfed/FederationMetadata/2007-06/FederationMetadata.xml", get: federation.wsFederation),
        Endpoint(
            "/wsfed/:client/FederationMetadata/2007-06/FederationMetadata.xml", get: federation.wsFederationOfClient),
        Endpoint(
            "/oauth/ro", crossOrigin: .clientChecked, get: JSONP.get(resourceOwner.answer), post: resourceOwner.answer),
        Endpoint(
            "/delegation", crossOrigin: .clientChecked, get: JSONP.get(delegation.answer), post: delegation.answer),
        Endpoint(
            "/tokeninfo", crossOrigin: .open, limit: .tokenInfo, get: JSONP.get(tokenInfo.answer),
            post: tokenInfo.answer),
        Endpoint(
            "/oauth/access_token", crossOrigin: .clientChecked, get: JSONP.get(socialToken.answer),
            post: socialToken.answer),
        Endpoint("/login/unlink", crossOrigin: .clientChecked, post: unlink.answer),
        Endpoint(
            "/public/api/users/validate_userpassword", crossOrigin: .clientChecked,
            get: JSONP.get(publicAPI.validate), post: publicAPI.validate),
        Endpoint(
            "/public/api/:id/connections", crossOrigin: .clientChecked,
            get: JSONP.get(publicAPI.connections, readsBody: false)),
        Endpoint("/unlink", crossOrigin: .clientChecked, post: unlink.answer),
        Endpoint(
            "/users/:id/impersonate", get: pages.showing(impersonatedLogin.answer), post: impersonate.answer),
    ]
    for endpoint in endpoints { endpoint.register(in: router, rateLimiting: services.rateLimiting) }
}
