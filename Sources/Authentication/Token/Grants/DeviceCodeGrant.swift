import Tenancy
import TenantHTTP

/// Tokens for a device whose user has said yes elsewhere (RFC 8628 §3.4).
struct DeviceCodeGrant: TokenGrant {
    static let type = "urn:ietf:params:oauth:grant-type:device_code"
    static let failure = LogType.failedDeviceExchange

    /// What a poll comes to. Waiting is no failure: it is answered by an error and not logged, or a patient device
    /// would fill the log.
    private enum Poll: Sendable {
        case waiting(OAuthError)
        case ready(PreparedTokens)
    }

    func exchange(_ exchange: TokenExchange) async throws -> TokenResponse {
        guard let text = exchange.request.deviceCode else { throw OAuthError.missingParameter("device_code") }
        let secret = OpaqueSecret(text: text)
        return try await exchange.redeem(failure: Self.failure) { db, told -> Poll in
            let device = try Self.known(secret, exchange, db)
            switch device.state {
            case .pending: return .waiting(try Self.wait(device, exchange, db))
            case .denied: throw OAuthError.accessDenied("User did not authorize the request")
            case .redeemed: throw OAuthError.invalidDeviceCode
            case .approved(let approval):
                // Written in the transaction that found it approved: of parallel polls exactly one gets here.
                try db.deviceAuthorizations.markRedeemed(device.id)
                return .ready(try Self.tokens(device, approval, exchange, &told, db))
            }
        } sign: { poll, key in
            switch poll {
            case .waiting(let error): throw AuditedRefusal(error: error)
            case .ready(let prepared): return try exchange.issuer.sign(prepared, by: key)
            }
        }
    }

    private static func known(
        _ secret: OpaqueSecret, _ exchange: TokenExchange, _ db: TenantDatabase
    ) throws -> DeviceAuthorization {
        guard let device = try db.deviceAuthorizations.find(deviceCode: secret),
            device.clientID == exchange.client.clientID
        else { throw OAuthError.invalidDeviceCode }
        guard exchange.context.now < device.expiresAt else { throw OAuthError.deviceCodeExpired }
        return device
    }

    /// RFC 8628 §3.5: whoever asks too early waits five seconds longer from then on.
    private static func wait(
        _ device: DeviceAuthorization, _ exchange: TokenExchange, _ db: TenantDatabase
    ) throws -> OAuthError {
        let now = exchange.context.now
        let isEarly = device.polledAt.map { now < $0.adding(seconds: device.interval) } ?? false
        let interval = isEarly ? min(device.interval + 5, DeviceCodeEndpoint.lifetime) : device.interval
        try db.deviceAuthorizations.notePoll(device.id, at: now, interval: interval)
        return isEarly ? .devicePollsTooOften : .deviceIsWaiting
    }

    private static func tokens(
        _ device: DeviceAuthorization, _ approval: DeviceAuthorization.Approval, _ exchange: TokenExchange,
        _ told: inout LogDetails, _ db: TenantDatabase
    ) throws -> PreparedTokens {
        told.userID = approval.userID
        guard let user = try db.users.find(approval.userID),
            !user.mustLogInAgain(since: approval.authenticatedAt)
        else { throw OAuthError.invalidDeviceCode }
        told.user = user
        guard !user.isBlocked else { throw OAuthError.userIsBlocked }
        let (client, now) = (exchange.client, exchange.context.now)
        let audience = try audience(of: device, exchange, db)
        let authorization = UserAuthorization(
            familyID: try db.tokenFamilies.insert(clientID: client.clientID, userID: user.userID, at: now),
            user: user, connection: approval.connection, scope: approval.scope, audience: audience, nonce: nil,
            authenticatedAt: approval.authenticatedAt, wantsAuthTime: false, mark: nil,
            sessionID: approval.sessionID)
        let prepared = try exchange.issuer.prepare(authorization, refresh: .issue, in: db)
        let success = LogDetails(
            audience: audience, scope: prepared.scope, user: user,
            connection: try db.connections.identity(name: approval.connection))
        try db.logs.append(
            exchange.audit.success(.successDeviceExchange, "Device code for access token", details: success))
        return prepared
    }

    /// The audience the user agreed to, by the rule of /authorize: the tenant's default where the device named none.
    private static func audience(
        of device: DeviceAuthorization, _ exchange: TokenExchange, _ db: TenantDatabase
    ) throws -> String? {
        let wanted = try device.audience ?? db.settings.load()?.defaultAudience
        return wanted == exchange.context.userInfoAudience ? nil : wanted
    }
}
