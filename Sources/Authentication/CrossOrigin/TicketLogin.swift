import Hummingbird
import OpenSSL
import Tenancy
import WebAddresses

extension AuthorizationFlow {
    /// `/authorize?login_ticket=…&realm=…`: ends the login that /co/authenticate began. The ticket alone is not
    /// enough, because it has been in an address; the browser shows the verifier too (spec 02 §4).
    func logIn(by text: String, _ authorization: Authorization, _ visit: Visit) async throws -> Response {
        let secret = OpaqueSecret(text: text)
        let ticket = try await ticket(secret, authorization, realm: authorization.request.realm, visit)
        // A browser that names another page than the one that asked has been given somebody else's ticket.
        guard visit.referringOrigin == nil || visit.referringOrigin == ticket.origin || ticket.origin == nil else {
            throw AuthorizationRefusal(
                authorization: authorization, error: .invalidLoginTicket, userID: ticket.userID)
        }
        guard let verifier = visit.cookies[CoVerifier.cookieName(ticket.verifierID)] else {
            return try askForVerifier(of: ticket, secret, authorization, visit)
        }
        return try await finish(ticket, secret, verifier: verifier, authorization, initiatedAt: visit.now, visit)
    }

    /// A ticket of this client and realm that is still good.
    func ticket(
        _ secret: OpaqueSecret, _ authorization: Authorization, realm: String?, _ visit: Visit
    ) async throws -> LoginTicket {
        let now = visit.now
        let found = try await visit.shard.read { try $0.loginTickets.find(secret, at: now) }
        guard let found, found.clientID == authorization.client.clientID,
            realm == nil || realm == found.connection
        else { throw AuthorizationRefusal(authorization: authorization, error: .invalidLoginTicket) }
        return found
    }

    func finish(
        _ ticket: LoginTicket, _ secret: OpaqueSecret, verifier: String, _ authorization: Authorization,
        initiatedAt: Timestamp, _ visit: Visit
    ) async throws -> Response {
        let refusal = AuthorizationRefusal(
            authorization: authorization, error: .invalidLoginTicket, userID: ticket.userID)
        guard constantTimeEqual(OpaqueSecret(text: verifier).hash, ticket.verifierHash),
            let connection = try await visit.shard.connection(named: ticket.connection),
            connection.isEnabled(for: authorization.client.clientID)
        else { throw refusal }
        var events = AuthorizationEvents(
            facts: visit.facts, authorization: authorization, connection: connection, prompts: [.login])
        events.initiatedAt = initiatedAt
        let completion = LoginCompletion(
            flow: self, authorization: authorization, connection: connection, events: events,
            initiatedAt: initiatedAt)
        var response = try await completion.finish(userID: ticket.userID, visit) { db in
            guard try db.loginTickets.spend(secret) else { throw refusal }
        }
        response.setCookie(CoVerifier.deletion(ticket.verifierID))
        return response
    }

    /// Without the cookie only the page that asked can tell the verifier, if the client has named one for that.
    private func askForVerifier(
        of ticket: LoginTicket, _ secret: OpaqueSecret, _ authorization: Authorization, _ visit: Visit
    ) throws -> Response {
        guard let origin = ticket.origin, let page = authorization.client.crossOriginLocation,
            page.origin?.serialized == origin
        else {
            throw AuthorizationRefusal(
                authorization: authorization, error: .invalidLoginTicket, userID: ticket.userID)
        }
        let transaction = TicketTransaction(
            request: authorization.request, ticket: secret, initiatedAt: visit.now)
        return redirect(to: LoginPaths.link(LoginPaths.crossOriginVerifier, try transaction.sealed(visit)), visit)
    }
}

extension OAuthError {
    /// Whatever is wrong with a ticket: one answer for all (spec 08 T34).
    static let invalidLoginTicket = OAuthError.accessDenied("Unknown or invalid login ticket.")
}

extension Client {
    /// The page that tells verifiers where browsers keep no cookies of other sites: `cross_origin_loc`.
    var crossOriginLocation: ParsedURL? {
        document["cross_origin_loc"]?.string.flatMap { try? ParsedURL(parsing: $0) }
    }
}
