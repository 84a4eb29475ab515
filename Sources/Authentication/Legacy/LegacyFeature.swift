import StrictJSON
import Tenancy
import TenantHTTP

/// What only clients of the old kind may use. A client that is OIDC-conformant uses none of it; where a legacy grant
/// type stands for a feature the client must list it; and a tenant may switch a feature off by a flag.
enum LegacyFeature: String, Sendable {
    case password = "http://auth0.com/oauth/legacy/grant-type/ro"
    case passwordByToken = "http://auth0.com/oauth/legacy/grant-type/ro/jwt-bearer"
    case delegationByIDToken = "http://auth0.com/oauth/legacy/grant-type/delegation/id_token"
    case delegationByRefreshToken = "http://auth0.com/oauth/legacy/grant-type/delegation/refresh_token"
    case socialToken = "http://auth0.com/oauth/legacy/grant-type/access_token"
    case tokenInfo = "tokeninfo"
    case unlinking = "unlink"
    case impersonation

    private var grantType: String? { rawValue.hasPrefix("http") ? rawValue : nil }

    private var flag: String? {
        switch self {
        case .password, .passwordByToken: "allow_legacy_ro_grant_types"
        case .delegationByIDToken, .delegationByRefreshToken: "allow_legacy_delegation_grant_types"
        case .tokenInfo: "allow_legacy_tokeninfo_endpoint"
        case .socialToken, .unlinking, .impersonation: nil
        }
    }

    private var description: String {
        switch self {
        case .password, .passwordByToken: "/oauth/ro"
        case .delegationByIDToken, .delegationByRefreshToken: "/delegation"
        case .socialToken: "/oauth/access_token"
        case .tokenInfo: "/tokeninfo"
        case .unlinking: "/unlink"
        case .impersonation: "/users/{id}/impersonate"
        }
    }

    /// Throws ``LegacyRefusal`` unless the client may use the feature.
    func admit(_ client: Client?, _ settings: TenantSettings) throws(LegacyRefusal) -> Client {
        if let flag, settings.document["flags"]?[flag]?.bool == false { throw .endpointDisabled }
        guard let client, !client.isGlobal else { throw .invalidClient }
        guard !client.isOIDCConformant else { throw .endpointDisabled }
        if let grantType, !client.allows(grantType: grantType) { throw .grantTypeNotAllowed(grantType) }
        return client
    }

    /// Reminds the tenant that the client uses what is going away: once a day, in the transaction of the use.
    func note(_ client: Client, _ facts: RequestFacts, in db: TenantDatabase) throws {
        let day: Int64 = 86_400
        let today = facts.date.seconds / day
        let isFirst = try db.spentTransactions.spend(
            OpaqueSecret(text: "depnote\n\(client.clientID)\n\(today)"), until: Timestamp(seconds: (today + 1) * day))
        guard isFirst else { return }
        var event = facts.event(.deprecationNotice, "Legacy endpoint \(description) used")
        event.clientID = client.clientID
        event.clientName = client.name
        event.details = ["feature": .string(description)]
        try db.logs.append(event)
    }
}
