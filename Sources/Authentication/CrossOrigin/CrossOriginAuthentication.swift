import Hummingbird
import OpenSSL
import StrictJSON
import Tenancy
import TenantHTTP

/// `POST /co/authenticate` (spec 02 §4): a page of the client's own asks for name and password, or a one-time code, and gets a ticket,
/// which the browser takes to /authorize. Tokens never come from here.
struct CrossOriginAuthentication: Sendable {
    let passwords: PasswordLogin

    func answer(_ request: Request, _ context: TenantContext) async throws -> Response {
        let credentials = try CrossOriginCredentials(await request.apiParameters())
        let client = try await context.shard.client(credentials.clientID)
        let check = CrossOriginCheck(request, context)
        try await check.admit(client)
        var attempt = Attempt(
            credentials: credentials, client: client, origin: check.origin.text,
            facts: RequestFacts(request, context))
        do {
            return try await ticket(for: &attempt, context)
        } catch let refusal as CrossOriginRefusal {
            try await report(refusal, attempt, context.shard)
            throw refusal
        } catch let error as OAuthError {
            try await report(.refused(error), attempt, context.shard)
            throw error
        }
    }

    /// What is known of an attempt, as it goes on.
    private struct Attempt {
        let credentials: CrossOriginCredentials
        let client: Client?
        let origin: String?
        let facts: RequestFacts
        var connection: Connection?
        /// Whose attempt it is, for the log alone; nil where nobody is known by the name.
        var userID: String?
    }

    private func ticket(for attempt: inout Attempt, _ context: TenantContext) async throws -> Response {
        guard let client = attempt.client, client.allowsCrossOriginAuthentication else {
            throw CrossOriginRefusal.notAllowed
        }
        let connection = try await connection(for: attempt.credentials, client, context.shard)
        attempt.connection = connection
        let userID = try await userID(&attempt, connection, context)
        attempt.userID = userID
        let (verifier, secret) = (CoVerifier.make(), OpaqueSecret.random())
        let ticket = LoginTicket(
            clientID: client.clientID, userID: userID, connection: connection.name, origin: attempt.origin,
            verifierID: verifier.id, verifier: verifier.secret,
            expiresAt: context.now.adding(seconds: CoVerifier.lifetime))
        let event = event(.successCrossOriginAuth, nil, attempt)
        try await context.shard.write { db in
            // The one who knows the password may know that the user is blocked (spec 08 L3).
            guard let user = try db.users.find(userID), !user.isBlocked else { throw CrossOriginRefusal.blockedUser }
            try db.loginTickets.insert(ticket, secret: secret)
            var event = event
            event.userID = user.userID
            event.userName = user.email ?? user.username ?? user.name
            try db.logs.append(event)
        }
        var response = Response.json([
            "login_ticket": .string(secret.text), "co_verifier": .string(verifier.secret.text),
            "co_id": .string(verifier.id),
        ])
        response.setCookie(verifier.cookie)
        return response
    }

    private func connection(
        for credentials: CrossOriginCredentials, _ client: Client, _ shard: Shard
    ) async throws -> Connection {
        let directory = try await shard.settings().defaultDirectory
        guard let realm = credentials.realm ?? directory else { throw OAuthError.noDefaultDirectory }
        // A connection that is not for this client is as good as none.
        guard let connection = try await shard.connection(named: realm), connection.isEnabled(for: client.clientID)
        else { throw CrossOriginRefusal.unknownRealm(realm) }
        return connection
    }

    private func userID(
        _ attempt: inout Attempt, _ connection: Connection, _ context: TenantContext
    ) async throws -> String {
        switch attempt.credentials.proof {
        case .password(let password) where connection.isDatabase:
            do {
                return try await passwords.userID(
                    of: PasswordLogin.Attempt(
                        connection: connection, name: attempt.credentials.username, password: password,
                        address: attempt.facts.ip, issuer: context.issuer, client: attempt.client), in: context.shard)
            } catch let refusal as PasswordRefusal {
                attempt.userID = refusal.userID
                throw CrossOriginRefusal(refusal.reason)
            }
        case .oneTimeCode(let code) where connection.isPasswordless:
            return try await redeem(code, &attempt, connection, context)
        case .password, .oneTimeCode: throw CrossOriginRefusal.authenticationError
        }
    }

    private func redeem(
        _ code: String, _ attempt: inout Attempt, _ connection: Connection, _ context: TenantContext
    ) async throws -> String {
        guard let recipient = PasswordlessRecipient(attempt.credentials.username, of: connection) else {
            throw CrossOriginRefusal.wrongCredentials
        }
        let login = PasswordlessLogin(
            recipient: recipient, client: attempt.client, address: attempt.facts.ip, issuer: context.issuer,
            shields: try await context.shard.settings().shields, now: context.now)
        let signUp = event(.successSignup, nil, attempt)
        do {
            return try await login.redeem(code, in: context.shard) { type, description, userID in
                // A refusal is told as that of the whole request.
                guard type == .successSignup else { return nil }
                var event = signUp
                event.description = description
                event.userID = userID
                return event
            }.user.userID
        } catch let refusal as PasswordlessLogin.Refusal {
            attempt.userID = refusal.userID
            throw CrossOriginRefusal(refusal.reason)
        }
    }

    private func report(_ refusal: CrossOriginRefusal, _ attempt: Attempt, _ shard: Shard) async throws {
        let event = event(.failedCrossOriginAuth, refusal, attempt)
        try await shard.write { try $0.logs.append(event) }
    }

    private func event(_ type: LogType, _ refusal: CrossOriginRefusal?, _ attempt: Attempt) -> LogEvent {
        var event = attempt.facts.event(type, refusal?.row.message)
        event.clientID = attempt.client?.clientID ?? attempt.credentials.clientID.bounded(64)
        event.clientName = attempt.client?.name ?? "N/A"
        event.connection = attempt.connection?.identity
        event.userID = attempt.userID
        event.userName = attempt.credentials.username.bounded(320)
        var details: JSONObject = [:]
        if let refusal {
            details["error"] = ["message": .string(refusal.row.message), "oauthError": .string(refusal.row.code)]
        }
        if let origin = attempt.origin { details["origin"] = .string(origin) }
        event.details = details
        return event
    }
}

extension Client {
    /// spec 02 §4: only where it is switched on, and only for clients of the new kind.
    var allowsCrossOriginAuthentication: Bool {
        isOIDCConformant && document["cross_origin_auth"]?.bool == true
    }
}
