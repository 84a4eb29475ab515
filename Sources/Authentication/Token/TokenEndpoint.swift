import HTTPTypes
import Hummingbird
import Tenancy
import TenantHTTP

extension HTTPField.Name {
    static let auth0ForwardedFor = HTTPField.Name("auth0-forwarded-for")!
}

/// `POST /oauth/token` (spec 02 §5): read the request, check origin and client, hand over to the grant.
struct TokenEndpoint: Sendable {
    /// The types of every grant there is, for discovery.
    static let grantTypes = [
        AuthorizationCodeGrant.type, ClientCredentialsGrant.type, RefreshTokenGrant.type, PasswordGrant.type,
        PasswordRealmGrant.type,
        DeviceCodeGrant.type,
        BackChannelLoginGrant.type,
        TokenExchangeGrant.type,
        FederatedConnectionGrant.type,
        SecondFactorOTPGrant.type, SecondFactorOOBGrant.type, SecondFactorRecoveryGrant.type,
        PasswordlessGrant.type,
    ]

    private let grants: [any TokenGrant]

    init(_ services: AuthenticationServices) {
        let passwords = PasswordLogin(hasher: services.passwordHasher)
        grants = [
            AuthorizationCodeGrant(), ClientCredentialsGrant(), RefreshTokenGrant(), PasswordGrant(login: passwords),
            PasswordRealmGrant(login: passwords),
            DeviceCodeGrant(),
            BackChannelLoginGrant(),
            TokenExchangeGrant(),
            FederatedConnectionGrant(),
            SecondFactorOTPGrant(), SecondFactorOOBGrant(), SecondFactorRecoveryGrant(),
            PasswordlessGrant(),
        ]
    }

    func answer(_ request: Request, _ context: TenantContext) async throws -> Response {
        let token = try await TokenRequest(request)
        let client = try await context.shard.client(token.credentials.clientID)
        try await CrossOriginCheck(request, context).admit(client)
        let grant = grants.first { type(of: $0).type == token.grantType }
        do {
            let client = try await context.authenticated(client, by: token.credentials)
            guard !(client.isPublic && grant.map { type(of: $0).needsConfidentialClient } ?? false) else {
                throw OAuthError.clientNotAuthenticated(challengesBasic: token.credentials.usesBasic)
            }
            let grant = try Self.choose(grant, named: token.grantType, for: client)
            let audit = TokenAudit(request, token, client: client, isProven: true, context: context)
            let exchange = TokenExchange(
                request: token, client: client, context: context, audit: audit,
                proofKey: try await context.proofKey(of: request, for: client))
            return try await grant.exchange(exchange).response
        } catch let refusal as AuditedRefusal {
            throw refusal.error
        } catch let error as OAuthError {
            let audit = TokenAudit(request, token, client: client, isProven: false, context: context)
            let failure = grant.map { type(of: $0).failure } ?? LogType.failedLogin
            let event = audit.failure(failure, error, details: LogDetails(audience: token.audience))
            try await context.shard.write { try $0.logs.append(event) }
            throw error
        }
    }

    private static func choose(
        _ grant: (any TokenGrant)?, named name: String, for client: Client
    ) throws(OAuthError) -> any TokenGrant {
        guard let grant else { throw .unsupportedGrantType }
        guard client.allows(grantType: name) else { throw .grantTypeNotAllowed(name) }
        return grant
    }
}
