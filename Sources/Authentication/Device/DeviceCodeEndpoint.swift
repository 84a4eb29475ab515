import HTTPTypes
import Hummingbird
import OpenSSL
import StrictJSON
import Tenancy
import TenantHTTP

/// `POST /oauth/device/code` (RFC 8628 §3.1): a device without a keyboard asks to be let in.
struct DeviceCodeEndpoint: Sendable {
    /// Seconds the user has.
    static let lifetime: Int64 = 900
    /// Seconds between two polls of the device.
    static let interval: Int64 = 5

    func answer(_ request: Request, _ context: TenantContext) async throws -> Response {
        let wanted = try await DeviceCodeRequest(request)
        let client = try await context.shard.client(wanted.credentials.clientID)
        try await CrossOriginCheck(request, context).admit(client)
        do {
            let client = try await context.authenticated(client, by: wanted.credentials)
            guard client.allows(grantType: DeviceCodeGrant.type) else {
                throw OAuthError.grantTypeNotAllowed(DeviceCodeGrant.type)
            }
            guard wanted.organization == nil else { throw OAuthError.organizationNotSupported }
            // What could not be granted later is refused now, while the device can still say so.
            _ = try await DeviceRules.authorization(wanted.authorizeRequest, client, context)
            return Self.response(try await begin(wanted, client, context), context)
        } catch let error as OAuthError {
            var event = RequestFacts(request, context).event(.failedDeviceAuthorization, error.message)
            event.clientID = wanted.credentials.clientID.bounded(64)
            event.clientName = client?.name ?? "N/A"
            event.audience = wanted.audience.map { $0.bounded(256) }
            let refused = event
            try await context.shard.write { try $0.logs.append(refused) }
            throw error
        }
    }

    private struct Codes: Sendable {
        let device: OpaqueSecret
        let user: UserCode
    }

    private func begin(
        _ wanted: DeviceCodeRequest, _ client: Client, _ context: TenantContext
    ) async throws -> Codes {
        let key = try await context.shard.settings().transactionKey
        let device = DeviceAuthorization(
            id: SecureRandom.hex(byteCount: 16), clientID: client.clientID, scope: wanted.scope,
            audience: wanted.audience, interval: Self.interval, expiresAt: context.now.adding(seconds: Self.lifetime))
        while true {
            let codes = Codes(device: .random(), user: UserCode())
            do {
                try await context.shard.write { db in
                    try db.deviceAuthorizations.insert(
                        device, deviceCode: codes.device, userCode: codes.user.digest(key: key))
                }
                return codes
            } catch DeviceAuthorizationStore.Failure.userCodeTaken {
                // One chance in a thousand million: take another.
                continue
            }
        }
    }

    private static func response(_ codes: Codes, _ context: TenantContext) -> Response {
        let verificationURI = context.ownOrigin + DevicePaths.activate
        return .json(
            [
                "device_code": .string(codes.device.text), "user_code": .string(codes.user.text),
                "verification_uri": .string(verificationURI),
                "verification_uri_complete": .string(
                    DevicePaths.complete(verificationURI, userCode: codes.user.text)),
                "expires_in": .int(Int(lifetime)), "interval": .int(Int(interval)),
            ], contentType: "application/json")
    }
}

/// What a device asks for, read once.
private struct DeviceCodeRequest: Sendable {
    let credentials: ClientCredentials
    let scope: String?
    let audience: String?
    /// Devices have no say in it; only known so that it can be refused.
    let organization: String?

    init(_ request: Request) async throws {
        let parameters = try await request.apiParameters()
        let query = try request.queryParameters()
        let repeated = query.names.filter(parameters.names.contains)
        guard repeated.isEmpty else { throw OAuthError.duplicateParameters(repeated) }
        func text(_ name: String) throws -> String? { try parameters.text(name).flatMap { $0.isEmpty ? nil : $0 } }
        credentials = try ClientCredentials(request, parameters)
        scope = try text("scope")
        audience = try text("audience")
        organization = try text("organization")
    }

    var authorizeRequest: AuthorizeRequest {
        AuthorizeRequest(deviceOf: credentials.clientID, scope: scope, audience: audience)
    }
}
