import Tenancy

/// The last step of every authorization, however it came this far: by a live session, after a login, after a consent.
/// Rows and event are written in the transaction that finished it; signatures are made after its commit.
struct AuthorizationIssuance: Sendable {
    @Held private(set) var authorization: Authorization
    private(set) var events: AuthorizationEvents
    let visit: Visit
    private let key: SigningKey

    /// What the answer will hold. It is worth nothing until the transaction has committed.
    struct Prepared: Sendable {
        let code: OpaqueSecret?
        let tokens: PreparedTokens?
    }

    init(_ authorization: Authorization, events: AuthorizationEvents, _ visit: Visit) async throws {
        self.authorization = authorization
        self.events = events
        self.visit = visit
        key = try await visit.shard.signingKeys().current
    }

    /// The same, of an authorization as its user has settled it.
    func settled(_ authorization: Authorization) -> AuthorizationIssuance {
        var issuance = self
        issuance.authorization = authorization
        issuance.events = events.replacing(authorization)
        return issuance
    }

    private var client: Client { authorization.client }
    private var issuer: TokenIssuer { TokenIssuer(context: visit.context, client: client) }

    /// Stores what the client gets, all of one family, notes that the client uses the session, and logs the success.
    /// - Parameter impersonation: who acts as the user, if somebody does; everything issued is marked with it.
    func prepare(
        for user: User, _ session: Session, impersonation: Impersonation? = nil, in db: TenantDatabase
    ) throws -> Prepared {
        guard authorization.organization != nil || client.organizationUsage != .require else {
            throw AuthorizationRefusal(authorization: authorization, error: .organizationRequired, user: user)
        }
        // Whoever was let in may have been put out while the consent dialog was open.
        if let organization = authorization.organization?.organization,
            try !db.organizationMembers.contains(user.userID, in: organization.id)
        {
            throw AuthorizationRefusal(
                authorization: authorization,
                error: .notMember(userID: user.userID, organizationID: organization.id), user: user)
        }
        let types = authorization.issuedTypes
        let familyID = try db.tokenFamilies.insert(clientID: client.clientID, userID: user.userID, at: visit.now)
        if let impersonation { try db.impersonations.insert(impersonation, familyID: familyID) }
        let code = types.contains(.code) ? try insertCode(of: familyID, session, in: db) : nil
        let tokens = types.carriesTokens ? try prepareTokens(types, of: familyID, user, session, in: db) : nil
        try db.sessions.touch(session, clientID: client.clientID, at: visit.now)
        var event = events.success(user, session)
        if let impersonation { event.details?["impersonator"] = .string(impersonation.impersonatorID) }
        try db.logs.append(event)
        return Prepared(code: code, tokens: tokens)
    }

    /// Seconds between /authorize and /oauth/token, at most (RFC 6749 §4.1.2).
    private static let codeLifetime: Int64 = 600

    private func insertCode(
        of familyID: String, _ session: Session, in db: TenantDatabase
    ) throws -> OpaqueSecret {
        let secret = OpaqueSecret.authorizationCode()
        let code = AuthorizationCode(
            familyID: familyID, clientID: client.clientID, userID: session.userID, sessionID: session.id,
            connection: session.connection, redirectURI: authorization.redirectURI.raw,
            redirectURIWasSent: authorization.redirectURI.wasSent, scope: authorization.scope,
            audience: authorization.audience, nonce: authorization.request.nonce,
            codeChallenge: authorization.codeChallenge, authenticatedAt: session.authenticatedAt,
            wantsAuthTime: authorization.maxAge != nil, expiresAt: visit.now.adding(seconds: Self.codeLifetime),
            strength: session.strength, organizationID: authorization.organization?.organization.id)
        try db.authorizationCodes.insert(code, secret: secret)
        return secret
    }

    private func prepareTokens(
        _ types: ResponseType, of familyID: String, _ user: User, _ session: Session, in db: TenantDatabase
    ) throws -> PreparedTokens {
        let authorization = UserAuthorization(
            familyID: familyID, user: user, connection: session.connection, scope: self.authorization.scope,
            audience: self.authorization.audience, nonce: self.authorization.request.nonce,
            authenticatedAt: session.authenticatedAt, wantsAuthTime: self.authorization.maxAge != nil, mark: nil,
            sessionID: session.id, strength: session.strength,
            organizationID: self.authorization.organization?.organization.id)
        return try issuer.prepare(authorization, refresh: .keep, by: .browser(types), in: db)
    }

    /// Signs what was prepared. Slow: not on an event loop.
    func sign(_ prepared: Prepared) throws -> AuthorizationResponse {
        var parameters: [(String, String)] = []
        if let code = prepared.code { parameters.append(("code", code.text)) }
        if let tokens = prepared.tokens {
            let types = authorization.issuedTypes
            let access = types.contains(.token) ? try issuer.accessToken(tokens, by: key) : nil
            if let access {
                parameters += [
                    ("access_token", access), ("expires_in", String(tokens.lifetime)), ("token_type", "Bearer"),
                ]
                // RFC 6749 §4.2.2: told where it is not what was asked for.
                if Set(tokens.scope) != Set(Scopes.parse(authorization.request.scope ?? "")) {
                    parameters.append(("scope", tokens.scope.joined(separator: " ")))
                }
            }
            if types.contains(.idToken) {
                let idToken = try issuer.idToken(tokens, accessToken: access, code: prepared.code?.text, by: key)
                parameters.append(("id_token", idToken))
            }
        }
        return AuthorizationResponse(success: parameters, for: authorization, visit)
    }
}
