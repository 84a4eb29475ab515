import OpenSSL
import StrictJSON
import Tenancy
import WebAddresses

/// Who is asked to join an organization: `/api/v2/organizations/{id}/invitations`. The link of an invitation is sealed
/// where it is kept, and stays out of the audit trail.
enum InvitationRoutes {
    static let all = [list, show, create, remove]

    private static let path = "/organizations/:id/invitations"
    private static let idFormat = Format.id("invitation-id")
    private static let lifetime = 604_800

    private static let invitation = Schema.object(
        "The invitation",
        [
            "inviter": .object(
                "Who invites", ["name": .text("Name of who invites", length: 1...300, format: .withoutMarkup)],
                required: ["name"]),
            "invitee": .object(
                "Who is invited", ["email": .text("Address of who is invited", length: 1...254, format: .email)],
                required: ["email"]),
            "client_id": .text("Application to log in to", length: 1...64, format: .clientID),
            "connection_id": .text("Connection to log in by", format: .connectionID),
            "app_metadata": .map("Metadata of the new member"), "user_metadata": .map("Metadata of the new member"),
            "ttl_sec": .integer("Seconds the invitation lives", in: 1...2_592_000),
            "roles": .list("Roles of the new member", of: .text("", format: .id("role-id")), atMost: 50),
            "send_invitation_email": .flag("Whether a mail is sent"),
        ], required: ["inviter", "invitee", "client_id"])

    private static let shown = invitation.hiding(["ttl_sec", "send_invitation_email"]).showing(
        always: [
            "id": .text("The id"), "organization_id": .text("The organization"),
            "invitation_url": .text("Where the invitation is taken"), "ticket_id": .text("Id of the link"),
            "created_at": .moment("When it was made"), "expires_at": .moment("When it ends"),
        ]
    ).named("Invitation")

    private static let list = Route.listing(
        path, of: "invitations", access: ["read:organization_invitations"], idFormat: .organizationID,
        filters: ["sort": .text("Field to sort by", format: .order(by: "created_at"))], item: shown
    ) { paging, call, db in
        let organization = try call.organization(db)
        let read = try db.invitations.portion(
            owner: organization.id, behind: paging.place, offset: paging.offset, atMost: paging.reach
        ).all(in: db)
        let page = try paging.page(of: read, by: \.place, total: try db.invitations.count(owner: organization.id))
        return page.map { $0.map(shown) }
    }

    private static let show = Route.read(
        "\(path)/:member", access: ["read:organization_invitations"], idFormat: .organizationID,
        memberFormat: idFormat, query: .single, successes: [.ok(shown.fields())]
    ) { call, db in
        .ok(Projection(call.query, kept: [])(shown(try found(call, db))))
    }

    private static let create = Route.write(
        .post, path, access: ["create:organization_invitations"], idFormat: .organizationID,
        body: invitation, operation: "Create an invitation", isConfidential: true, successes: [.created(shown)]
    ) { call, db in
        let organization = try call.organization(db)
        guard let client = try db.clients.find(call.body["client_id"]?.string ?? "") else {
            throw ManagementError.inexistent(.client)
        }
        // The application's own way into a login, or the tenant's.
        let standard = try db.settings.load()?.document["default_redirection_uri"]?.string
        let ways = [client.document["initiate_login_uri"]?.string, standard, client.callbacks.first]
        guard let login = ways.compactMap({ $0 }).first(where: { !$0.isEmpty }) else {
            throw ManagementError.badRequest("A login URI is needed: the client has no initiate_login_uri")
        }
        _ = try db.roles(call.texts("roles"))
        if let connection = call.body["connection_id"]?.string { try check(connection, of: organization, db) }
        var document = call.body
        let lifetime = document.removeValue(forKey: "ttl_sec")?.int ?? lifetime
        let isSent = document.removeValue(forKey: "send_invitation_email")?.bool != false
        let ticket = SecureRandom.alphanumeric(32)
        let parameters = [
            ("invitation", ticket), ("organization", organization.id), ("organization_name", organization.name),
        ]
        document["invitation_url"] = .string(URLBuilder.appending(parameters, to: login))
        document["ticket_id"] = .string(ticket)
        document["created_at"] = .string(call.now.iso8601)
        document["expires_at"] = .string(call.now.adding(seconds: Int64(lifetime)).iso8601)
        let invitation = Invitation(
            id: Invitation.newID(), owner: organization.id, createdAt: call.now, document: document)
        try db.invitations.insert(invitation)
        if isSent { try mail(invitation, of: organization, in: db, at: call.now) }
        return .created(shown(invitation))
    }

    /// People log in to an organization by its connections alone: an invitation to any other could not be taken.
    private static func check(_ connectionID: String, of organization: Organization, _ db: TenantDatabase) throws {
        guard try db.connections.find(connectionID) != nil else { throw ManagementError.inexistent(.connection) }
        guard try db.organizationConnections.find(connectionID, of: organization.id) != nil else {
            throw ManagementError.inexistent(.organizationConnection)
        }
    }

    /// Sends the invitation, unless the tenant has switched such mails off. The link leads to the application, which
    /// begins the login with what it finds in it.
    private static func mail(
        _ invitation: Invitation, of organization: Organization, in db: TenantDatabase, at now: Timestamp
    ) throws {
        guard try db.emailTemplates.find(.invitation)?.isEnabled ?? true else { return }
        let document = invitation.document
        var shown: JSONObject = ["id": .string(organization.id), "name": .string(organization.name)]
        shown["display_name"] = organization.document["display_name"] ?? .string(organization.name)
        try db.outbox.enqueue(
            OutgoingMessage(
                .invitation, by: .email, to: invitation.invitee,
                values: [
                    "url": document["invitation_url"] ?? "", "inviter": document["inviter"] ?? [:],
                    "organization": .object(shown),
                ], clientID: invitation.clientID),
            at: now)
    }

    private static let remove = Route.write(
        .delete, "\(path)/:member", access: ["delete:organization_invitations"], idFormat: .organizationID,
        memberFormat: idFormat, operation: "Delete an invitation"
    ) { call, db in
        _ = try db.invitations.delete(try found(call, db).id)
        return .deleted
    }

    private static func found(_ call: Call, _ db: TenantDatabase) throws -> Invitation {
        guard let found = try call.member(of: db.invitations, db) else { throw ManagementError.inexistent(.invitation) }
        return found
    }

    private static func shown(_ invitation: Invitation) -> JSONObject {
        var document: JSONObject = ["id": .string(invitation.id)]
        for (name, value) in invitation.document { document[name] = value }
        document["organization_id"] = invitation.owner.map(JSON.string)
        return document
    }
}
