import Hummingbird
import Tenancy
import TenantHTTP

/// The way of an authorization: rules, session, consent, answer. It stops where the user has something to do and
/// goes on from a transaction when that is done.
struct AuthorizationFlow: Sendable {
    let pages: HostedPages

    /// /authorize itself, and what goes on from a question that came before the login.
    /// - Parameter initiatedAt: when the authorization began; nil for just now.
    func begin(
        _ request: AuthorizeRequest, initiatedAt: Timestamp? = nil, _ visit: Visit
    ) async throws -> Response {
        try await judging(request, visit) { authorization in
            let initiatedAt = initiatedAt ?? visit.now
            if let ticket = request.loginTicket { return try await logIn(by: ticket, authorization, visit) }
            if authorization.organizationPrompt == .beforeLogin {
                return try await askForOrganization(authorization, initiatedAt: initiatedAt, visit)
            }
            guard let live = try await visit.session(answering: authorization) else {
                return try askForLogin(authorization, initiatedAt: initiatedAt, visit)
            }
            guard try await !needsSecondFactor(authorization, live, visit) else {
                return try askForSecondFactor(
                    SecondFactorTransaction(stepUp: live, authorization, initiatedAt: initiatedAt), authorization,
                    visit)
            }
            return try await proceed(authorization, by: live, Passage(initiatedAt: initiatedAt), visit)
        }
    }

    /// How an authorization has come as far as a session that is good enough.
    struct Passage: Sendable {
        let initiatedAt: Timestamp
        /// Whether the user logged in for it, rather than by an older session.
        var followsLogin = false
        /// What the user was asked since.
        var prompts: [AuthorizationEvents.Prompt] = []
        /// The transaction that is used up when the client gets its answer.
        var spending: String?
    }

    /// From a session that is good enough to the answer, unless the user has something to choose or to allow.
    func proceed(
        _ established: Authorization, by live: LiveSession, _ passage: Passage, _ visit: Visit
    ) async throws -> Response {
        guard let authorization = try await settle(established, live, visit) else {
            return try askToChoose(
                established, live.session, initiatedAt: passage.initiatedAt, afterLogin: passage.followsLogin, visit)
        }
        try await admit(live, to: authorization, visit)
        guard try await !needsConsent(authorization, live.user, visit) else {
            return try askForConsent(
                authorization, live.session, initiatedAt: passage.initiatedAt, afterLogin: passage.followsLogin, visit)
        }
        return try await finish(authorization, live, passage, visit)
    }

    /// Applies the rules and then `body`, and gives every refusal its form: a page, or the client's redirect.
    /// Pages of a transaction come here too, because a client may have changed while the user was typing.
    func judging(
        _ request: AuthorizeRequest, _ visit: Visit, _ body: (Authorization) async throws -> Response
    ) async throws -> Response {
        do {
            let authorization = try await AuthorizeRules.establish(request, visit.context)
            guard let locales = request.locales else { return try await body(authorization) }
            return try await PageLanguage.$requested.withValue(locales) { try await body(authorization) }
        } catch let refusal as UnredirectableRefusal {
            let event = refusal.event(visit.facts, request)
            var page = refusal.page
            page.logID = try await visit.shard.write { try $0.logs.record(event) }
            throw page
        } catch let refusal as AuthorizationRefusal {
            let event = AuthorizationEvents(facts: visit.facts, authorization: refusal.authorization)
                .refusal(refusal.error, user: refusal.user, userID: refusal.userID)
            try await visit.shard.write { try $0.logs.append(event) }
            return AuthorizationResponse(error: refusal.error, for: refusal.authorization, visit)
                .response(pages, visit)
        }
    }

    /// The answer for a session that is good enough, without asking the user anything.
    private func finish(
        _ authorization: Authorization, _ live: LiveSession, _ passage: Passage, _ visit: Visit
    ) async throws -> Response {
        let connection = try await visit.shard.connection(named: live.session.connection)
        let events = AuthorizationEvents(
            facts: visit.facts, authorization: authorization, connection: connection,
            prompts: (passage.followsLogin ? [.login] : []) + passage.prompts, initiatedAt: passage.initiatedAt)
        let issuance = try await AuthorizationIssuance(authorization, events: events, visit)
        let end = visit.now.adding(seconds: SealedState.lifetime)
        let answer = try await visit.shard.write { db -> AuthorizationIssuance.Prepared? in
            // It may have ended meanwhile, by a logout in another tab.
            guard let session = try db.sessions.find(id: live.session.id) else { return nil }
            if let sealed = passage.spending, try !db.spentTransactions.spend(OpaqueSecret(text: sealed), until: end) {
                throw PageError.transactionLost
            }
            return try issuance.prepare(for: live.user, session, in: db)
        } then: {
            try $0.map(issuance.sign)
        }
        guard let answer else { return try askForLogin(authorization, initiatedAt: passage.initiatedAt, visit) }
        return answer.response(pages, visit)
    }

    private func askForLogin(
        _ authorization: Authorization, initiatedAt: Timestamp, _ visit: Visit
    ) throws -> Response {
        guard !authorization.prompt.contains(.none) else {
            throw AuthorizationRefusal(authorization: authorization, error: .loginRequired)
        }
        var request = authorization.request
        // The hint is not carried on, and the session there is was no answer to it (spec 08 T17).
        if request.idTokenHint != nil { request.askForLogin() }
        let transaction = LoginTransaction(request: request, initiatedAt: initiatedAt)
        return redirect(to: LoginPaths.link(LoginPaths.login, try transaction.sealed(visit)), visit)
    }

    /// Sends the browser to the consent dialog.
    func askForConsent(
        _ authorization: Authorization, _ session: Session, initiatedAt: Timestamp, afterLogin: Bool = false,
        _ visit: Visit
    ) throws -> Response {
        guard !authorization.prompt.contains(.none) else {
            throw AuthorizationRefusal(authorization: authorization, error: .consentRequired, userID: session.userID)
        }
        let transaction = ConsentTransaction(
            request: authorization.request, initiatedAt: initiatedAt, sessionID: session.id,
            scope: authorization.scope, followsLogin: afterLogin)
        if let device = DeviceConsent(transaction) {
            return redirect(to: LoginPaths.link(DevicePaths.consent, try device.sealed(visit)), visit)
        }
        if let approval = ApprovalConsent(transaction) {
            return redirect(to: LoginPaths.link(ApprovalPaths.login, try approval.sealed(visit)), visit)
        }
        return redirect(to: LoginPaths.link(LoginPaths.decision, try transaction.sealed(visit)), visit)
    }

    /// Sends the browser to the page of the second factor.
    func askForSecondFactor(
        _ transaction: SecondFactorTransaction, _ authorization: Authorization, _ visit: Visit
    ) throws -> Response {
        guard !authorization.prompt.contains(.none) else {
            throw AuthorizationRefusal(
                authorization: authorization, error: .interactionRequired(SecondFactorRequired.message),
                userID: transaction.userID)
        }
        return redirect(to: LoginPaths.link(LoginPaths.secondFactor, try transaction.sealed(visit)), visit)
    }

    /// A session made for one client may be too weak for another.
    private func needsSecondFactor(
        _ authorization: Authorization, _ live: LiveSession, _ visit: Visit
    ) async throws -> Bool {
        let need = SecondFactorNeed(authorization: authorization, visit: visit)
        guard need.isPossible else { return false }
        return try await visit.shard.read { db in
            try need.exists(for: live.user.userID, secondFactorAt: live.session.secondFactorAt, in: db)
        }
    }

    /// Sees to it that the user of a session belongs to the organization, where the login is to one.
    private func admit(_ live: LiveSession, to authorization: Authorization, _ visit: Visit) async throws {
        guard let organization = authorization.organization else { return }
        guard let connection = try await visit.shard.connection(named: live.session.connection) else { return }
        let events = AuthorizationEvents(facts: visit.facts, authorization: authorization, connection: connection)
        // What is refused is written too: that somebody came with another's invitation.
        let refused = try await visit.shard.write { db -> OAuthError? in
            // Accepting an invitation writes the user: as it is now, or what has changed since would be undone.
            guard let user = try db.users.find(live.user.userID) else { return .loginRequired }
            guard !user.isBlocked else { return .userIsBlocked }
            do {
                try organization.admit(user, by: connection, events, in: db)
                return nil
            } catch let error as OAuthError {
                return error
            }
        }
        if let refused { throw AuthorizationRefusal(authorization: authorization, error: refused, user: live.user) }
    }

    private func needsConsent(_ authorization: Authorization, _ user: User, _ visit: Visit) async throws -> Bool {
        let rule = ConsentRule(authorization: authorization)
        guard rule.asks(given: nil) else { return false }
        let stored = try await visit.shard.read { db in
            try db.consents.find(
                userID: user.userID, clientID: authorization.client.clientID, audience: rule.audience)
        }
        return rule.asks(given: stored)
    }

    /// To a page of our own, in a browser that is known from here on.
    func redirect(to page: String, _ visit: Visit) -> Response {
        var response = Response.found(page, headers: PagePolicy.plainHeaders)
        if visit.browser.isNew { response.setCookie(visit.browser.cookie) }
        return response
    }
}
