import HTTPTypes
import Hummingbird
import OpenSSL
import StrictJSON
import Tenancy
import TenantHTTP

/// The endpoints by which an application asks for a code and checks it (spec 02 §7).
struct PasswordlessAPI: Sendable {
    /// `POST /passwordless/start`. The answer is the same whether or not the address has a user, and whether or not
    /// one may be made (spec 08 L3).
    func start(_ request: Request, _ context: TenantContext) async throws -> Response {
        let body = try await request.apiParameters()
        let client = try await Self.client(request, body, context)
        let start = try await PasswordlessStart(body, client: client) { name in
            try await context.shard.connection(named: name)
        }
        let facts = RequestFacts(request, context, telemetry: try body.text("auth0Client"))
        let id = try await context.shard.write { db in
            try start.send(facts, context, db)
        }
        guard let id else { throw PasswordlessError.tooMany }
        let property = start.recipient.connection.recipientProperty
        return .json([
            "_id": .string(id), property: .string(start.recipient.text),
            property == "email" ? "email_verified" : "phone_verified": false,
        ])
    }

    private static func client(
        _ request: Request, _ body: APIParameters, _ context: TenantContext
    ) async throws -> Client {
        guard let id = try body.text("client_id"), !id.isEmpty else { throw PasswordlessError.missing("client_id") }
        let client = try await context.shard.client(id)
        try await CrossOriginCheck(request, context).admit(client)
        guard let client, !client.isGlobal else { throw PasswordlessError.unknownClient }
        // Widgets of confidential clients run in browsers and prove nothing; a proof that is sent has to be right.
        guard try await isRight(try proof(of: client, body), client, context) else {
            throw PasswordlessError.wrongSecret
        }
        return client
    }

    /// The secret or the assertion that came, whichever it is (RFC 6749 §2.3: never both).
    private static func proof(of client: Client, _ body: APIParameters) throws -> ClientCredentials.Secret {
        let secret = try body.text("client_secret")
        let assertion: ClientAssertion?
        do {
            assertion = try ClientAssertion(body)
        } catch is OAuthError {
            throw PasswordlessError.wrongSecret
        }
        guard let assertion else { return secret.map(ClientCredentials.Secret.body) ?? .absent }
        guard secret == nil, assertion.subject == client.clientID else { throw PasswordlessError.wrongSecret }
        return .assertion(assertion)
    }

    private static func isRight(
        _ proof: ClientCredentials.Secret, _ client: Client, _ context: TenantContext
    ) async throws -> Bool {
        switch proof {
        case .absent: true
        // The widget of a client that sends its secret by Basic elsewhere sends it here as it can; a secret never
        // opens what a key locks.
        case .body(let secret):
            client.isPublic
                || client.tokenEndpointAuthMethod != .privateKeyJWT && client.tokenEndpointAuthMethod != .mutualTLS
                    && constantTimeEqual(secret, client.secret)
        case .basic, .assertion: try await context.isProven(client, by: proof)
        }
    }

    /// `POST /passwordless/verify`: whether a typed code is right. It stays good for /passwordless/verify_redirect, to
    /// which the widget navigates next.
    func verify(_ request: Request, _ context: TenantContext) async throws -> Response {
        let body = try await request.apiParameters()
        if let id = try body.text("client_id") {
            try await CrossOriginCheck(request, context).admit(try await context.shard.client(id))
        }
        guard let name = try body.text("connection") else { throw OAuthError.missingParameter("connection") }
        guard let connection = try await context.shard.connection(named: name) else {
            throw OAuthError.invalidRequest("the connection was not found")
        }
        guard connection.isPasswordless else {
            throw OAuthError.invalidRequest("specified strategy does not support requested operation")
        }
        let property = connection.recipientProperty
        guard let address = try body.text(property) else { throw OAuthError.missingParameter(property) }
        guard let code = try body.text("verification_code") else {
            throw OAuthError.missingParameter("verification_code")
        }
        guard let recipient = PasswordlessRecipient(address, of: connection) else {
            throw OAuthError.invalidRequest("\(property) is not valid")
        }
        let facts = RequestFacts(request, context)
        let login = PasswordlessLogin(
            recipient: recipient, address: facts.ip, issuer: context.issuer,
            shields: try await context.shard.settings().shields, now: facts.date)
        let refusal = try await context.shard.write { db -> PasswordlessLogin.Refusal? in
            guard let refusal = try login.refusal(of: code, usingUp: false, db) else { return nil }
            var event = facts.event(refusal.logType, refusal.description(for: recipient))
            event.connection = connection.identity
            event.userID = refusal.userID
            event.userName = recipient.text
            event.details = refusal.details
            try db.logs.append(event)
            return refusal
        }
        guard let refusal else { return .json([:]) }
        let told = refusal.reason
        return .json(
            ["error": .string(told.code), "error_description": .string(refusal.message(for: recipient))],
            status: told.status)
    }
}
