import OpenSSL
import StrictJSON
import Tenancy
import TenantHTTP

/// Turns a user's authorization into tokens, in two steps: what must be stored is stored in the transaction that
/// redeems the code or refresh token; what must be signed is signed after its commit, on the same thread.
struct TokenIssuer: Sendable {
    /// Seconds an opaque access token lives.
    static let opaqueTokenLifetime = 86_400

    /// What becomes of the refresh token.
    enum Refresh: Sendable {
        /// A new one, where `offline_access` is granted.
        case issue
        /// A new one in the place of an old one, with the scope the old one had.
        case rotate(OpaqueSecret, scope: [String])
        case keep
    }

    let context: TenantContext
    let client: Client

    /// Stores what the tokens need. Throws ``OAuthError`` where the API is gone.
    func prepare(
        _ authorization: UserAuthorization, refresh: Refresh, in db: TenantDatabase
    ) throws -> PreparedTokens {
        let now = context.now
        let api = try authorization.audience.map { audience in
            guard let api = try context.resourceServer(audience: audience, in: db) else {
                throw OAuthError.serviceNotFound(audience: audience)
            }
            return api
        }
        let scope = Scopes.granted(
            authorization.scope, client: client, api: api, isConformant: client.isOIDCConformant)
        var opaque: OpaqueSecret?
        if api == nil {
            let secret = OpaqueSecret.accessToken()
            try db.accessTokens.insert(
                secret, familyID: authorization.familyID, scope: scope,
                expiresAt: now.adding(seconds: Int64(Self.opaqueTokenLifetime)))
            opaque = secret
        }
        return PreparedTokens(
            authorization: authorization, api: api, scope: scope,
            // Only clients of the old kind know impersonation.
            impersonation: client.isOIDCConformant
                ? nil : try db.impersonations.find(familyID: authorization.familyID),
            opaqueToken: opaque,
            refreshToken: try self.refresh(refresh, authorization, scope: scope, at: now, in: db), issuedAt: now)
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
            audience: authorization.audience, authenticatedAt: authorization.authenticatedAt, at: now)
        return secret
    }

    /// Signs what was prepared and committed. Slow: not on an event loop.
    func sign(_ tokens: PreparedTokens, by key: SigningKey) throws -> TokenResponse {
        let authorization = tokens.authorization
        let accessToken = AccessTokenPlan(tokens, issuer: self)
        let wantsIDToken = tokens.scope.contains("openid")
        let idClaims = IDTokenClaims(
            issuer: context.issuer, client: client, user: authorization.user, scope: tokens.scope,
            nonce: authorization.nonce,
            authenticatedAt: authorization.wantsAuthTime ? authorization.authenticatedAt : nil,
            issuedAt: tokens.issuedAt)
        let access = try accessToken.text(key)
        var idToken: String?
        if wantsIDToken {
            var claims = idClaims.object(accessToken: access)
            for (name, value) in tokens.impersonation?.claims ?? [:] { claims[name] = value }
            idToken =
                client.signsIDTokensByTenantKey
                ? try JSONWebToken.signed(claims, by: key) : JSONWebToken.signed(claims, hs256: client.hs256Key)
        }
        // What /authorize was asked for is not known any more: RFC 6749 §5.1 wants the scope told then.
        return TokenResponse(
            accessToken: access, refreshToken: tokens.refreshToken?.text, idToken: idToken,
            scope: tokens.scope.isEmpty ? nil : tokens.scope,
            expiresIn: tokens.api?.tokenLifetime ?? Self.opaqueTokenLifetime)
    }
}

/// Tokens whose rows are written; they are nothing until the transaction has committed.
struct PreparedTokens: Sendable {
    let authorization: UserAuthorization
    let api: ResourceServer?
    /// As granted.
    let scope: [String]
    /// Who acts as the user, if somebody does.
    let impersonation: Impersonation?
    let opaqueToken: OpaqueSecret?
    let refreshToken: OpaqueSecret?
    let issuedAt: Timestamp
}

/// The access token of a user: opaque without an API, a JWT with one.
private enum AccessTokenPlan: Sendable {
    case opaque(String)
    case jwt(JSONObject, ResourceServer)

    init(_ tokens: PreparedTokens, issuer: TokenIssuer) {
        guard let api = tokens.api else {
            self = .opaque(tokens.opaqueToken?.text ?? "")
            return
        }
        let context = issuer.context
        let authorization = tokens.authorization
        // A key that an API shares must not open /userinfo.
        let opensUserInfo = tokens.scope.contains("openid") && api.signingAlgorithm == "RS256"
        let claims = AccessTokenClaims(
            issuer: context.issuer, subject: authorization.user.userID,
            audience: authorization.audience ?? api.identifier,
            userInfoAudience: opensUserInfo ? context.userInfoAudience : nil, clientID: issuer.client.clientID,
            scope: tokens.scope, issuedAt: tokens.issuedAt, lifetime: api.tokenLifetime, mark: authorization.mark,
            familyID: authorization.familyID)
        self = .jwt(claims.object, api)
    }

    func text(_ key: SigningKey) throws -> String {
        switch self {
        case .opaque(let text): text
        case .jwt(let claims, let api): try api.sign(claims, tenantKey: key)
        }
    }
}

extension ResourceServer {
    /// Signs the claims of an access token for this API as the API wants it.
    func sign(_ claims: JSONObject, tenantKey key: SigningKey) throws -> String {
        guard signingAlgorithm == "HS256" else { return try JSONWebToken.signed(claims, by: key) }
        guard let secret = signingSecret, !secret.isEmpty else {
            throw OAuthError.serverError("The API has no signing secret")
        }
        return JSONWebToken.signed(claims, hs256: Array(secret.utf8))
    }
}

extension TenantContext {
    /// ``resourceServer(audience:)`` inside a transaction.
    func resourceServer(audience: String, in db: TenantDatabase) throws -> ResourceServer? {
        if audience == managementAudience {
            return try db.resourceServers.find(identifier: ResourceServer.systemIdentifier)
        }
        guard audience != ResourceServer.systemIdentifier else { return nil }
        return try db.resourceServers.find(identifier: audience)
    }
}
