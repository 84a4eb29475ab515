import Tenancy

extension Authorization {
    /// Seconds between /authorize and /oauth/token, at most (RFC 6749 §4.1.2).
    static let codeLifetime: Int64 = 600

    /// Issues the code of this authorization to a session's user, and notes that the client uses the session.
    func issueCode(for session: Session, in db: TenantDatabase, at now: Timestamp) throws -> String {
        let secret = OpaqueSecret.authorizationCode()
        let familyID = try db.tokenFamilies.insert(clientID: client.clientID, userID: session.userID, at: now)
        let code = AuthorizationCode(
            familyID: familyID, clientID: client.clientID, userID: session.userID, sessionID: session.id,
            connection: session.connection, redirectURI: redirectURI.raw, redirectURIWasSent: redirectURI.wasSent,
            scope: scope, audience: audience, nonce: request.nonce, codeChallenge: codeChallenge,
            authenticatedAt: session.authenticatedAt, wantsAuthTime: maxAge != nil,
            expiresAt: now.adding(seconds: Self.codeLifetime), usedSecondFactor: session.secondFactorAt != nil)
        try db.authorizationCodes.insert(code, secret: secret)
        try db.sessions.touch(session, clientID: client.clientID, at: now)
        return secret.text
    }
}
