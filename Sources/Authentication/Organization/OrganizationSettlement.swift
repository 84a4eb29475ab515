import Tenancy

/// What a user who has logged in may choose from, where the client asks them afterwards (`post_login_prompt`).
///
/// Those they belong to and could have logged in to by the same connection: any other would refuse them.
struct OrganizationOffer: Sendable {
    /// As many as a page shows; in the order they were joined.
    private static let most = 20

    let organizations: [Organization]

    init(to user: User, by connection: Connection, in db: TenantDatabase) throws {
        var ids = try db.organizationMembers
            .organizationIDs(of: user.userID, by: connection.id, limit: Self.most)
        // A connection whose users all belong to one organization, whoever they are.
        if ids.isEmpty, let id = try db.organizationConnections.onlyOrganizationID(assignedBy: connection.id) {
            ids = [id]
        }
        organizations = try ids.compactMap { try db.organizations.find($0) }
    }
}

extension Authorization {
    /// Answers what can be answered without the user, in the transaction that ends the login: the authorization with
    /// its organization, or with none; nil where the user has to choose.
    ///
    /// Throws ``OAuthError`` for who belongs to none where the client is for members alone.
    func settlingOrganization(
        of user: User, by connection: Connection, in db: TenantDatabase
    ) throws -> Authorization? {
        let isRequired = client.organizationUsage == .require
        switch organizationPrompt {
        case .never: return self
        case .beforeLogin:
            // Pages that are not ours end logins as well, and come by no page that asks.
            guard !isRequired else { throw OAuthError.organizationRequired }
            return self
        case .afterLogin: break
        }
        let offered = try OrganizationOffer(to: user, by: connection, in: db).organizations
        guard let first = offered.first else {
            guard !isRequired else { throw OAuthError.noOrganization }
            return choosing(.personal, nil)
        }
        guard offered.count == 1, isRequired else { return nil }
        return choosing(.organization(id: first.id), try db.login(to: first))
    }

    /// The authorization as a user has answered it. Transactions that come after carry the answer on.
    private func choosing(_ choice: OrganizationChoice, _ login: OrganizationLogin?) -> Authorization {
        var chosen = self
        chosen.request.organizationChoice = choice
        chosen.organization = login
        chosen.organizationPrompt = .never
        return chosen
    }

    /// Whether a new account would be let in: nobody makes one only to be refused.
    func admitsSignUp(by connection: Connection, in db: TenantDatabase) throws -> Bool {
        if let organization { return organization.admitsSignUp(by: connection) }
        guard organizationPrompt != .never, client.organizationUsage == .require else { return true }
        // Nobody has said yet to which organization the account is to belong.
        guard organizationPrompt == .afterLogin else { return false }
        return try db.organizationConnections.onlyOrganizationID(assignedBy: connection.id) != nil
    }
}
