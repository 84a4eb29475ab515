import Tenancy
import TenantHTTP

/// Tokens for a client whose user has said yes elsewhere (CIBA Core §10.1, polled).
struct BackChannelLoginGrant: TokenGrant {
    static let type = "urn:openid:params:grant-type:ciba"
    static let failure = LogType.failedBackChannelLogin
    static let needsConfidentialClient = true

    /// What a poll comes to. Waiting is answered by an error and not logged, as for a device.
    private enum Poll: Sendable {
        case waiting(OAuthError)
        case ready(PreparedTokens)
    }

    func exchange(_ exchange: TokenExchange) async throws -> TokenResponse {
        guard let text = exchange.request.authenticationRequestID else {
            throw OAuthError.missingParameter("auth_req_id")
        }
        let handle = OpaqueSecret(text: text)
        let now = exchange.context.now
        return try await exchange.redeem(failure: Self.failure) { db, told -> Poll in
            // CIBA Core §11: another client's looks like none.
            guard let question = try db.approvals.find(handle: handle),
                question.clientID == exchange.client.clientID,
                case .login(_, let audience, let organizationID) = question.subject
            else { throw OAuthError.invalidApproval }
            told.userID = question.userID
            switch question.state {
            case .redeemed: throw OAuthError.invalidApproval
            case .denied: throw OAuthError.approvalDenied("The user declined the request")
            case _ where now >= question.expiresAt: throw OAuthError.approvalExpired
            case .pending: return .waiting(try db.wait(for: question, at: now))
            case .approved(let proof):
                guard let proof else { throw OAuthError.invalidApproval }
                // Written in the transaction that found it approved: of parallel polls exactly one gets here.
                try db.approvals.markRedeemed(question.id)
                return .ready(
                    try Self.tokens(proof, audience: audience, organizationID: organizationID, exchange, &told, db))
            }
        } sign: { poll, key in
            switch poll {
            case .waiting(let error): throw AuditedRefusal(error: error)
            case .ready(let prepared): return try exchange.issuer.sign(prepared, by: key)
            }
        }
    }

    private static func tokens(
        _ proof: DeviceAuthorization.Approval, audience named: String?, organizationID: String?,
        _ exchange: TokenExchange, _ told: inout LogDetails, _ db: TenantDatabase
    ) throws -> PreparedTokens {
        guard let user = try db.users.find(proof.userID), !user.mustLogInAgain(since: proof.authenticatedAt) else {
            throw OAuthError.invalidApproval
        }
        told.user = user
        guard !user.isBlocked else { throw OAuthError.userIsBlocked }
        // Who has logged out since has taken the approval back.
        guard let session = try db.sessions.find(id: proof.sessionID) else { throw OAuthError.invalidApproval }
        let (client, now) = (exchange.client, exchange.context.now)
        // The audience the user agreed to, by the rule of /authorize: the tenant's default where none was named.
        let wanted = try named ?? db.settings.load()?.defaultAudience
        let audience = wanted == exchange.context.userInfoAudience ? nil : wanted
        let authorization = UserAuthorization(
            familyID: try db.tokenFamilies.insert(clientID: client.clientID, userID: user.userID, at: now),
            user: user, connection: proof.connection, scope: proof.scope, audience: audience, nonce: nil,
            authenticatedAt: proof.authenticatedAt, wantsAuthTime: true, mark: nil, sessionID: proof.sessionID,
            strength: session.strength, organizationID: organizationID)
        let prepared = try exchange.issuer.prepare(authorization, refresh: .issue, in: db)
        let success = LogDetails(
            audience: audience, scope: prepared.scope, user: user,
            connection: try db.connections.identity(name: proof.connection),
            organization: prepared.organization?.stored)
        try db.logs.append(
            exchange.audit.success(
                .successBackChannelLogin, "Login approved elsewhere for access token", details: success))
        return prepared
    }
}
