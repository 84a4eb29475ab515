import Tenancy
import TenantHTTP

/// A client's own access to an API (RFC 6749 §4.4), as far as a client grant allows it.
struct ClientCredentialsGrant: TokenGrant {
    static let type = "client_credentials"
    static let failure = LogType.failedClientCredentialsExchange
    static let needsConfidentialClient = true

    func exchange(_ exchange: TokenExchange) async throws -> TokenResponse {
        let (request, client, context) = (exchange.request, exchange.client, exchange.context)
        guard let audience = request.audience else {
            guard client.isGlobal else { throw OAuthError.noAudience }
            return try await exchange.globalClientToken()
        }
        guard let api = try await context.resourceServer(audience: audience) else {
            throw OAuthError.serviceNotEnabled(audience: audience)
        }
        let now = context.now
        let grant = try await context.shard.clientGrant(clientID: client.clientID, resourceServerID: api.id)
        return try await exchange.redeem(failure: Self.failure, details: LogDetails(audience: audience)) { db, _ in
            guard let grant, api.allowsPrograms else { throw OAuthError.noClientGrant(audience: audience) }
            let organization = try Self.organization(request.organization, grant, db)
            let scope = request.scope.map { asked in asked.filter(grant.scope.contains) } ?? grant.scope
            let success = LogDetails(audience: audience, scope: scope, organization: organization?.stored)
            try db.logs.append(
                exchange.audit.success(
                    .successClientCredentialsExchange, "Client credentials for access token", details: success))
            return (scope, organization, try context.signingKey(api.signingAlgorithm, in: db))
        } sign: { prepared, key in
            let (scope, organization, ownKey) = prepared
            let claims = AccessTokenClaims(
                issuer: context.issuer, subject: client.clientID + "@clients", audience: audience,
                userInfoAudience: nil,
                clientID: client.clientID, scope: scope, issuedAt: now, lifetime: api.tokenLifetime,
                mark: .clientCredentials, familyID: nil, proofKey: exchange.proofKey,
                organization: organization,
                // What the client grant gives is what a program may do.
                permissions: api.namesPermissions ? scope : nil, dialect: api.tokenDialect
            ).text
            return TokenResponse(
                accessToken: try api.sign(claims, tenantKey: ownKey ?? key), refreshToken: nil, idToken: nil,
                // Of what was asked, each once, some may be missing and nothing is added.
                scope: scope.count == request.scope?.count ? nil : scope, expiresIn: api.tokenLifetime,
                isBound: exchange.proofKey != nil)
        }
    }

    /// The organization the token acts in. An API takes its word for it, so the client grant has to allow it: for any, or
    /// for this one.
    private static func organization(
        _ name: String?, _ grant: ClientGrant, _ db: TenantDatabase
    ) throws -> ActingOrganization? {
        let access = grant.organizations
        guard let name else {
            guard !access.isRequired else { throw OAuthError.invalidRequest("organization is required") }
            return nil
        }
        let refusal = OAuthError.accessDenied("The client grant does not allow access to an organization")
        guard access.isAllowed else { throw refusal }
        guard let organization = try db.organizations.find(name) ?? db.organizations.find(name: name) else {
            throw OAuthError.invalidRequest("The organization does not exist")
        }
        guard try access.allowsAny || db.organizationGrants.find(name: grant.id, owner: organization.id) != nil else {
            throw refusal
        }
        return try db.acting(in: organization)
    }
}
