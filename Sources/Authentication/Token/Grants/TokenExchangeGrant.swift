import StrictJSON
import Tenancy
import TenantHTTP

/// A user's token for one of another API (RFC 8693): a back end that was called for a user calls the next one for the
/// same user. The client grant of the target says whether it may, and for what; who acts stands in the token.
struct TokenExchangeGrant: TokenGrant {
    static let type = "urn:ietf:params:oauth:grant-type:token-exchange"
    static let failure = LogType.failedTokenExchange
    static let needsConfidentialClient = true

    private struct Delegation: Sendable {
        let subject: SubjectToken
        /// The organization the user acts in, as it is called now.
        let organization: ActingOrganization?
        let familyID: String
        let scope: [String]
        let permissions: [String]?
        /// Where not the tenant's ordinary key signs.
        let key: SigningKey?
    }

    func exchange(_ exchange: TokenExchange) async throws -> TokenResponse {
        let parameters = exchange.request.tokenExchange
        try parameters.checkSupport()
        guard let audience = exchange.request.audience else { throw OAuthError.missingParameter("audience") }
        // Management scopes never come out of a user's token (spec 08 T27).
        guard let api = try await exchange.context.resourceServer(audience: audience), !api.isSystem else {
            throw OAuthError.invalidTarget("Service not found: \(audience.prefix(256))")
        }
        let subject = try await Self.subject(parameters, exchange)
        return try await exchange.redeem(failure: Self.failure, details: LogDetails(audience: audience)) { db, told in
            try Self.delegate(subject, to: api, audience: audience, exchange, &told, db)
        } sign: { delegation, key in
            try Self.response(delegation, api, audience: audience, exchange, key)
        }
    }

    private static func subject(
        _ parameters: TokenExchangeParameters, _ exchange: TokenExchange
    ) async throws -> SubjectToken {
        let throttle = ExchangeThrottle(exchange, try await exchange.shard.settings().shields)
        try await throttle?.admit()
        do {
            return try await SubjectToken(parameters, exchange)
        } catch let error as OAuthError where error == .invalidSubjectToken {
            try await throttle?.countFailure()
            throw error
        }
    }

    private static func delegate(
        _ subject: SubjectToken, to api: ResourceServer, audience: String, _ exchange: TokenExchange,
        _ told: inout LogDetails, _ db: TenantDatabase
    ) throws -> Delegation {
        told.userID = subject.userID
        let (client, now) = (exchange.client, exchange.context.now)
        guard let grant = try db.clientGrants.find(clientID: client.clientID, resourceServerID: api.id), api.allowsUsers
        else {
            throw OAuthError.invalidTarget("Client is not authorized to access \"\(audience.prefix(256))\"")
        }
        guard let user = try db.users.find(subject.userID),
            !user.mustLogInAgain(since: subject.issuedAt.adding(seconds: 1))
        else { throw OAuthError.invalidSubjectToken }
        told.user = user
        guard !user.isBlocked else { throw OAuthError.userIsBlocked }
        if let familyID = subject.familyID {
            guard let family = try db.tokenFamilies.find(familyID), !family.isRevoked, family.userID == user.userID,
                // Who acts as somebody else gets nothing further by it.
                try db.impersonations.find(familyID: familyID) == nil
            else { throw OAuthError.invalidSubjectToken }
        }
        let organization = try organization(of: subject, user, exchange, db)
        let policy = try PolicyEnforcement(
            api, userID: user.userID, organizationID: organization?.id, in: db)
        let scope = policy.scope(of: try scope(subject, grant, api, audience: audience, exchange))
        let familyID =
            if let known = subject.familyID { known } else {
                try db.tokenFamilies.insert(clientID: client.clientID, userID: user.userID, at: now)
            }
        let success = LogDetails(
            audience: audience, scope: scope, user: user,
            connection: try db.connections.identity(name: user.connection),
            organization: organization?.stored)
        try db.logs.append(exchange.audit.success(.successTokenExchange, "Token for access token", details: success))
        // What the user may do, but never more than was granted here: APIs go by either claim.
        let granted = Set(scope)
        let permissions = policy.claim.map { held in held.filter(granted.contains) }
        return Delegation(
            subject: subject, organization: organization, familyID: familyID, scope: scope, permissions: permissions,
            key: try exchange.context.signingKey(api.signingAlgorithm, in: db))
    }

    /// The organization of the token, whose member the user must be still. A client may insist on one; it gets no other
    /// than the one the user has logged in to, and none where they logged in to none. Throws ``OAuthError``.
    private static func organization(
        of subject: SubjectToken, _ user: User, _ exchange: TokenExchange, _ db: TenantDatabase
    ) throws -> ActingOrganization? {
        let acting = try subject.organization.map { try db.actingOrganization($0.id, user) }
        guard acting != nil || exchange.client.organizationUsage != .require else {
            throw OAuthError.organizationRequired
        }
        guard let named = exchange.request.organization else { return acting }
        let takesNames = try db.settings.namesOrganizations()
        guard let wanted = try db.organization(named: named, takesNames: takesNames) else {
            throw OAuthError.unknownOrganization
        }
        guard wanted.id == acting?.id else {
            throw OAuthError.invalidRequest("The subject_token was not issued for the organization")
        }
        return acting
    }

    /// What the client asks for, as far as its grant and the API go; at the API the token was for already, never more
    /// than the token had.
    private static func scope(
        _ subject: SubjectToken, _ grant: ClientGrant, _ api: ResourceServer, audience: String,
        _ exchange: TokenExchange
    ) throws(OAuthError) -> [String] {
        let known = Set(api.scopes)
        let had: Set<String>? = subject.audiences.contains(audience) ? Set(subject.scope) : nil
        let allowed = grant.scope.filter { known.contains($0) && (had?.contains($0) ?? true) }
        guard let asked = exchange.request.scope else { return allowed }
        let scope = asked.filter(allowed.contains)
        guard !scope.isEmpty else { throw .invalidScope("None of the requested scopes can be granted") }
        return scope
    }

    private static func response(
        _ delegation: Delegation, _ api: ResourceServer, audience: String, _ exchange: TokenExchange,
        _ key: SigningKey
    ) throws -> TokenResponse {
        let now = exchange.context.now
        // It ends with what it was made from, at the latest.
        let lifetime = min(api.tokenLifetime, Int(delegation.subject.expiresAt.seconds - now.seconds))
        // RFC 8693 §4.1: who acts now, and behind it who acted before.
        var actor: JSONObject = ["sub": .string(exchange.client.clientID)]
        if let earlier = delegation.subject.actor { actor[VerifiedAccessToken.actorClaim] = .object(earlier) }
        let claims = AccessTokenClaims(
            issuer: exchange.context.issuer, subject: delegation.subject.userID, audience: audience,
            userInfoAudience: nil, clientID: exchange.client.clientID, scope: delegation.scope, issuedAt: now,
            lifetime: lifetime, mark: nil, familyID: delegation.familyID, proofKey: exchange.proofKey,
            actor: actor, organization: delegation.organization, permissions: delegation.permissions,
            dialect: api.tokenDialect
        ).text
        var response = TokenResponse(
            accessToken: try api.sign(claims, tenantKey: delegation.key ?? key), refreshToken: nil, idToken: nil,
            scope: delegation.scope, expiresIn: lifetime)
        response.isBound = exchange.proofKey != nil
        response.issuedTokenType = TokenExchangeParameters.accessTokenType
        return response
    }
}
