/// The decoded objects almost every request needs.
final class ReadModels: Sendable {
    let clients = ReadModelCache<String, Client>(capacity: 1_000)
    let callingOrigins = ReadModelCache<Int, CallingOrigins>(capacity: 1)
    let globalClient = ReadModelCache<Int, Client>(capacity: 1)
    let connections = ReadModelCache<String, Connection>(capacity: 200)
    /// Names by client. Where there are many, reading all at once is quicker than looking each up.
    let enabledConnections = ReadModelCache<String, [String]>(capacity: 200)
    static let fewConnections = 16
    let resourceServers = ReadModelCache<String, ResourceServer>(capacity: 200)
    let clientGrants = ReadModelCache<GrantKey, ClientGrant>(capacity: 1_000)
    let signingKeys = ReadModelCache<Int, SigningKeys>(capacity: 1)
    /// Few callers at a time use an API for long, and a token with all scopes takes 25 KB.
    let tokens = ReadModelCache<[UInt8], SignedToken>(capacity: 32)
    let settings = ReadModelCache<Int, TenantSettings>(capacity: 1)
    let blacklist = ReadModelCache<TokenKey, Bool>(capacity: 1_000)
    let appearance = ReadModelCache<Int, PageAppearance>(capacity: 1)

    struct GrantKey: Hashable, Sendable {
        let clientID: String
        let resourceServerID: String
    }

    struct TokenKey: Hashable, Sendable {
        let tokenID: String
        let audiences: [String]
    }

    func drop(_ stale: Set<ReadModel>) {
        for model in stale {
            switch model {
            case .clients:
                clients.drop()
                callingOrigins.drop()
                globalClient.drop()
                // Deleted with their client, as with their API.
                clientGrants.drop()
            case .connections:
                connections.drop()
                enabledConnections.drop()
            case .resourceServers:
                resourceServers.drop()
                clientGrants.drop()
            case .clientGrants: clientGrants.drop()
            case .signingKeys:
                signingKeys.drop()
                tokens.drop()
            case .blacklist: blacklist.drop()
            case .settings:
                settings.drop()
                // Branding, texts and templates are preferences, which stand beside the settings.
                appearance.drop()
            case .outbox, .logoutNotices, .logStreams, .logs: break
            }
        }
    }
}
