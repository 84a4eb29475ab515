import OpenSSL

/// What almost every request needs, decoded and kept until a write makes it stale.
extension Shard {
    public func client(_ clientID: String) async throws -> Client? {
        try await models.clients.value(clientID) {
            try await self.read { try $0.clients.find(clientID) }
        }
    }

    public func connection(named name: String) async throws -> Connection? {
        try await models.connections.value(name) {
            try await self.read { try $0.connections.find(name: name) }
        }
    }

    /// Where a client's users log in, oldest first: see ``ConnectionStore/enabled(for:)``.
    public func enabledConnections(of clientID: String) async throws -> [Connection] {
        let names =
            try await models.enabledConnections.value(clientID) {
                try await self.read { try $0.connections.enabled(for: clientID).map(\.name) }
            } ?? []
        // Those of one client are mostly those of others too, and are kept once.
        guard names.count <= ReadModels.fewConnections else {
            return try await models.connections.values(names) {
                try await read { try $0.connections.enabled(for: clientID) }.map { ($0.name, $0) }
            }
        }
        var connections: [Connection] = []
        for name in names { if let connection = try await connection(named: name) { connections.append(connection) } }
        return connections
    }

    public func resourceServer(identifier: String) async throws -> ResourceServer? {
        try await models.resourceServers.value(identifier) {
            try await self.read { try $0.resourceServers.find(identifier: identifier) }
        }
    }

    /// Which scopes of an API a client may have for itself.
    public func clientGrant(clientID: String, resourceServerID: String) async throws -> ClientGrant? {
        try await models.clientGrants.value(.init(clientID: clientID, resourceServerID: resourceServerID)) {
            try await self.read { try $0.clientGrants.find(clientID: clientID, resourceServerID: resourceServerID) }
        }
    }

    public func signingKeys() async throws -> SigningKeys {
        let keys = try await models.signingKeys.value(0) {
            try await self.read { try $0.signingKeys.all() }
        }
        guard let keys else { throw ShardError.damaged(tenantID, reason: "it has no signing key") }
        return keys
    }

    /// What a token says that a key of the tenant has signed; nil for any other. Callers present the same one again and
    /// again, and checking and reading it costs a third of a small request: it is remembered by its digest for as
    /// long as the keys stay what they are.
    public func signedToken(_ text: String) async throws -> SignedToken? {
        try await models.tokens.value(Digest.sha256(text)) {
            SignedToken(text, by: try await self.signingKeys())
        }
    }

    public func settings() async throws -> TenantSettings {
        let settings = try await models.settings.value(0) {
            try await self.read { try $0.settings.load() }
        }
        guard let settings else { throw ShardError.damaged(tenantID, reason: "it has no settings") }
        return settings
    }

    /// Whether an administrator has declared a token worthless.
    public func isBlacklisted(_ tokenID: String, audiences: [String]) async throws -> Bool {
        try await models.blacklist.value(.init(tokenID: tokenID, audiences: audiences)) {
            try await self.read { try $0.blacklistedTokens.contains(tokenID, audiences: audiences) }
        } ?? false
    }

    /// The look and the words of the tenant's hosted pages.
    public func pageAppearance() async throws -> PageAppearance {
        let appearance = try await models.appearance.value(0) {
            try await self.read { try PageAppearance($0) }
        }
        guard let appearance else { throw ShardError.damaged(tenantID, reason: "it has no settings") }
        return appearance
    }

    /// All origins any client of the tenant allows.
    public func callingOrigins() async throws -> CallingOrigins {
        try await models.callingOrigins.value(0) {
            try await self.read { try CallingOrigins($0.clients) }
        } ?? CallingOrigins([])
    }

    /// The client that stands for the tenant as a whole (spec 01 §5).
    public func globalClient() async throws -> Client? {
        try await models.globalClient.value(0) {
            try await self.read { try $0.clients.global() }
        }
    }
}
