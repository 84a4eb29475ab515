import Tenancy
import TenantHTTP
import WebAddresses

/// The rules of an authorization that a device began: those of /authorize that do not speak of redirects. What the
/// device may get is judged by the same words as what a browser may get.
enum DeviceRules {
    private static let rules: [any AuthorizeRule] = [AudienceRule(), ScopeRule(), PromptRule()]

    /// Throws ``OAuthError``.
    static func authorization(
        _ request: AuthorizeRequest, _ client: Client, _ context: TenantContext
    ) async throws -> Authorization {
        // A device names no organization, and the contract has none for it: nobody shall approve in vain.
        guard client.organizationUsage != .require else { throw OAuthError.organizationRequired }
        return try await authorization(request, client, backTo: DevicePaths.activate, rules, context)
    }

    /// An authorization whose answer stays here.
    /// - Parameter path: the one place of ours a refused login may lead back to.
    static func authorization(
        _ request: AuthorizeRequest, _ client: Client, backTo path: String, _ rules: [any AuthorizeRule],
        _ context: TenantContext
    ) async throws -> Authorization {
        let page = try ParsedURL(parsing: context.ownOrigin + path)
        var authorization = Authorization(
            request: request, client: client, redirectURI: RedirectURI(url: page, wasSent: true))
        // Nobody used devices before OpenID Connect: sessions are shared as its clients share them.
        authorization.isConformant = true
        for rule in rules { try await rule.apply(to: &authorization, context) }
        return authorization
    }

    /// ``AuthorizeRules/establish(_:_:)`` for the pages a device's user sees: the device must still wait.
    static func establish(
        _ request: AuthorizeRequest, deviceID: String, _ context: TenantContext
    ) async throws -> Authorization {
        let client = try await ClientRule.client(of: request, context)
        let now = context.now
        let device = try await context.shard.read { try $0.deviceAuthorizations.find(id: deviceID) }
        guard let device, device.isOpen(at: now), device.clientID == client.clientID,
            client.allows(grantType: DeviceCodeGrant.type)
        else {
            // Logged by whoever catches the refusal.
            var page = PageError.deviceGone
            page.event = nil
            throw UnredirectableRefusal(page: page, type: "expired_token", client: client)
        }
        do {
            return try await authorization(request, client, context)
        } catch let error as OAuthError {
            throw UnredirectableRefusal(
                page: .forbidden(error.message, code: error.code), type: error.code, client: client)
        }
    }
}

extension AuthorizeRequest {
    /// What a device asks for, in the words of /authorize. Consent is always asked: nobody else stands between a
    /// stranger's device and the account (RFC 8628 §5.4).
    init(deviceOf clientID: String, scope: String?, audience: String?, deviceID: String? = nil) {
        self.init([:])
        self[.clientID] = clientID
        self[.scope] = scope
        self[.audience] = audience
        self[.prompt] = "consent"
        self[.deviceID] = deviceID
    }

    init(_ device: DeviceAuthorization) {
        self.init(deviceOf: device.clientID, scope: device.scope, audience: device.audience, deviceID: device.id)
    }
}

extension PageError {
    static let deviceGone = PageError(
        status: .badRequest, message: "The code has expired or was used already. Ask your device for a new one.",
        code: "expired_token", title: "Please start again", event: .failedDeviceActivation)
}
