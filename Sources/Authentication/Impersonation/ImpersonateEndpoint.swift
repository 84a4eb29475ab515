import Hummingbird
import StrictJSON
import Tenancy
import TenantHTTP
import WebAddresses

/// `POST /users/USER/impersonate` (spec 02 §13): an administrator's program asks for an address that logs a browser in
/// as the user, once and soon. It takes a token of the global client, and a client of the old kind.
struct ImpersonateEndpoint: Sendable {
    func answer(_ request: Request, _ context: TenantContext) async throws -> Response {
        let caller = try await Self.globalClient(request, context)
        let settings = try await context.shard.settings()
        guard !settings.flag("disable_impersonation") else { throw LegacyRefusal.endpointDisabled }
        let parameters = try await request.apiParameters()
        func required(_ name: String) throws -> String {
            guard let text = try parameters.text(name), !text.isEmpty else { throw LegacyRefusal.missing(name) }
            return text
        }
        guard try required("protocol") == "oauth2" else {
            throw LegacyRefusal.invalidRequest("the protocol is not supported")
        }
        let (impersonatorID, clientID) = (try required("impersonator_id"), try required("client_id"))
        let client = try LegacyFeature.impersonation.admit(try await context.shard.client(clientID), settings)
        let userID = context.parameters.get("id").flatMap { try? PercentEncoding.decode(pathSegment: $0) } ?? ""
        let wanted = try Self.authorization(parameters[json: "additionalParameters"]?.object ?? [:], client)
        try await Self.check(wanted, context)
        let bewit = Bewit(
            userID: userID, impersonatorID: impersonatorID, request: wanted,
            expiresAt: context.now.adding(seconds: Bewit.lifetime))
        let facts = RequestFacts(request, context)
        try await context.shard.write { db in
            guard let user = try db.users.find(userID), !user.isBlocked,
                let impersonator = try db.users.find(impersonatorID), !impersonator.isBlocked
            else { throw LegacyRefusal.invalidRequest("the user was not found") }
            try LegacyFeature.impersonation.note(client, facts, in: db)
            var event = facts.event(.apiOperation, "Impersonate a user")
            event.clientID = caller.clientID
            event.clientName = caller.name
            event.userID = user.userID
            event.details = ["impersonator": .string(impersonator.userID), "client_id": .string(client.clientID)]
            try db.logs.append(event)
        }
        let path = "users/\(PercentEncoding.encode(queryComponent: impersonatorID))/impersonate"
        return .text("\(context.issuer)\(path)?&bewit=\(try bewit.sealed(settings, context))", status: .ok)
    }

    private static func globalClient(_ request: Request, _ context: TenantContext) async throws -> Client {
        let refusal = LegacyRefusal.unauthorized("Client is not global.")
        do {
            let token = try await VerifiedAccessToken(
                BearerToken(request), audience: context.oldAPIAudience, context: context)
            guard let client = try await context.shard.client(token.clientID), client.isGlobal else { throw refusal }
            return client
        } catch is BearerTokenError {
            throw refusal
        }
    }

    /// The login the browser is to end with. Whoever acts for another gets no lasting access.
    private static func authorization(_ more: JSONObject, _ client: Client) throws -> AuthorizeRequest {
        func text(_ name: String) throws -> JSON? {
            guard let value = more[name] else { return nil }
            guard value.string != nil else { throw LegacyRefusal.invalidRequest("\(name) must be a string") }
            return value
        }
        let scope = Scopes.parse(try text("scope")?.string ?? "openid").filter { $0 != "offline_access" }
        var document: JSONObject = [
            "client_id": .string(client.clientID), "response_type": try text("response_type") ?? "code",
            "scope": .string(scope.joined(separator: " ")),
        ]
        document["state"] = try text("state")
        document["redirect_uri"] = try text("callback_url")
        return AuthorizeRequest(document)
    }

    /// The program learns now what would go wrong later.
    private static func check(_ wanted: AuthorizeRequest, _ context: TenantContext) async throws {
        do {
            _ = try await AuthorizeRules.establish(wanted, context)
        } catch let refusal as UnredirectableRefusal {
            throw LegacyRefusal.invalidRequest(refusal.page.message)
        } catch let refusal as AuthorizationRefusal {
            throw LegacyRefusal.refused(refusal.error)
        }
    }
}
