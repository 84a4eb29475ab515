import Hummingbird
import StrictJSON
import Tenancy
import TenantHTTP

/// `POST /oauth/ro` (spec 02 §6): name and password, or an id_token of before, for tokens.
struct ResourceOwnerEndpoint: Sendable {
    static let jwtBearer = "urn:ietf:params:oauth:grant-type:jwt-bearer"

    let passwords: PasswordLogin

    func answer(_ request: Request, _ context: TenantContext) async throws -> Response {
        let legacy = try await LegacyRequest(request, context)
        let scope = try legacy.scope()
        switch try legacy.required("grant_type") {
        case "password":
            let client = try LegacyFeature.password.admit(legacy.client, legacy.settings)
            let (connection, userID) = try await logIn(legacy, client)
            return try await issue(
                Proof(feature: .password, client: client, userID: userID, connection: connection.name), scope, legacy)
        case Self.jwtBearer:
            let client = try LegacyFeature.passwordByToken.admit(legacy.client, legacy.settings)
            _ = try legacy.required("device")
            guard let proof = try await IDTokenProof(try legacy.required("id_token"), context),
                proof.client.clientID == client.clientID
            else {
                try await legacy.report(.invalidGrant("invalid id_token"))
                throw LegacyRefusal.invalidGrant("invalid id_token")
            }
            return try await issue(
                Proof(
                    feature: .passwordByToken, client: client, userID: proof.user.userID,
                    connection: proof.user.connection), scope, legacy)
        case let other: throw LegacyRefusal.unsupportedGrantType(other)
        }
    }

    /// A user who has proved themselves, and how.
    private struct Proof: Sendable {
        let feature: LegacyFeature
        let client: Client
        let userID: String
        let connection: String
    }

    private func logIn(_ legacy: LegacyRequest, _ client: Client) async throws -> (Connection, String) {
        let (name, password) = (try legacy.required("username"), try legacy.required("password"))
        let connection = try await legacy.connection(for: client)
        guard Self.strategies.contains(connection.strategy) else { throw LegacyRefusal.unsupportedStrategy }
        if connection.isPasswordless {
            return (connection, try await redeem(password, of: name, at: connection, legacy, client))
        }
        guard connection.isDatabase else { throw LegacyRefusal.connectionNotConfigured }
        do {
            return (
                connection, try await legacy.userID(of: name, password, at: connection, for: client, by: passwords)
            )
        } catch let refusal as PasswordRefusal {
            throw LegacyRefusal(refusal.reason)
        }
    }

    /// The one-time code of a passwordless connection, which SDKs of the era send in the place of a password.
    private func redeem(
        _ code: String, of name: String, at connection: Connection, _ legacy: LegacyRequest, _ client: Client
    ) async throws -> String {
        guard let recipient = PasswordlessRecipient(name, of: connection) else {
            throw LegacyRefusal.invalidRequest("\(connection.recipientProperty) is not valid")
        }
        let login = PasswordlessLogin(
            recipient: recipient, client: client, address: legacy.facts.ip, issuer: legacy.context.issuer,
            shields: legacy.settings.shields, now: legacy.context.now)
        do {
            return try await login.redeem(code, in: legacy.shard) { type, description, userID in
                var event = legacy.event(type, description, connection: connection)
                event.userID = userID
                event.userName = recipient.text
                return event
            }.user.userID
        } catch let refusal as PasswordlessLogin.Refusal {
            throw LegacyRefusal(refusal.reason)
        }
    }

    /// What the contract lets through here; of these, databases check passwords themselves, and codes are ours.
    private static let strategies: Set<String> = ["auth0", "email", "sms", "ad", "auth0-adldap", "waad", "adfs"]

    /// A refresh token only for a named device, as they were kept then.
    private func issue(_ proof: Proof, _ scope: [String], _ legacy: LegacyRequest) async throws -> Response {
        let (context, client) = (legacy.context, proof.client)
        guard client.organizationUsage != .require else { throw LegacyRefusal.refused(.organizationRequired) }
        // There is no way here to give a second factor, and none to do without one (spec 08 L16).
        guard !SecondFactorPolicy(settings: legacy.settings.secondFactor, clientID: client.clientID).isWanted else {
            try await legacy.report(.secondFactorRequired, userID: proof.userID)
            throw LegacyRefusal.secondFactorRequired
        }
        let issuer = TokenIssuer(context: context, client: client)
        // RFC 9700 §2.2.2: an id_token, which anybody may have seen, renews nothing for ever.
        let wantsRefresh = try legacy.optional("device") != nil && proof.feature == .password
        let refresh = wantsRefresh ? TokenIssuer.Refresh.issue : .keep
        let connection = try await legacy.shard.connection(named: proof.connection)
        guard connection?.isEnabled(for: client.clientID) == true else { throw LegacyRefusal.connectionDisabled }
        let key = try await legacy.shard.signingKeys().current
        let tokens = try await legacy.shard.write { db -> Result<PreparedTokens, LegacyRefusal> in
            guard let known = try db.users.find(proof.userID) else { return .failure(.wrongCredentials) }
            guard !known.isBlocked else {
                try db.logs.append(
                    legacy.event(.failedLogin, "user is blocked", connection: connection, user: known))
                return .failure(.userIsBlocked)
            }
            let user = try db.users.recordLogin(known, from: legacy.facts.ip, at: context.now) ?? known
            let authorization = UserAuthorization(
                familyID: try db.tokenFamilies.insert(clientID: client.clientID, userID: user.userID, at: context.now),
                user: user, connection: proof.connection, scope: scope, audience: nil, nonce: nil,
                authenticatedAt: context.now, wantsAuthTime: false, mark: nil)
            let prepared = try issuer.prepare(authorization, refresh: refresh, in: db)
            try proof.feature.note(client, legacy.facts, in: db)
            try db.logs.append(legacy.event(.successLogin, "Successful login", connection: connection, user: user))
            return .success(prepared)
        } then: {
            try issuer.sign($0.get(), by: key)
        }
        return Self.response(tokens)
    }

    /// Lower-case `bearer` and no lifetime, as SDKs of the era know it.
    private static func response(_ tokens: TokenResponse) -> Response {
        var members: JSONObject = [:]
        if let idToken = tokens.idToken { members["id_token"] = .string(idToken) }
        members["access_token"] = .string(tokens.accessToken)
        if let refreshToken = tokens.refreshToken { members["refresh_token"] = .string(refreshToken) }
        members["token_type"] = "bearer"
        return .json(.object(members))
    }
}

extension LegacyRequest {
    /// Logs a refusal that is a failed login.
    /// - Parameter userID: whose it is, where that is known.
    func report(
        _ refusal: LegacyRefusal, _ type: LogType = .failedLogin, userID: String? = nil, details: JSONObject = [:]
    ) async throws {
        var event = event(type, refusal.row.message)
        event.userID = userID
        event.details = details.merging(deep: [
            "error": ["message": .string(refusal.row.message), "oauthError": .string(refusal.row.code)]
        ])
        let failed = event
        try await shard.write { try $0.logs.append(failed) }
    }
}
