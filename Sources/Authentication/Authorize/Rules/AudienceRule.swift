import Tenancy
import TenantHTTP

/// The audience must be an API of the tenant; without one the tenant's default counts.
struct AudienceRule: AuthorizeRule {
    func apply(to authorization: inout Authorization, _ context: TenantContext) async throws {
        let wanted: String?
        if let named = authorization.request.audience {
            wanted = named
        } else {
            wanted = try await context.shard.settings().defaultAudience
        }
        // /userinfo is no API of its own: SDKs name it to ask for the modern behaviour.
        guard let audience = wanted, audience != context.userInfoAudience else { return }
        guard let api = try await context.resourceServer(audience: audience) else {
            throw OAuthError.serviceNotFound(audience: audience.bounded(256))
        }
        guard api.allowsUsers else { throw OAuthError.noClientGrant(audience: audience.bounded(256)) }
        authorization.audience = audience
        authorization.api = api
    }
}
