import StrictJSON
import Tenancy
import TenantHTTP

/// A code of /authorize for tokens, once (RFC 6749 §4.1.3, RFC 7636 §4.6).
struct AuthorizationCodeGrant: TokenGrant {
    static let type = "authorization_code"
    static let failure = LogType.failedCodeExchange

    func exchange(_ exchange: TokenExchange) async throws -> TokenResponse {
        guard let text = exchange.request.code else { throw OAuthError.missingParameter("code") }
        let secret = OpaqueSecret(text: text)
        let masked = LogDetails(details: ["code": .string(Self.masked(text))])
        // The code is burnt and everything written in one transaction, so of parallel requests exactly one gets here
        // with a fresh code; only that one signs, after its commit.
        return try await exchange.redeem(failure: Self.failure, details: masked) { db, told in
            let code = try Self.fresh(secret, exchange, &told, db)
            try Self.check(code, exchange)
            let user = try Self.user(of: code, &told, db)
            try db.authorizationCodes.markUsed(secret, at: exchange.context.now)
            let authorization = UserAuthorization(
                familyID: code.familyID, user: user, connection: code.connection, scope: code.scope,
                audience: code.audience, nonce: code.nonce, authenticatedAt: code.authenticatedAt,
                wantsAuthTime: code.wantsAuthTime, mark: nil, sessionID: code.sessionID,
                strength: code.strength, organizationID: code.organizationID)
            let prepared = try exchange.issuer.prepare(authorization, refresh: .issue, in: db)
            told.audience = code.audience
            told.scope = prepared.scope
            told.organization = prepared.organization?.stored
            told.connection = try db.connections.identity(name: code.connection)
            try db.logs.append(
                exchange.audit.success(.successCodeExchange, "Authorization code for access token", details: told))
            return prepared
        } sign: {
            try exchange.issuer.sign($0, by: $1)
        }
    }

    /// Unknown, expired, somebody else's: one text for all (spec 08 T4).
    private static func fresh(
        _ secret: OpaqueSecret, _ exchange: TokenExchange, _ told: inout LogDetails, _ db: TenantDatabase
    ) throws -> AuthorizationCode {
        switch try db.authorizationCodes.find(secret) {
        case .unknown: throw OAuthError.invalidCode
        case .used(let code):
            told.userID = code.userID
            // RFC 9700 §2.1.1, §4.5: one of the two who had the code is a thief, so its tokens die.
            try db.tokenFamilies.revoke(code.familyID, at: exchange.context.now)
            throw OAuthError.invalidCode
        case .fresh(let code):
            told.userID = code.userID
            guard code.expiresAt > exchange.context.now, code.clientID == exchange.client.clientID else {
                throw OAuthError.invalidCode
            }
            return code
        }
    }

    private static func check(_ code: AuthorizationCode, _ exchange: TokenExchange) throws(OAuthError) {
        let sent = exchange.request.redirectURI
        guard sent == code.redirectURI || (sent == nil && !code.redirectURIWasSent) else {
            throw .wrongRedirectURI(sent: sent ?? "", expected: code.redirectURI)
        }
        guard CodeVerifier.isProof(exchange.request.codeVerifier, of: code.codeChallenge) else { throw .wrongVerifier }
    }

    private static func user(
        of code: AuthorizationCode, _ told: inout LogDetails, _ db: TenantDatabase
    ) throws -> User {
        guard let family = try db.tokenFamilies.find(code.familyID), !family.isRevoked,
            let user = try db.users.find(code.userID)
        else { throw OAuthError.invalidCode }
        told.user = user
        guard !user.isBlocked else { throw OAuthError.userIsBlocked }
        return user
    }

    /// `****…abc` (spec 04 §3): enough to find the login it belongs to, useless otherwise.
    private static func masked(_ code: String) -> String {
        String(repeating: "*", count: 17) + (code.utf8.count > 16 ? String(code.suffix(3)) : "")
    }
}
