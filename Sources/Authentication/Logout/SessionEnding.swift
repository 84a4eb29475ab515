import Hummingbird
import Tenancy
import TenantHTTP

/// Ends the browser's session with the tenant, whichever endpoint asked for it; the clients it was used for are told.
struct SessionEnding: Sendable {
    /// Ends the session of the visit, if there is one, and makes the browser forget it (spec 08 U10: at this host
    /// alone).
    func end(_ attempt: LogoutAttempt, _ visit: Visit) async throws {
        let (facts, cookie, issuer) = (visit.facts, visit.sessionCookie, visit.context.issuer)
        try await visit.shard.write { db in
            let session = try cookie.flatMap { try db.sessions.find(cookie: $0) }
            var event = attempt.event(.successLogout, "User successfully logged out", facts)
            if let session {
                try db.end(session, issuer: issuer, at: facts.date)
                let user = try db.users.find(session.userID)
                event.userID = session.userID
                event.userName = user.flatMap { $0.email ?? $0.username }
                event.connection = try db.connections.identity(name: session.connection)
                event.details?["session_id"] = .string(session.id)
            }
            try db.logs.append(event)
        }
    }

    /// The answer to a logout: where the user wanted to go, or a page.
    static func answer(returnTo: String?, _ pages: HostedPages, _ visit: Visit) -> Response {
        var response =
            returnTo.map { Response.found($0, headers: PagePolicy.plainHeaders) }
            ?? pages.response(LoggedOutPage(), brand: visit.brand)
        response.setCookie(SessionCookie.deletion)
        return response
    }
}
