import HTTPTypes
import Hummingbird
import StrictJSON
import Tenancy
import TenantHTTP

/// `POST /oauth/par` (RFC 9126 §2): a client that proves itself sends its authorization request ahead. It is judged by
/// the rules of /authorize at once, and again when the browser brings it.
struct PushedRequestEndpoint: Sendable {
    func answer(_ request: Request, _ context: TenantContext) async throws -> Response {
        let parameters = try await request.apiParameters()
        let query = try request.queryParameters()
        let repeated = query.names.filter(parameters.names.contains)
        guard repeated.isEmpty else { throw OAuthError.duplicateParameters(repeated) }
        let credentials = try ClientCredentials(request, parameters)
        let known = try await context.shard.client(credentials.clientID)
        try await CrossOriginCheck(request, context).admit(known)
        var wanted = try AuthorizeRequest(parameters)
        wanted[.clientID] = credentials.clientID
        wanted[.pushed] = "true"
        do {
            let client = try await context.authenticated(known, by: credentials)
            // RFC 9126 §2.1: a request sent ahead cannot point to another.
            guard wanted.requestObjectURI == nil else {
                throw OAuthError.invalidRequest("The request_uri parameter is not allowed here")
            }
            try await Self.judge(wanted, context)
            let uri = try await PushedRequest.store(wanted, of: client, context)
            return .json(
                ["request_uri": .string(uri), "expires_in": .int(Int(PushedRequest.lifetime))],
                status: .created, contentType: "application/json")
        } catch let error as OAuthError {
            let facts = RequestFacts(request, context, telemetry: wanted.telemetry)
            let refused = Self.event(error, wanted, known, facts)
            try await context.shard.write { try $0.logs.append(refused) }
            throw error
        }
    }

    /// RFC 9126 §2.3: what /authorize would tell by a page or a redirect is told to the client here and now.
    private static func judge(_ request: AuthorizeRequest, _ context: TenantContext) async throws {
        do {
            _ = try await AuthorizeRules.establish(request, context)
        } catch let refusal as UnredirectableRefusal {
            throw OAuthError.invalidRequest(refusal.page.message)
        } catch let refusal as AuthorizationRefusal {
            throw refusal.error
        }
    }

    private static func event(
        _ error: OAuthError, _ request: AuthorizeRequest, _ client: Client?, _ facts: RequestFacts
    ) -> LogEvent {
        var event = facts.event(.failedLogin, error.message)
        event.clientID = request.clientID.map { $0.bounded(64) }
        event.clientName = client?.name ?? "N/A"
        event.details = [
            "error": [
                "message": .string(error.message), "oauthError": .string(error.code),
                "type": "pushed-authorization-request",
            ],
            "qs": .object(request.logged),
        ]
        return event
    }
}
