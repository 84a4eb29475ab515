import Hummingbird
import StrictJSON
import Tenancy
import TenantHTTP

/// `POST /delegation` (spec 02 §6): an id_token or refresh token of one client becomes an id_token for another.
struct DelegationEndpoint: Sendable {
    let rateLimiting: RateLimiting

    func answer(_ request: Request, _ context: TenantContext) async throws -> Response {
        let legacy = try await LegacyRequest(request, context)
        let wanted = try DelegationRequest(legacy)
        let client = try wanted.feature.admit(legacy.client, legacy.settings)
        // For the log alone.
        var userID: String?
        do {
            let target = try await Self.target(wanted, client, context.shard)
            let source = try await Self.source(wanted, client, target, legacy)
            userID = source.user.userID
            guard !source.user.isBlocked else { throw LegacyRefusal.userIsBlocked }
            try await Self.admit(source.user, to: target, legacy)
            guard rateLimiting == .on else { return try await Self.issue(wanted, source, target, client, legacy) }
            // Only now is it known whose call it is (spec 02 §1).
            let decision = try await context.count(request, against: .delegation, user: source.user.userID)
            guard decision.isAllowed else {
                throw TooManyRequests(family: .oauth, decision: decision, now: context.now)
            }
            var response = try await Self.issue(wanted, source, target, client, legacy)
            response.headers.append(contentsOf: decision.fields)
            return response
        } catch let refusal as LegacyRefusal {
            try await legacy.report(refusal, .failedDelegation, userID: userID, details: wanted.logged)
            throw refusal
        }
    }

    /// On whose behalf the client asks.
    private struct Source: Sendable {
        let user: User
        /// Of the id_token that was shown.
        var claims: JSONObject = [:]
        /// The client that had it made, where that was another than the one it is for.
        var maker: JSON?
    }

    /// Delegation leads to no client that the user could not have logged in to.
    private static func admit(_ user: User, to target: Client, _ legacy: LegacyRequest) async throws {
        guard target.organizationUsage != .require else { throw LegacyRefusal.refused(.organizationRequired) }
        guard !SecondFactorPolicy(settings: legacy.settings.secondFactor, clientID: target.clientID).isWanted else {
            throw LegacyRefusal.secondFactorRequired
        }
        guard try await legacy.shard.connection(named: user.connection)?.isEnabled(for: target.clientID) == true else {
            throw LegacyRefusal.accessDenied("The user's connection is not enabled for the target")
        }
    }

    private static func target(
        _ wanted: DelegationRequest, _ client: Client, _ shard: Shard
    ) async throws -> Client {
        guard let id = wanted.target, id != client.clientID else { return client }
        guard let target = try await shard.client(id), !target.isGlobal else {
            throw LegacyRefusal.invalidRequest("the target client was not found")
        }
        let allowed = target.document["allowed_clients"]?.array?.compactMap(\.string) ?? []
        guard !target.isOIDCConformant, allowed.isEmpty || allowed.contains(client.clientID) else {
            throw LegacyRefusal.accessDenied("The client is not allowed to delegate to the target")
        }
        return target
    }

    private static func source(
        _ wanted: DelegationRequest, _ client: Client, _ target: Client, _ legacy: LegacyRequest
    ) async throws -> Source {
        switch wanted.proof {
        case .idToken(let text):
            // What the client could have written itself, knowing the secret that signs it, must not come back under the
            // tenant's key, as if the tenant had seen the user. From secret to secret stays as the contract has it.
            guard let proof = try await IDTokenProof(text, legacy.context), proof.client.clientID == client.clientID,
                proof.client.signsIDTokensByTenantKey || !target.signsIDTokensByTenantKey
            else { throw LegacyRefusal.invalidGrant("invalid id_token") }
            // Of what the client could have written itself nobody knows who made it.
            let isDelegated = proof.isDelegated && proof.client.signsIDTokensByTenantKey
            return Source(user: proof.user, claims: proof.claims, maker: isDelegated ? proof.claims["azp"] : nil)
        case .refreshToken(let text):
            let user = try await legacy.shard.read { db -> User? in
                guard let token = try db.refreshTokens.find(OpaqueSecret(text: text)),
                    token.clientID == client.clientID, !token.familyIsRevoked, token.supersededAt == nil,
                    token.proofKey == nil,
                    token.standing(under: client.refreshTokenPolicy, at: legacy.context.now) == .living
                else { return nil }
                return try db.users.find(token.userID)
            }
            guard let user else { throw LegacyRefusal.invalidGrant("invalid refresh_token") }
            return Source(user: user)
        }
    }

    private static func issue(
        _ wanted: DelegationRequest, _ source: Source, _ target: Client, _ client: Client, _ legacy: LegacyRequest
    ) async throws -> Response {
        let claims = claims(wanted, source, target, client, legacy.context)
        var event = legacy.event(.successDelegation, nil, user: source.user)
        event.details = wanted.logged
        let succeeded = event
        let key = try await legacy.shard.signingKeys().current
        let token = try await legacy.shard.write { db in
            try wanted.feature.note(client, legacy.facts, in: db)
            try db.logs.append(succeeded)
        } then: {
            try target.signed(claims, type: "JWT", by: key)
        }
        return .json([
            "token_type": "Bearer", "id_token": .string(token), "expires_in": .int(target.idTokenLifetime),
        ])
    }

    private static func claims(
        _ wanted: DelegationRequest, _ source: Source, _ target: Client, _ client: Client, _ context: TenantContext
    ) -> JSONObject {
        var claims = ProfileClaims.claims(of: source.user, scope: wanted.scope, takesClaimNames: true)
        if wanted.scope.contains("passthrough") {
            // What the token that was shown says of the user; who issued it to whom is said anew below. Whoever has the
            // secret that signs it could have written anything into it.
            for (name, value) in source.claims where !ReservedClaims.contains(name) { claims[name] = value }
        }
        let now = Int(context.now.seconds)
        claims["iss"] = .string(context.issuer)
        claims["sub"] = .string(source.user.userID)
        claims["aud"] = .string(target.clientID)
        // However often it is passed on: at the end of a chain it must not look like a login there.
        claims["azp"] = source.maker ?? .string(client.clientID)
        claims["iat"] = .int(now)
        claims["exp"] = .int(now + target.idTokenLifetime)
        return claims
    }
}

/// The parameters of a delegation.
struct DelegationRequest: Sendable {
    enum Proof: Sendable {
        case idToken(String)
        case refreshToken(String)
    }

    let proof: Proof
    let target: String?
    let scope: [String]
    let apiType: String
    let device: String?

    /// Throws ``LegacyRefusal``.
    init(_ legacy: LegacyRequest) throws {
        let grantType = try legacy.required("grant_type")
        guard grantType == ResourceOwnerEndpoint.jwtBearer else { throw LegacyRefusal.unsupportedGrantType(grantType) }
        switch (try legacy.optional("id_token"), try legacy.optional("refresh_token")) {
        case (let token?, nil): proof = .idToken(token)
        case (nil, let token?): proof = .refreshToken(token)
        default:
            throw LegacyRefusal.invalidRequest("exactly one of id_token and refresh_token must be given")
        }
        target = try legacy.optional("target")
        scope = try legacy.scope()
        device = try legacy.optional("device")
        let type = try legacy.optional("api_type") ?? "app"
        // `auth0` is an older name. The tokens of other services are products of addons (spec 05).
        guard type == "app" || type == "auth0" else {
            throw LegacyRefusal.invalidRequest("the api_type \(type.prefix(64)) is not enabled for the client")
        }
        apiType = type
    }

    var feature: LegacyFeature {
        switch proof {
        case .idToken: .delegationByIDToken
        case .refreshToken: .delegationByRefreshToken
        }
    }

    /// spec 04 §3, without the token.
    var logged: JSONObject {
        var logged: JSONObject = [
            "api_type": .string(apiType), "grant_type": .string(ResourceOwnerEndpoint.jwtBearer),
            "scope": .string(String(scope.joined(separator: " ").prefix(512))),
        ]
        if let target { logged["target"] = .string(target.bounded(64)) }
        if let device { logged["device"] = .string(device.bounded(128)) }
        return logged
    }
}
