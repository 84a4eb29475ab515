import OpenSSL
import StrictJSON
import Tenancy
import TenantHTTP

/// Turns a user's authorization into tokens, in two steps: what must be stored is stored in the transaction that
/// redeems the code or refresh token; what must be signed is signed after its commit, on the same thread.
struct TokenIssuer: Sendable {
    /// What becomes of the refresh token.
    enum Refresh: Sendable {
        /// A new one, where `offline_access` is granted.
        case issue
        /// A new one in the place of an old one, with the scope the old one had.
        case rotate(OpaqueSecret, scope: [String])
        /// The one there is stays good.
        case keep
    }

    let context: TenantContext
    let client: Client
    /// The thumbprint of the key the tokens are bound to; nil for bearer tokens.
    var proofKey: String?

    /// Stores what the tokens need. Throws ``OAuthError`` where the API is gone, and where the client is for members of
    /// organizations alone and the user acts in none, whatever way the login took.
    func prepare(
        _ authorization: UserAuthorization, refresh: Refresh, by delivery: TokenDelivery = .exchange,
        in db: TenantDatabase
    ) throws -> PreparedTokens {
        guard authorization.organizationID != nil || client.organizationUsage != .require else {
            throw OAuthError.organizationRequired
        }
        let now = context.now
        let api = try authorization.audience.map { audience in
            guard let api = try context.resourceServer(audience: audience, in: db) else {
                throw OAuthError.serviceNotFound(audience: audience)
            }
            guard api.allowsUsers else { throw OAuthError.noClientGrant(audience: audience) }
            return api
        }
        let granted = Scopes.granted(
            authorization.scope, client: client, api: api, isConformant: client.isOIDCConformant)
        let organization = try authorization.organizationID.map { try db.actingOrganization($0, authorization.user) }
        let policy = try PolicyEnforcement(
            api, userID: authorization.user.userID, organizationID: organization?.id, in: db)
        let scope = policy.scope(of: granted)
        let lifetime = delivery.accessTokenLifetime(api)
        var opaque: OpaqueSecret?
        if api == nil, delivery.wantsAccessToken {
            let secret = OpaqueSecret.accessToken()
            try db.accessTokens.insert(
                secret, familyID: authorization.familyID, scope: scope,
                expiresAt: now.adding(seconds: Int64(lifetime)), proofKey: proofKey)
            opaque = secret
        }
        return PreparedTokens(
            authorization: authorization, api: api, scope: scope, permissions: policy.claim,
            organization: organization,
            // Only clients of the old kind know impersonation.
            impersonation: client.isOIDCConformant
                ? nil : try db.impersonations.find(familyID: authorization.familyID),
            delivery: delivery, lifetime: lifetime,
            opaqueToken: opaque,
            // It renews what the user has granted; what policies leave of that is asked anew each time.
            refreshToken: try self.refresh(refresh, authorization, scope: granted, at: now, in: db),
            accessTokenKey: try context.signingKey(api?.signingAlgorithm, in: db),
            idTokenKey: try context.signingKey(client.idTokenSigning, in: db), issuedAt: now)
    }

    private func refresh(
        _ refresh: Refresh, _ authorization: UserAuthorization, scope: [String], at now: Timestamp,
        in db: TenantDatabase
    ) throws -> OpaqueSecret? {
        let lasting: [String]
        switch refresh {
        case .keep: return nil
        case .issue:
            guard scope.contains("offline_access") else { return nil }
            lasting = scope
        case .rotate(let old, let scope):
            try db.refreshTokens.supersede(old, at: now)
            lasting = scope
        }
        let secret = OpaqueSecret.random()
        try db.refreshTokens.insert(
            secret, familyID: authorization.familyID, connection: authorization.connection, scope: lasting,
            audience: authorization.audience, authenticatedAt: authorization.authenticatedAt,
            login: RefreshToken.Login(
                sessionID: authorization.sessionID, wantsAuthTime: authorization.wantsAuthTime,
                strength: authorization.strength, organizationID: authorization.organizationID),
            // RFC 9449 §5: a client that proves itself already proves with that who may use the token.
            proofKey: client.isPublic ? proofKey : nil, at: now)
        return secret
    }

    /// Signs what was prepared and committed. Slow: not on an event loop.
    func sign(_ tokens: PreparedTokens, by key: SigningKey) throws -> TokenResponse {
        let access = try accessToken(tokens, by: key)
        // What /authorize was asked for is not known any more: RFC 6749 §5.1 wants the scope told then.
        return TokenResponse(
            accessToken: access, refreshToken: tokens.refreshToken?.text,
            idToken: tokens.scope.contains("openid") ? try idToken(tokens, accessToken: access, by: key) : nil,
            scope: tokens.scope.isEmpty ? nil : tokens.scope, expiresIn: tokens.lifetime, isBound: proofKey != nil)
    }

    /// The access token that was prepared.
    func accessToken(_ tokens: PreparedTokens, by key: SigningKey) throws -> String {
        if let opaque = tokens.opaqueToken { return opaque.text }
        guard let api = tokens.api else { throw OAuthError.serverError("No access token was prepared") }
        let authorization = tokens.authorization
        // A key that an API shares must not open /userinfo.
        let opensUserInfo = tokens.scope.contains("openid") && api.signingAlgorithm != "HS256"
        let claims = AccessTokenClaims(
            issuer: context.issuer, subject: authorization.user.userID,
            audience: authorization.audience ?? api.identifier,
            userInfoAudience: opensUserInfo ? context.userInfoAudience : nil, clientID: client.clientID,
            scope: tokens.scope, issuedAt: tokens.issuedAt, lifetime: tokens.lifetime, mark: authorization.mark,
            familyID: authorization.familyID, proofKey: proofKey, actor: tokens.impersonation?.actor,
            organization: tokens.organization, permissions: tokens.permissions, dialect: api.tokenDialect,
            login: AccessTokenClaims.Login(
                authenticatedAt: authorization.authenticatedAt, strength: authorization.strength))
        return try api.sign(claims.text, tenantKey: tokens.accessTokenKey ?? key)
    }

    /// - Parameters:
    ///   - accessToken: the one given beside it.
    ///   - code: the one given beside it.
    func idToken(
        _ tokens: PreparedTokens, accessToken: String?, code: String? = nil, by key: SigningKey
    ) throws -> String {
        let authorization = tokens.authorization
        var claims = IDTokenClaims(
            issuer: context.issuer, client: client, user: authorization.user, scope: tokens.scope,
            nonce: authorization.nonce,
            authenticatedAt: authorization.wantsAuthTime ? authorization.authenticatedAt : nil,
            issuedAt: tokens.issuedAt,
            sessionID: client.backChannelLogoutURLs.isEmpty ? nil : authorization.sessionID,
            strength: authorization.strength
        ).object(accessToken: accessToken, code: code)
        if let organization = tokens.organization { claims.add(organization) }
        if let impersonation = tokens.impersonation {
            for (name, value) in impersonation.claims { claims[name] = value }
            claims[VerifiedAccessToken.actorClaim] = .object(impersonation.actor)
        }
        return try client.signed(claims, type: "JWT", by: tokens.idTokenKey ?? key)
    }
}

/// Tokens whose rows are written; they are nothing until the transaction has committed.
struct PreparedTokens: Sendable {
    let authorization: UserAuthorization
    let api: ResourceServer?
    /// As granted.
    let scope: [String]
    /// What the user may do with the API, where its tokens name that.
    let permissions: [String]?
    /// The organization the user acts in.
    let organization: ActingOrganization?
    /// Who acts as the user, if somebody does.
    let impersonation: Impersonation?
    let delivery: TokenDelivery
    /// Seconds the access token lives.
    let lifetime: Int
    let opaqueToken: OpaqueSecret?
    let refreshToken: OpaqueSecret?
    /// Where not the tenant's ordinary key signs.
    let accessTokenKey: SigningKey?
    /// Where not the tenant's ordinary key signs.
    let idTokenKey: SigningKey?
    let issuedAt: Timestamp
}

extension ResourceServer {
    /// Signs the claims of an access token for this API, which are JSON text already, as the API wants it.
    ///
    /// - Parameter key: the tenant's key of the API's algorithm; HS256 has a key of the API's own.
    func sign(_ claims: [UInt8], tenantKey key: SigningKey) throws -> String {
        let type = tokenDialect.type
        guard signingAlgorithm == "HS256" else { return try JSONWebToken.signed(claims, by: key, type: type) }
        guard let secret = signingSecret, !secret.isEmpty else {
            throw OAuthError.serverError("The API has no signing secret")
        }
        return JSONWebToken.signed(claims, hs256: Array(secret.utf8), type: type)
    }
}

extension TenantContext {
    /// The tenant's key of an algorithm that is not the ordinary one, made when it is first needed; nil for RS256, whose
    /// key the caller has at hand, and for HS256, which the tenant has no key for.
    func signingKey(_ algorithm: String?, in db: TenantDatabase) throws -> SigningKey? {
        guard let algorithm = algorithm.flatMap(SignatureAlgorithm.init(rawValue:)), algorithm != .rs256 else {
            return nil
        }
        return try db.signingKeys.current(algorithm, makingFor: host.name, at: now)
    }
}
