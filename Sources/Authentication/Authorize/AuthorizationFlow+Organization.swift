import Hummingbird
import Tenancy

/// Where the user is asked for the organization, because the client has named none.
extension AuthorizationFlow {
    /// Sends the browser to the page where the name of an organization is typed, before anybody logs in.
    func askForOrganization(
        _ authorization: Authorization, initiatedAt: Timestamp, _ visit: Visit
    ) async throws -> Response {
        guard !authorization.prompt.contains(.none) else {
            throw AuthorizationRefusal(authorization: authorization, error: .organizationUndecided)
        }
        var request = authorization.request
        // The hint is not carried on, so whether it means the session there is has to be decided now (spec 08 T17).
        if request.idTokenHint != nil, try await visit.session(answering: authorization) == nil {
            request.askForLogin()
        }
        let transaction = OrganizationNameTransaction(request: request, initiatedAt: initiatedAt)
        return redirect(to: LoginPaths.link(LoginPaths.organization, try transaction.sealed(visit)), visit)
    }

    /// Sends the browser to the page where a user who has logged in chooses an organization.
    func askToChoose(
        _ authorization: Authorization, _ session: Session, initiatedAt: Timestamp, afterLogin: Bool, _ visit: Visit
    ) throws -> Response {
        guard !authorization.prompt.contains(.none) else {
            throw AuthorizationRefusal(
                authorization: authorization, error: .organizationUndecided, userID: session.userID)
        }
        let transaction = OrganizationTransaction(
            request: authorization.request, initiatedAt: initiatedAt, sessionID: session.id, followsLogin: afterLogin)
        return redirect(to: LoginPaths.link(LoginPaths.organizationChoice, try transaction.sealed(visit)), visit)
    }

    /// The authorization with its organization, as far as the user of a session has no choice; nil where there is one.
    func settle(
        _ authorization: Authorization, _ live: LiveSession, _ visit: Visit
    ) async throws -> Authorization? {
        guard authorization.organizationPrompt != .never else { return authorization }
        guard let connection = try await visit.shard.connection(named: live.session.connection) else {
            throw AuthorizationRefusal(authorization: authorization, error: .loginRequired, user: live.user)
        }
        do {
            return try await visit.shard.read { db in
                try authorization.settlingOrganization(of: live.user, by: connection, in: db)
            }
        } catch let error as OAuthError {
            throw AuthorizationRefusal(authorization: authorization, error: error, user: live.user)
        }
    }
}
