import StrictJSON
import Tenancy

/// A login to an organization: by its connections alone, and for its members alone.
struct OrganizationLogin: Sendable {
    let organization: Organization
    let connections: [OrganizationConnectionStore.Item]
    /// The ticket of an invitation, as the request brought it.
    let ticket: String?

    func admits(_ connection: Connection) -> Bool { item(of: connection) != nil }

    /// Whether a new account would belong to the organization: nobody makes one only to be refused.
    func admitsSignUp(by connection: Connection) -> Bool {
        ticket != nil || item(of: connection)?.assignsMembership == true
    }

    private func item(of connection: Connection) -> OrganizationConnectionStore.Item? {
        connections.first { $0.connectionID == connection.id }
    }
}

extension OrganizationLogin {
    /// Sees to it that somebody who is not there to be let in belongs to the organization already, or will by logging
    /// in. Throws ``OAuthError``.
    func require(_ user: User, by connection: Connection, in db: TenantDatabase) throws {
        guard let item = item(of: connection) else { throw OAuthError.connectionNotOfOrganization }
        guard try item.assignsMembership || db.organizationMembers.contains(user.userID, in: organization.id) else {
            throw OAuthError.notMember(userID: user.userID, organizationID: organization.id)
        }
    }

    /// Sees to it that a user who has just proved who they are belongs to the organization, in the transaction that ends
    /// the login: members do; the others by an invitation to their address, or by a connection whose users all belong.
    ///
    /// Throws ``OAuthError`` for anybody else. An invitation that has been used makes no trouble for who has used it:
    /// pages that follow the login come by here again.
    func admit(_ user: User, by connection: Connection, _ events: AuthorizationEvents, in db: TenantDatabase) throws {
        guard let item = item(of: connection) else { throw OAuthError.connectionNotOfOrganization }
        if let ticket, let invitation = try open(ticket, events, in: db) {
            try accept(invitation, for: user, by: connection, events, in: db)
        } else if try !db.organizationMembers.contains(user.userID, in: organization.id) {
            guard ticket == nil else { throw OAuthError.invitationGone }
            guard item.assignsMembership else {
                throw OAuthError.notMember(userID: user.userID, organizationID: organization.id)
            }
            try db.organizationMembers.add(user.userID, to: organization.id, at: events.facts.date)
        }
    }

    /// The invitation of a ticket while it may be accepted at this client.
    private func open(_ ticket: String, _ events: AuthorizationEvents, in db: TenantDatabase) throws -> Invitation? {
        guard
            let invitation = try db.invitations.find(
                name: Invitation.name(ofTicket: ticket), owner: organization.id),
            invitation.clientID == events.authorization.client.clientID, invitation.isOpen(at: events.facts.date)
        else { return nil }
        return invitation
    }

    /// The ticket went to the invited address, so whoever brings it and has that address is who was meant; a user with
    /// another address has only come by the link.
    private func accept(
        _ invitation: Invitation, for user: User, by connection: Connection, _ events: AuthorizationEvents,
        in db: TenantDatabase
    ) throws {
        let now = events.facts.date
        guard invitation.connectionID == nil || invitation.connectionID == connection.id else {
            throw OAuthError.connectionNotOfOrganization
        }
        guard user.email == invitation.invitee else {
            try db.logs.append(events.invitation(.failedInvitation, "The invitation is for another address", user))
            throw OAuthError.accessDenied("The invitation is for another user")
        }
        try db.organizationMembers.add(user.userID, to: organization.id, at: now)
        for role in invitation.roleIDs where try db.roles.find(role) != nil {
            try db.roleUsers.assign(role, to: user.userID, in: organization.id, at: now)
        }
        var document = user.document
        document["email_verified"] = true
        for name in ["app_metadata", "user_metadata"] {
            guard let given = invitation.document[name]?.object, !given.isEmpty else { continue }
            document[name] = .object((document[name]?.object ?? [:]).merging(deep: given))
        }
        try db.users.update(user.replacing(document: document, updatedAt: now))
        _ = try db.invitations.delete(invitation.id)
        try db.logs.append(events.invitation(.successInvitation, "Invitation accepted", user))
    }
}

extension AuthorizationEvents {
    fileprivate func invitation(_ type: LogType, _ description: String, _ user: User) -> LogEvent {
        var event = started(type, description)
        event.userID = user.userID
        event.userName = user.email ?? user.username
        return event
    }
}

extension OAuthError {
    static let invitationGone = OAuthError.invalidRequest("invitation not found or already used")
    static let connectionNotOfOrganization = OAuthError.invalidRequest(
        "the connection is not enabled for the organization")
}

extension Authorization {
    /// Who is expected to log in: whom the client hints at, or whom the invitation is for.
    func suggestedName(_ visit: Visit) async throws -> String? {
        guard request.loginHint == nil, let organization, let ticket = organization.ticket else {
            return request.loginHint
        }
        return try await visit.shard.read { db in
            try db.invitations.find(
                name: Invitation.name(ofTicket: ticket), owner: organization.organization.id
            ).map(\.invitee)
        }
    }
}
