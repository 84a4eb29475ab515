import Hummingbird
import OpenSSL
import Tenancy
import TenantHTTP

/// What happens once somebody has proved who they are: a new session, and the answer unless consent comes first; all
/// of it in one transaction with its event.
struct LoginCompletion: Sendable {
    let flow: AuthorizationFlow
    let authorization: Authorization
    let connection: Connection
    let events: AuthorizationEvents
    let initiatedAt: Timestamp
    /// Whether there is a page of ours to go on to: one that asks whether the user wants a passkey may come before the
    /// answer.
    var offersPasskey = false

    private enum Outcome<Issued: Sendable>: Sendable {
        case issued(Issued)
        /// Of what is asked for as the user has settled it.
        case consentWanted(Authorization)
        case organizationWanted
        case secondFactorWanted
        case passkeyOffered
        case blocked
        /// Whoever it is does not belong to the organization.
        case refused(OAuthError)
        /// The user was deleted while logging in.
        case gone

        func map<Other>(_ transform: (Issued) throws -> Other) rethrows -> Outcome<Other> {
            switch self {
            case .issued(let issued): .issued(try transform(issued))
            case .consentWanted(let authorization): .consentWanted(authorization)
            case .organizationWanted: .organizationWanted
            case .secondFactorWanted: .secondFactorWanted
            case .passkeyOffered: .passkeyOffered
            case .blocked: .blocked
            case .refused(let error): .refused(error)
            case .gone: .gone
            }
        }
    }

    /// There is no session before everything that is wanted has been proved, so none can be carried past the second
    /// factor by opening /authorize again (spec 08 L16).
    /// - Parameters:
    ///   - proof: what was proved and when; nil for one factor, just now.
    ///   - adding: what the same transaction does first, a sign-up perhaps.
    func finish(
        userID: String, _ visit: Visit, proof: LoginProof? = nil,
        adding work: @escaping @Sendable (TenantDatabase) throws -> Void = { _ in }
    ) async throws -> Response {
        // Fixation: whatever session the browser came with, it leaves with a new one (spec 08 L2).
        let cookie = OpaqueSecret.random()
        let now = visit.now
        let proof = proof ?? LoginProof(authenticatedAt: now, strength: .single)
        let session = Session(
            id: Session.newID(at: now), userID: userID, connection: connection.name, clientIDs: [],
            authenticatedAt: proof.authenticatedAt, createdAt: now, usedAt: now,
            secondFactorAt: proof.strength.isMultiFactor ? now : nil, usedPasskey: proof.strength == .passkey)
        let offer = offersPasskey ? PasskeyOffer(connection: connection, visit: visit) : nil
        let issuance = try await AuthorizationIssuance(authorization, events: events, visit)
        let outcome = try await visit.shard.write { db in
            try work(db)
            if let remembered = proof.rememberedCookie {
                try db.rememberedBrowsers.remember(remembered, for: userID, at: now)
            }
            return try Self.outcome(of: session, cookie, issuance, offer, db)
        } then: {
            try $0.map(issuance.sign)
        }
        switch outcome {
        case .secondFactorWanted:
            let transaction = SecondFactorTransaction(
                request: authorization.request, initiatedAt: initiatedAt, userID: userID, connection: connection.name,
                authenticatedAt: session.authenticatedAt, prompts: events.prompts)
            return try flow.askForSecondFactor(transaction, authorization, visit)
        case .passkeyOffered:
            let transaction = PasskeyOfferTransaction(
                request: authorization.request, initiatedAt: initiatedAt, userID: userID, connection: connection.name,
                authenticatedAt: session.authenticatedAt, strength: session.strength, prompts: events.prompts)
            return visit.remembering(try flow.offerPasskey(transaction, visit), proof.rememberedCookie)
        case .issued(let answer):
            return visit.loggedIn(answer.response(flow.pages, visit), cookie, remembered: proof.rememberedCookie)
        case .organizationWanted:
            let response = try flow.askToChoose(
                authorization, session, initiatedAt: initiatedAt, afterLogin: true, visit)
            return visit.loggedIn(response, cookie, remembered: proof.rememberedCookie)
        case .consentWanted(let authorization):
            let response = try flow.askForConsent(
                authorization, session, initiatedAt: initiatedAt, afterLogin: true, visit)
            return visit.loggedIn(response, cookie, remembered: proof.rememberedCookie)
        case .blocked:
            return AuthorizationResponse(error: .userIsBlocked, for: authorization, visit)
                .response(flow.pages, visit)
        case .refused(let error):
            return AuthorizationResponse(error: error, for: authorization, visit).response(flow.pages, visit)
        case .gone: throw PageError.transactionLost
        }
    }

    private static func outcome(
        of session: Session, _ cookie: OpaqueSecret, _ issuance: AuthorizationIssuance, _ offer: PasskeyOffer?,
        _ db: TenantDatabase
    ) throws -> Outcome<AuthorizationIssuance.Prepared> {
        let (authorization, events, visit) = (issuance.authorization, issuance.events, issuance.visit)
        guard let known = try db.users.find(session.userID),
            !known.mustLogInAgain(since: session.authenticatedAt)
        else { return .gone }
        guard !known.isBlocked else {
            // Told only to who knows the password (spec 08 L3).
            try db.logs.append(events.refusal(.userIsBlocked, user: known))
            return .blocked
        }
        let login = SecondFactorNeed(authorization: authorization, visit: visit)
        guard try !login.exists(for: known.userID, secondFactorAt: session.secondFactorAt, in: db) else {
            return .secondFactorWanted
        }
        guard let connection = events.connection else { return .gone }
        // Nil where the user has to choose.
        let settled: Authorization?
        do {
            settled = try authorization.settlingOrganization(of: known, by: connection, in: db)
            let told = settled.map(events.replacing) ?? events
            try settled?.organization?.admit(known, by: connection, told, in: db)
        } catch let error as OAuthError {
            try db.logs.append(events.refusal(error, user: known))
            return .refused(error)
        }
        if let offer, try offer.isDue(to: known.userID, after: session.strength, in: db) { return .passkeyOffered }
        // Accepting an invitation to the organization may have changed the user.
        let current = settled?.organization == nil ? known : try db.users.find(known.userID) ?? known
        guard let user = try db.users.recordLogin(current, from: visit.facts.ip, at: visit.now) else {
            return .gone
        }
        if let old = visit.sessionCookie, let replaced = try db.sessions.find(cookie: old) {
            // The same user goes on in a new session; of somebody else's end the clients are told.
            if replaced.userID == user.userID {
                _ = try db.sessions.delete(id: replaced.id)
            } else {
                try db.end(replaced, issuer: visit.context.issuer, at: visit.now)
            }
        }
        guard let settled else {
            try db.sessions.insert(session, cookie: cookie)
            return .organizationWanted
        }
        guard try !mustConsent(user, to: settled, in: db) else {
            try db.sessions.insert(session, cookie: cookie)
            return .consentWanted(settled)
        }
        let used = session.used(by: settled.client.clientID)
        try db.sessions.insert(used, cookie: cookie)
        return .issued(try issuance.settled(settled).prepare(for: user, used, in: db))
    }

    private static func mustConsent(
        _ user: User, to authorization: Authorization, in db: TenantDatabase
    ) throws -> Bool {
        let consent = ConsentRule(authorization: authorization)
        // Most logins need no dialog, whatever was allowed before.
        guard consent.asks(given: nil) else { return false }
        return consent.asks(
            given: try db.consents.find(
                userID: user.userID, clientID: authorization.client.clientID, audience: consent.audience))
    }
}

extension Visit {
    /// Gives the browser its new session.
    fileprivate func loggedIn(
        _ response: Response, _ cookie: OpaqueSecret, remembered: OpaqueSecret?
    ) -> Response {
        var response = remembering(response, remembered)
        response.setCookie(SessionCookie.set(cookie, lifetime: settings.sessionLifetime))
        return response
    }

    fileprivate func remembering(_ response: Response, _ remembered: OpaqueSecret?) -> Response {
        var response = response
        if let remembered { response.setCookie(RememberedBrowserCookie.set(remembered)) }
        return response
    }
}
