import Tenancy
import TenantHTTP

/// A user who has proved themselves to a token request directly: by a password, a one-time code, a second factor.
struct ProvenUser: Sendable {
    let userID: String
    let connection: Connection
    let mark: AccessTokenClaims.GrantMark?
    /// What an earlier request of the same login asked for; nil where this request does.
    var asked: AskedTokens?
    var strength = AuthenticationStrength.single
}

/// Which tokens a request asks for.
struct AskedTokens: Sendable {
    let audience: String?
    let scope: [String]?
}

extension TokenExchange {
    /// Refuses what a grant cannot give before anything is proved: whoever proves themselves to a token request is a
    /// member of no organization there. The contract has organizations for logins by hosted pages alone.
    func refuseOrganizations() throws(OAuthError) {
        guard request.organization == nil else { throw .organizationNotSupported }
        guard client.organizationUsage != .require else { throw .organizationRequired }
    }

    /// Tokens for a user who proved themselves to this very request, with everything stored and logged in one
    /// transaction.
    /// - Parameter work: what the same transaction does first, such as using up a code; it may refuse by throwing, and adds
    ///   to what the events tell.
    func issue(
        to proven: ProvenUser, success: LogType, failure: LogType, _ description: String,
        adding work: @escaping @Sendable (TenantDatabase, inout LogDetails) throws -> Void = { _, _ in }
    ) async throws -> TokenResponse {
        let asked = proven.asked ?? AskedTokens(audience: request.audience, scope: request.scope)
        let wanted = try await wantedAudience(asked)
        let address = audit.forwardedAddress ?? context.clientAddress
        let details = LogDetails(audience: wanted, userID: proven.userID, connection: proven.connection.identity)
        return try await redeem(failure: failure, details: details) { [self] db, told in
            try work(db, &told)
            let api = try wanted.flatMap { try context.resourceServer(audience: $0, in: db) }
            guard wanted == nil || api != nil else {
                throw OAuthError.invalidRequest("invalid audience specified for password grant exchange")
            }
            guard let known = try db.users.find(proven.userID) else { throw OAuthError.invalidGrant("Unknown user") }
            told.user = known
            guard !known.isBlocked else { throw OAuthError.userIsBlocked }
            let user = try db.users.recordLogin(known, from: address, at: context.now) ?? known
            let authorization = UserAuthorization(
                familyID: try db.tokenFamilies.insert(clientID: client.clientID, userID: user.userID, at: context.now),
                user: user, connection: proven.connection.name, scope: wantedScope(asked, api), audience: wanted,
                nonce: nil, authenticatedAt: context.now, wantsAuthTime: false, mark: proven.mark,
                strength: proven.strength)
            let prepared = try issuer.prepare(authorization, refresh: .issue, in: db)
            told.scope = prepared.scope
            told.user = user
            try db.logs.append(audit.success(success, description, details: told))
            return prepared
        } sign: { [self] in
            try issuer.sign($0, by: $1)
        }
    }

    /// The audience the request names, or the tenant's default; nil where the token is for /userinfo alone.
    private func wantedAudience(_ asked: AskedTokens) async throws -> String? {
        let named =
            if let audience = asked.audience { audience } else {
                try await shard.settings().defaultAudience
            }
        return named == context.userInfoAudience ? nil : named
    }

    /// Without a scope everything the API has, or for a login alone the whole profile; there the old clients' `openid`
    /// means as much (spec 02 §5, recorded).
    private func wantedScope(_ asked: AskedTokens, _ api: ResourceServer?) -> [String] {
        let wholeProfile = Scopes.openIDConnect.filter { $0 != "offline_access" }
        guard let asked = asked.scope else { return api?.scopes ?? wholeProfile }
        guard api == nil, !client.isOIDCConformant, asked.contains("openid") else { return asked }
        return asked + wholeProfile.filter { !asked.contains($0) }
    }
}
