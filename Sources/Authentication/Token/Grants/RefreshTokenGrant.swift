import Tenancy
import TenantHTTP

/// New tokens for a refresh token (RFC 6749 §6), which the client's ``RefreshTokenPolicy`` may rotate or end.
struct RefreshTokenGrant: TokenGrant {
    static let type = "refresh_token"
    static let failure = LogType.failedRefreshTokenExchange

    func exchange(_ exchange: TokenExchange) async throws -> TokenResponse {
        guard let text = exchange.request.refreshToken else { throw OAuthError.missingParameter("refresh_token") }
        let secret = OpaqueSecret(text: text)
        return try await exchange.redeem(failure: Self.failure) { db, told in
            let token = try Self.living(secret, exchange, &told, db)
            guard token.proofKey == nil || token.proofKey == exchange.proofKey else {
                throw OAuthError.invalidRefreshToken
            }
            guard exchange.request.audience == nil || exchange.request.audience == token.audience else {
                throw OAuthError.invalidRefreshToken
            }
            guard let user = try db.users.find(token.userID) else { throw OAuthError.invalidRefreshToken }
            told.user = user
            guard !user.isBlocked else { throw OAuthError.invalidGrant("user is blocked") }
            let authorization = UserAuthorization(
                familyID: token.familyID, user: user, connection: token.connection,
                scope: try Self.scope(of: token, exchange, db), audience: token.audience, nonce: nil,
                authenticatedAt: token.authenticatedAt, wantsAuthTime: token.login.wantsAuthTime,
                mark: .refreshToken, sessionID: token.login.sessionID,
                strength: token.login.strength, organizationID: token.login.organizationID)
            let rotates = exchange.client.refreshTokenPolicy.rotates
            let prepared = try exchange.issuer.prepare(
                authorization, refresh: rotates ? .rotate(secret, scope: token.scope) : .keep, in: db)
            try db.refreshTokens.markUsed(secret, at: exchange.context.now)
            let success = LogDetails(
                audience: token.audience, scope: prepared.scope, user: user,
                connection: try db.connections.identity(name: token.connection),
                organization: prepared.organization?.stored)
            try db.logs.append(
                exchange.audit.success(
                    .successRefreshTokenExchange, "Refresh token for access token", details: success))
            return prepared
        } sign: {
            try exchange.issuer.sign($0, by: $1)
        }
    }

    /// The token, if it is good: the one way refresh tokens are looked up, so that the return of a superseded one is
    /// noticed wherever it is tried. Whose it is goes into what the event tells, good or not.
    static func living(
        _ secret: OpaqueSecret, _ exchange: TokenExchange, _ told: inout LogDetails, _ db: TenantDatabase
    ) throws -> RefreshToken {
        guard let token = try db.refreshTokens.find(secret) else { throw OAuthError.invalidRefreshToken }
        told.userID = token.userID
        guard token.clientID == exchange.client.clientID, !token.familyIsRevoked else {
            throw OAuthError.invalidRefreshToken
        }
        switch token.standing(under: exchange.client.refreshTokenPolicy, at: exchange.context.now) {
        case .living: return token
        case .expired: throw OAuthError.invalidRefreshToken
        case .reused:
            // RFC 9700 §4.14.2: of the two who hold the token one is a thief, so the newest dies with it.
            try db.tokenFamilies.revoke(token.familyID, at: exchange.context.now)
            try db.logs.append(
                exchange.audit.failure(
                    .refreshTokenReuse, .invalidRefreshToken, details: LogDetails(user: db.users.find(token.userID))))
            throw OAuthError.invalidRefreshToken
        }
    }

    /// What is asked for, or everything there is. Scopes nobody knows are dropped, as at /authorize; known ones that
    /// were not granted are refused (RFC 6749 §6), so scope never grows.
    private static func scope(
        of token: RefreshToken, _ exchange: TokenExchange, _ db: TenantDatabase
    ) throws -> [String] {
        guard let asked = exchange.request.scope else { return token.scope }
        let api = try token.audience.flatMap { try exchange.context.resourceServer(audience: $0, in: db) }
        let known = Scopes.granted(
            asked, client: exchange.client, api: api, isConformant: exchange.client.isOIDCConformant)
        guard Set(known).isSubset(of: token.scope) else {
            throw OAuthError.invalidScope("The requested scope exceeds the scope granted")
        }
        return known
    }
}
