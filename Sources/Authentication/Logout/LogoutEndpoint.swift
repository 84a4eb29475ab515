import Hummingbird
import StrictJSON
import Tenancy
import TenantHTTP
import WebAddresses

/// `GET /v2/logout`: ends the browser's session with the tenant and leads it to a listed place (spec 02 §9).
/// A logout that may not lead where it wants ends nothing.
struct LogoutEndpoint: Sendable {
    let pages: HostedPages

    func get(_ request: Request, _ context: TenantContext) async throws -> Response {
        let parameters = try request.queryParameters()
        let visit = try await Visit(request, context, telemetry: parameters["auth0Client"])
        let clientID = parameters["client_id"].flatMap { $0.isEmpty ? nil : $0 }
        let client: Client? = if let clientID { try await visit.shard.client(clientID) } else { nil }
        let returnTo = parameters["returnTo"].flatMap { $0.isEmpty ? nil : $0 }
        // With a client its own list counts, without one the tenant's; an unknown client has none.
        let allowed = clientID == nil ? visit.settings.allowedLogoutURLs : client?.allowedLogoutURLs ?? []
        let attempt = LogoutAttempt(clientID: clientID, client: client, returnTo: returnTo, allowed: allowed)
        if let returnTo, !URLList(allowed, .logout).allows(returnTo) {
            return try await refuse(
                "The \"returnTo\" URL is not in the list of allowed logout URLs: \(returnTo.prefix(2048))", attempt,
                visit)
        }
        if clientID != nil, client == nil { return try await refuse("Unknown client", attempt, visit) }
        return try await logOut(attempt, visit)
    }

    private func logOut(_ attempt: LogoutAttempt, _ visit: Visit) async throws -> Response {
        let (facts, cookie) = (visit.facts, visit.sessionCookie)
        try await visit.shard.write { db in
            let session = try cookie.flatMap { try db.sessions.find(cookie: $0) }
            var event = attempt.event(.successLogout, "User successfully logged out", facts)
            if let session {
                _ = try db.sessions.delete(id: session.id)
                let user = try db.users.find(session.userID)
                event.userID = session.userID
                event.userName = user.flatMap { $0.email ?? $0.username }
                event.connection = try db.connections.find(name: session.connection)
                event.details?["session_id"] = .string(session.id)
            }
            try db.logs.append(event)
        }
        var response =
            attempt.returnTo.map { Response.found($0, headers: PagePolicy().headers) }
            ?? pages.response(LoggedOutPage(), brand: visit.brand)
        response.setCookie(SessionCookie.deletion)
        return response
    }

    private func refuse(_ message: String, _ attempt: LogoutAttempt, _ visit: Visit) async throws -> Response {
        let event = attempt.event(.failedLogout, message, visit.facts)
        try await visit.shard.write { try $0.logs.append(event) }
        throw PageError.badRequest(message)
    }
}

/// Who asked to be logged out, and where to go then.
private struct LogoutAttempt: Sendable {
    let clientID: String?
    let client: Client?
    let returnTo: String?
    let allowed: [String]

    func event(_ type: LogType, _ description: String, _ facts: RequestFacts) -> LogEvent {
        var event = facts.event(type, description)
        event.clientID = clientID.map { String($0.prefix(64)) }
        event.clientName = client?.name ?? (clientID == nil ? nil : "N/A")
        var details: JSONObject = ["allowed_logout_url": .array(allowed.map(JSON.string))]
        if let returnTo { details["return_to"] = .string(String(returnTo.prefix(2048))) }
        event.details = details
        return event
    }
}
