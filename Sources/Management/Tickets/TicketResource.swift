import StrictJSON
import Tenancy
import WebAddresses

/// Links that administrators hand to people themselves: `/api/v2/tickets` (spec 03 §9). The link is a key to the
/// account, so the audit trail has no more of it than that it was made.
enum TicketResource {
    static let routes = [verification, passwordChange]

    private static let lifetime = Int(EmailTemplate.standardLifetime)

    private static let ticket = Schema.shown("The ticket", always: ["ticket": .text("The link")]).named("Ticket")

    private static let common: KeyValuePairs<String, Schema> = [
        "user_id": .text("The user the link is for", length: 1...1_024, format: .userID),
        "client_id": .text("The client the user comes from", length: 1...64, format: .clientID),
        "result_url": .text("Where the link leads in the end", length: 0...2_048, format: .webURLOrEmpty),
        "ttl_sec": .integer("Seconds the link lives; 0 for five days", in: 0...2_592_000),
        "includeEmailInRedirect": .flag("Whether the address is part of the final URL"),
        "organization_id": .text("Organization the user logs in to", length: 1...64),
    ]

    private static let verification = Route.write(
        .post, "/tickets/email-verification", access: ["create:user_tickets"],
        body: schema(
            "The ticket",
            adding: [
                "identity": .object(
                    "The identity whose address is verified; the user's own where none is named",
                    [
                        "user_id": .text("Its id at the provider", length: 1...1_024),
                        "provider": .text("Its provider", length: 1...128),
                    ], required: ["user_id", "provider"])
            ], required: ["user_id"]),
        operation: "Create an email verification ticket", isConfidential: true, successes: [.created(ticket)]
    ) { call, db in
        guard let user = try db.users.find(call.body["user_id"]?.string ?? "") else {
            throw ManagementError.inexistent(.user)
        }
        return try issue(
            .verifyEmail, to: user, linked: try linkedAddress(of: user, call), marksVerified: true, call, db)
    }

    /// An identity that is linked to a user (`provider|id`), and its address.
    private struct LinkedAddress {
        let identity: String
        let email: String
    }

    /// The identity the request names; nil where that is the user's own, or none is named.
    private static func linkedAddress(of user: User, _ call: Call) throws -> LinkedAddress? {
        guard let named = call.body["identity"]?.object else { return nil }
        let (provider, id) = (named["provider"]?.string ?? "", named["user_id"]?.string ?? "")
        // The id may come with the provider before it, as where identities are linked.
        let identity = id.hasPrefix(provider + "|") ? id : "\(provider)|\(id)"
        guard identity != user.userID else { return nil }
        guard let linked = user.linkedIdentity(identity) else { throw ManagementError.inexistent(.user) }
        guard let email = linked["profileData"]?["email"]?.string else {
            throw ManagementError.badRequest("The identity has no email address")
        }
        return LinkedAddress(identity: identity, email: email)
    }

    private static let passwordChange = Route(
        method: .post, path: "/tickets/password-change", access: ["create:user_tickets"],
        body: schema(
            "The ticket",
            adding: [
                "email": .text("Address of the user, beside the connection", length: 1...254, format: .email),
                "connection_id": .text("Connection of the user", length: 1...64, format: .connectionID),
                "mark_email_as_verified": .flag("Whether using the link proves the address"),
                "new_password": .text("The password the link brings into force", length: 1...1_024),
            ], required: []),
        operation: "Create a password change ticket", isConfidential: true, successes: [.created(ticket)]
    ) { call in
        let proves = call.body["mark_email_as_verified"]?.bool == true
        guard let password = call.body["new_password"]?.string else {
            return try await call.commit { db in
                try issue(.changePassword, to: try databaseUser(call, db), marksVerified: proves, call, db)
            }
        }
        // It is held against the rules now: whoever follows the link has no say in it.
        let (user, connection, earlier) = try await call.shard.read { db in
            let user = try databaseUser(call, db)
            guard let connection = try db.connections.find(name: user.connection) else {
                throw ManagementError.unknownConnection
            }
            let size = PasswordRules(connection).historySize
            return (user, connection, try db.users.earlierPasswords(of: user.userID, limit: size))
        }
        let hash = try await call.hash(password, for: connection, profile: user.document, earlier: earlier)
        return try await call.commit { db in
            let now = try databaseUser(call, db)
            guard now.userID == user.userID, now.connection == connection.name else {
                throw ManagementError.inexistent(.user)
            }
            return try issue(.changePassword, to: now, marksVerified: proves, newPassword: hash, call, db)
        }
    }

    private static func databaseUser(_ call: Call, _ db: TenantDatabase) throws -> User {
        let found: User?
        if let id = call.body["user_id"]?.string {
            guard call.body["email"] == nil, call.body["connection_id"] == nil else {
                throw ManagementError.badRequest("Name the user by user_id, or by email and connection_id, not both")
            }
            found = try db.users.find(id)
        } else {
            guard let email = call.body["email"]?.string, let id = call.body["connection_id"]?.string else {
                throw Violation(reason: "Missing required property: user_id", property: "", description: "")
            }
            guard let connection = try db.connections.find(id) else { throw ManagementError.unknownConnection }
            found = try db.users.find(email: email).first { $0.connection == connection.name }
        }
        guard let user = found else { throw ManagementError.inexistent(.user) }
        guard try db.connections.find(name: user.connection)?.isDatabase == true else {
            throw ManagementError.badRequest("The user has no password to change")
        }
        return user
    }

    private static func issue(
        _ purpose: Ticket.Purpose, to user: User, linked: LinkedAddress? = nil, marksVerified: Bool,
        newPassword hash: String? = nil, _ call: Call, _ db: TenantDatabase
    ) throws -> Answer {
        let client = try call.body["client_id"]?.string.map { id in
            guard let client = try db.clients.find(id) else { throw ManagementError.inexistent(.client) }
            return client
        }
        let organization = try call.body["organization_id"]?.string.map { id in
            guard let organization = try db.organizations.find(id) else {
                throw ManagementError.inexistent(.organization)
            }
            return organization
        }
        let seconds = call.body["ttl_sec"]?.int ?? 0
        let result = try resultURL(client, organization, call)
        let secret = Ticket.newSecret()
        try db.tickets.issue(
            Ticket(
                purpose, userID: user.userID, email: linked?.email ?? user.email, identity: linked?.identity,
                clientID: client?.clientID, resultURL: result, marksEmailVerified: marksVerified, newPasswordHash: hash,
                includesEmail: call.body["includeEmailInRedirect"]?.bool ?? true,
                expiresAt: call.now.adding(seconds: Int64(seconds == 0 ? lifetime : seconds))),
            secret: secret)
        let mail = AccountMail(issuer: call.issuer, client: client, connection: user.connection)
        return .created(["ticket": .string(mail.link(secret, purpose))])
    }

    /// Where the link leads in the end: what the request names, or else the application's own beginning of a login, to
    /// the organization where there is one. One of the two says it, never both.
    private static func resultURL(
        _ client: Client?, _ organization: Organization?, _ call: Call
    ) throws -> String? {
        let named = call.body["result_url"]?.string.flatMap { $0.isEmpty ? nil : $0 }
        guard client != nil || organization != nil else { return named }
        guard named == nil else {
            throw ManagementError.badRequest("result_url cannot be used with client_id or organization_id")
        }
        guard let login = client?.document["initiate_login_uri"]?.string else { return nil }
        guard let organization else { return login }
        return URLBuilder.appending(
            [("organization", organization.id), ("organization_name", organization.name)], to: login)
    }

    private static func schema(
        _ description: String, adding others: KeyValuePairs<String, Schema>, required: [String]
    ) -> Schema {
        let properties = (Array(common) + Array(others)).map { Schema.Property(name: $0.key, schema: $0.value) }
        return Schema(.object(Schema.ObjectRule(properties: properties, required: required)), description)
            .acceptingNull(except: Set(required))
    }
}
