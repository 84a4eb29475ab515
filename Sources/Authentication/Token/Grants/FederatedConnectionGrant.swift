import Tenancy
import TenantHTTP

/// A user's access token at the identity provider they came through, for calling that provider's APIs
/// (auth0-python's `access_token_for_connection`; an exchange after RFC 8693).
///
/// Only a client that proves itself gets one, and only for a user whose refresh token it holds. A refresh token says
/// that the user let the client act while they are away; an access token, which APIs see too, does not.
struct FederatedConnectionGrant: TokenGrant {
    static let type = "urn:auth0:params:oauth:grant-type:token-exchange:federated-connection-access-token"
    static let failure = LogType.failedTokenExchange
    static let needsConfidentialClient = true

    func exchange(_ exchange: TokenExchange) async throws -> TokenResponse {
        let parameters = exchange.request.federatedConnection
        let secret = OpaqueSecret(text: try parameters.subjectToken(exchange.request.tokenExchange))
        guard let name = parameters.connection else { throw OAuthError.missingParameter("connection") }
        guard let connection = try await exchange.shard.connection(named: name),
            connection.isEnabled(for: exchange.client.clientID)
        else { throw OAuthError.invalidRequest("The connection does not exist or is not enabled for the client") }
        guard connection.strategyType == .social || connection.strategyType == .enterprise else {
            throw OAuthError.invalidRequest("Users of the connection have no tokens of an identity provider")
        }
        return try await exchange.redeem(failure: Self.failure, details: LogDetails(connection: connection.identity)) {
            db, told in
            let user = try Self.user(of: secret, exchange, &told, db)
            let tokens = try Self.tokens(of: user, connection, parameters, at: exchange.context.now, db)
            told.scope = tokens.scope
            try db.logs.append(
                exchange.audit.success(
                    .successTokenExchange, "Refresh token for an identity provider's access token", details: told))
            return tokens
        } sign: { tokens, _ in
            Self.response(tokens, at: exchange.context.now)
        }
    }

    private static func user(
        of secret: OpaqueSecret, _ exchange: TokenExchange, _ told: inout LogDetails, _ db: TenantDatabase
    ) throws -> User {
        let token = try RefreshTokenGrant.living(secret, exchange, &told, db)
        guard token.proofKey == nil || token.proofKey == exchange.proofKey,
            let user = try db.users.find(token.userID),
            // Who acts as somebody else gets nothing further by it.
            try db.impersonations.find(familyID: token.familyID) == nil
        else { throw OAuthError.invalidRefreshToken }
        told.user = user
        guard !user.isBlocked else { throw OAuthError.userIsBlocked }
        try db.refreshTokens.markUsed(secret, at: exchange.context.now)
        return user
    }

    private static func tokens(
        of user: User, _ connection: Connection, _ parameters: FederatedConnectionParameters, at now: Timestamp,
        _ db: TenantDatabase
    ) throws -> IdentityTokens {
        let tokens = try db.identityTokens.list(of: user.userID, connection: connection.name).first {
            parameters.loginHint == nil || parameters.loginHint == $0.identityID
        }
        guard let tokens else { throw OAuthError.invalidGrant("The user has no token of the connection") }
        guard tokens.expiresAt > now else {
            throw OAuthError.invalidGrant("The user's token of the connection has expired, they have to log in again")
        }
        return tokens
    }

    private static func response(_ tokens: IdentityTokens, at now: Timestamp) -> TokenResponse {
        var response = TokenResponse(
            accessToken: tokens.accessToken, refreshToken: nil, idToken: nil,
            scope: tokens.scope.isEmpty ? nil : tokens.scope, expiresIn: Int(tokens.expiresAt.seconds - now.seconds))
        response.issuedTokenType = FederatedConnectionParameters.requestedType
        return response
    }
}
