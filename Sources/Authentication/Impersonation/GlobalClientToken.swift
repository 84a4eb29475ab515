import Tenancy
import TenantHTTP

extension TenantContext {
    /// The audience of the API before the Management API, which only the global client may call.
    var oldAPIAudience: String { issuer + "api/" }
}

extension TokenExchange {
    /// The global client's token: client credentials without an audience mean the old API (spec 02 §5).
    func globalClientToken() async throws -> TokenResponse {
        let (audience, lifetime) = (context.oldAPIAudience, ResourceServer.defaultTokenLifetime)
        let details = LogDetails(audience: audience)
        return try await redeem(failure: ClientCredentialsGrant.failure, details: details) { [self] db, _ in
            try db.logs.append(
                audit.success(
                    .successClientCredentialsExchange, "Client credentials for access token", details: details))
        } sign: { [self] _, key in
            let claims = AccessTokenClaims(
                issuer: context.issuer, subject: client.clientID + "@clients", audience: audience,
                userInfoAudience: nil, clientID: client.clientID, scope: [], issuedAt: context.now,
                lifetime: lifetime, mark: .clientCredentials, familyID: nil)
            return TokenResponse(
                accessToken: try JSONWebToken.signed(claims.text, by: key), refreshToken: nil, idToken: nil,
                scope: nil, expiresIn: lifetime)
        }
    }
}
