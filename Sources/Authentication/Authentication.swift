import Hummingbird
import TenantHTTP

/// Adds the Authentication API and its pages: every path stands in this table or in that of
/// ``addAuthorizationRoutes(to:services:)``, which holds what browsers navigate to.
public func addAuthenticationRoutes(to router: Router<TenantContext>, services: AuthenticationServices) {
    let token = TokenEndpoint(services)
    let revocation = RevocationEndpoint()
    let userInfo = UserInfoEndpoint()
    let discovery = DiscoveryEndpoints()
    let endpoints = [
        Endpoint("/oauth/token", crossOrigin: .clientChecked, limit: .token, post: token.answer),
        Endpoint("/oauth/device/code", crossOrigin: .clientChecked, limit: .token, post: DeviceCodeEndpoint().answer),
        Endpoint("/bc-authorize", limit: .start, post: BackChannelLoginEndpoint().answer),
        Endpoint("/oauth/par", crossOrigin: .clientChecked, limit: .token, post: PushedRequestEndpoint().answer),
        Endpoint("/oidc/register", limit: .start, post: RegistrationEndpoint().answer),
        Endpoint("/oauth/revoke", crossOrigin: .clientChecked, post: revocation.answer),
        Endpoint(
            "/userinfo", crossOrigin: .open, limit: .userInfo, get: userInfo.answer, post: userInfo.answer),
        Endpoint("/.well-known/openid-configuration", crossOrigin: .open, get: discovery.configuration),
        Endpoint("/.well-known/jwks.json", crossOrigin: .open, get: discovery.keys),
    ]
    for endpoint in endpoints { endpoint.register(in: router, rateLimiting: services.rateLimiting) }
    addAuthorizationRoutes(to: router, services: services)
}
