import Hummingbird
import Tenancy
import TenantHTTP

/// `GET /v2/logout`: ends the browser's session with the tenant and leads it to a listed place (spec 02 §9).
/// A logout that may not lead where it wants ends nothing.
struct LogoutEndpoint: Sendable {
    let pages: HostedPages
    let ending: SessionEnding

    func get(_ request: Request, _ context: TenantContext) async throws -> Response {
        let parameters = try request.queryParameters()
        let visit = try await Visit(request, context, telemetry: parameters["auth0Client"])
        let clientID = parameters["client_id"].flatMap { $0.isEmpty ? nil : $0 }
        let client: Client? = if let clientID { try await visit.shard.client(clientID) } else { nil }
        let attempt = LogoutAttempt(
            clientID: clientID, client: client, returnTo: parameters["returnTo"].flatMap { $0.isEmpty ? nil : $0 },
            isFederated: parameters["federated"] != nil, settings: visit.settings)
        guard attempt.mayReturn else {
            let wanted = (attempt.returnTo ?? "").prefix(2048)
            throw try await attempt.refusal(
                "The \"returnTo\" URL is not in the list of allowed logout URLs: \(wanted)", visit)
        }
        guard clientID == nil || client != nil else { throw try await attempt.refusal("Unknown client", visit) }
        try await ending.end(attempt, visit)
        return SessionEnding.answer(returnTo: attempt.returnTo, pages, visit)
    }
}
