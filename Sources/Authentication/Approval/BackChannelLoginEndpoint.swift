import Hummingbird
import StrictJSON
import Tenancy
import TenantHTTP

/// `POST /bc-authorize` (CIBA Core §7): a client that has proved itself asks for a login of a user who is elsewhere, and
/// polls for the answer.
struct BackChannelLoginEndpoint: Sendable {
    func answer(_ request: Request, _ context: TenantContext) async throws -> Response {
        let (parameters, query) = try await request.tokenParameters()
        let credentials = try ClientCredentials(request, parameters)
        let known = try await context.shard.client(credentials.clientID)
        let audit = TokenAudit(
            request, credentials, telemetry: query["auth0Client"], client: known, isProven: false, context: context)
        do {
            let client = try await context.authenticated(known, by: credentials)
            // CIBA Core §7.1: only clients that can prove who they are may have users disturbed.
            guard !client.isPublic else {
                throw OAuthError.clientNotAuthenticated(challengesBasic: credentials.usesBasic)
            }
            guard client.allows(grantType: BackChannelLoginGrant.type) else {
                throw OAuthError.backChannelNotAllowed
            }
            let wanted = try BackChannelLoginRequest(credentials, parameters, issuer: context.issuer)
            // What could not be granted later is refused now, while the client can still be told.
            let authorization = try await ApprovalRules.authorization(wanted.authorizeRequest, client, context)
            let handle = try await ask(wanted, authorization.organization, client, audit, context)
            return .json(
                [
                    "auth_req_id": .string(handle.text), "expires_in": .int(Int(wanted.lifetime)),
                    "interval": .int(Int(ApprovalRequest.standardInterval)),
                ], contentType: "application/json")
        } catch let error as OAuthError {
            let refused = audit.failure(.failedBackChannelLoginStart, error)
            try await context.shard.write { try $0.logs.append(refused) }
            throw error
        }
    }

    private func ask(
        _ wanted: BackChannelLoginRequest, _ organization: OrganizationLogin?, _ client: Client, _ audit: TokenAudit,
        _ context: TenantContext
    ) async throws -> OpaqueSecret {
        let (handle, now, origin) = (OpaqueSecret.random(), context.now, context.ownOrigin)
        let question = ApprovalRequest(
            .login(
                scope: wanted.scope, audience: wanted.audience, organizationID: organization?.organization.id),
            userID: wanted.userID, clientID: client.clientID, message: wanted.bindingMessage,
            lifetime: wanted.lifetime, at: now)
        try await context.shard.write { db in
            // Nobody, somebody blocked and somebody of a connection the client does not have look alike.
            guard let user = try db.users.find(wanted.userID), !user.isBlocked,
                let connection = try db.connections.find(name: user.connection),
                connection.isEnabled(for: client.clientID)
            else { throw OAuthError.unknownUser("The user of login_hint is not known") }
            try organization?.require(user, by: connection, in: db)
            guard let recipient = ApprovalRecipient(user) else {
                throw OAuthError.unknownUser("The user of login_hint cannot be reached")
            }
            let isAsked = try db.ask(
                question, handle: handle, to: recipient, connection: user.connection, origin: origin, at: now)
            guard isAsked else {
                throw OAuthError.tooManyAttempts(
                    code: "too_many_requests", "The user was asked too often. Wait for some minutes before retrying.")
            }
            let told = LogDetails(
                audience: wanted.audience, scope: Scopes.parse(wanted.scope), user: user,
                connection: connection.identity, organization: organization?.organization)
            try db.logs.append(
                audit.success(.startedBackChannelLogin, "A login elsewhere was asked for", details: told))
        }
        return handle
    }
}
