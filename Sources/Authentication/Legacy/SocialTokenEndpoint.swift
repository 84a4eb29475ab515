import Hummingbird
import Tenancy
import TenantHTTP

/// `POST /oauth/access_token` (spec 02 §6): the token a native SDK got from a social provider, for tokens of the
/// tenant. Every provider has to be asked, and none is configured before connections lead upstream.
struct SocialTokenEndpoint: Sendable {
    func answer(_ request: Request, _ context: TenantContext) async throws -> Response {
        let legacy = try await LegacyRequest(request, context)
        let client = try LegacyFeature.socialToken.admit(legacy.client, legacy.settings)
        _ = try legacy.required("access_token")
        _ = try legacy.scope()
        let connection = try await legacy.connection(for: client)
        guard Self.strategies.contains(connection.strategy) else { throw LegacyRefusal.unsupportedStrategy }
        if connection.strategy == "twitter" { _ = try legacy.required("access_token_secret") }
        let refusal = LegacyRefusal.connectionNotConfigured
        try await legacy.report(refusal)
        throw refusal
    }

    private static let strategies: Set<String> = ["facebook", "google-oauth2", "twitter", "weibo"]
}
