import HTTPTypes
import Hummingbird
import Tenancy
import TenantHTTP

/// `POST /oauth/revoke` (RFC 7009, spec 02 §5): a client gives back a token, and with a refresh token everything the
/// user has granted it for the same audience.
struct RevocationEndpoint: Sendable {
    func answer(_ request: Request, _ context: TenantContext) async throws -> Response {
        // `token_type_hint` only says where to look first (RFC 7009 §2.1), and there is one place to look.
        let (parameters, query) = try await request.tokenParameters()
        let credentials = try ClientCredentials(request, parameters)
        let telemetry = try parameters.text("auth0Client") ?? query["auth0Client"]
        let client = try await context.shard.client(credentials.clientID)
        try await CrossOriginCheck(request, context).admit(client)
        do {
            let proven = try await context.authenticated(client, by: credentials)
            guard let token = try parameters.text("token"), !token.isEmpty else {
                throw OAuthError.missingParameter("token")
            }
            let audit = TokenAudit(
                request, credentials, telemetry: telemetry, client: proven, isProven: true, context: context)
            try await Self.revoke(OpaqueSecret(text: token), of: proven, audit, context)
            // RFC 7009 §2.2: the same answer for a token that is unknown, already revoked, or somebody else's.
            return .bytes([], status: .ok, contentType: "application/json")
        } catch let error as OAuthError {
            let audit = TokenAudit(
                request, credentials, telemetry: telemetry, client: client, isProven: false, context: context)
            let event = audit.failure(.failedLogin, error)
            try await context.shard.write { try $0.logs.append(event) }
            throw error
        }
    }

    private static func revoke(
        _ secret: OpaqueSecret, of client: Client, _ audit: TokenAudit, _ context: TenantContext
    ) async throws {
        let now = context.now
        try await context.shard.write { db in
            if let token = try db.refreshTokens.find(secret) {
                guard token.clientID == client.clientID, !token.familyIsRevoked else { return }
                let families = try db.refreshTokens.livingFamilies(
                    userID: token.userID, clientID: client.clientID, audience: token.audience)
                for family in families { try db.tokenFamilies.revoke(family, at: now) }
                let details = LogDetails(
                    audience: token.audience, scope: token.scope, user: try db.users.find(token.userID),
                    connection: try db.connections.identity(name: token.connection))
                try db.logs.append(audit.success(.revokedRefreshToken, "Revoked refresh token", details: details))
            } else if let token = try db.accessTokens.find(secret, at: now), token.clientID == client.clientID {
                try db.accessTokens.delete(secret)
            }
        }
    }
}
