import Hummingbird
import Tenancy
import TenantHTTP

/// The page that asks a user who has just logged in whether to make a passkey, and its form. The login goes on
/// whatever the answer is.
struct PasskeyOfferEndpoint: Sendable {
    let flow: AuthorizationFlow

    func show(_ request: Request, _ context: TenantContext) async throws -> Response {
        let sealed = try request.queryParameters()["state"] ?? ""
        let visit = try await Visit(request, context)
        return try await OpenedPasskeyOffer.open(sealed, visit, flow) { opened in try await opened.page() }
    }

    func submit(_ request: Request, _ context: TenantContext) async throws -> Response {
        let fields = try await request.formParameters()
        let visit = try await Visit(request, context)
        let form = try LoginForm(fields, visit)
        return try await OpenedPasskeyOffer.open(form.transaction, visit, flow) { opened in
            guard form.fields["action"] != "later" else {
                var response = try await opened.finish()
                response.setCookie(PasskeyLaterCookie.cookie)
                return response
            }
            return try await opened.register(SecurityKeyAnswer(form.fields), form.fields["ceremony"])
        }
    }
}

extension AuthorizationFlow {
    func offerPasskey(_ transaction: PasskeyOfferTransaction, _ visit: Visit) throws -> Response {
        redirect(to: LoginPaths.link(LoginPaths.passkeyOffer, try transaction.sealed(visit)), visit)
    }
}

/// One request to the page, with its transaction judged anew.
private struct OpenedPasskeyOffer: Sendable {
    let flow: AuthorizationFlow
    let visit: Visit
    let transaction: PasskeyOfferTransaction
    /// The transaction as the page carries it.
    let sealed: String
    let authorization: Authorization
    let connection: Connection
    let user: User

    static func open(
        _ sealed: String, _ visit: Visit, _ flow: AuthorizationFlow,
        _ body: @Sendable (OpenedPasskeyOffer) async throws -> Response
    ) async throws -> Response {
        let transaction = try PasskeyOfferTransaction(opening: sealed, visit)
        return try await flow.judging(transaction.request, visit) { authorization in
            let user = try await visit.shard.read { try $0.users.find(transaction.userID) }
            guard let connection = try await visit.shard.connection(named: transaction.connection),
                let user, transaction.holds(for: user)
            else { throw PageError.transactionLost }
            return try await body(
                OpenedPasskeyOffer(
                    flow: flow, visit: visit, transaction: transaction, sealed: sealed, authorization: authorization,
                    connection: connection, user: user))
        }
    }

    private var events: AuthorizationEvents {
        AuthorizationEvents(
            facts: visit.facts, authorization: authorization, connection: connection, prompts: transaction.prompts,
            initiatedAt: transaction.initiatedAt)
    }

    func page(error: String? = nil) async throws -> Response {
        let ceremony = WebAuthnCeremony(.create, .passkey, for: user.userID, visit)
        let known = try await visit.shard.read {
            try $0.passkeys.list(of: user.userID, relyingParty: ceremony.relyingParty)
        }
        let options = ceremony.options(
            account: user.loginName, tenant: visit.brand.tenantName, known: known.map(\.credentialID))
        let page = PasskeyOfferPage(
            client: authorization.client, account: user.loginName, transaction: sealed,
            csrf: visit.csrfToken(for: sealed), options: options.text(), ceremony: try ceremony.sealed(visit),
            error: error)
        return flow.pages.response(
            page, brand: visit.brand, status: error == nil ? .ok : .unauthorized,
            policy: PagePolicy(formTargets: [authorization.redirectURI.policySource]))
    }

    /// Adds the passkey and ends the login, in one transaction.
    func register(_ answer: SecurityKeyAnswer, _ text: String?) async throws -> Response {
        guard connection.allowsPasskeys else { throw PageError.transactionLost }
        let ceremony = try WebAuthnCeremony(opening: text, .create, .passkey, for: user.userID, visit)
        guard let (credential, count) = ceremony.register(answer) else {
            return try await page(error: "The passkey could not be made. Try again.")
        }
        let passkey = Passkey(
            credentialID: credential.id, userID: user.userID, relyingParty: ceremony.relyingParty,
            publicKey: credential.key, signCount: count, createdAt: visit.now)
        let events = events
        let mail = AccountMail(
            issuer: visit.context.issuer, client: authorization.client, connection: connection.name)
        return try await finish { [user, transaction] db in
            // Meanwhile the user may have got another password, or a factor: what was proved before then adds nothing.
            guard let known = try db.users.find(user.userID), transaction.holds(for: known),
                try PasskeyOffer.mayAdd(user.userID, after: transaction.strength, in: db),
                try db.passkeys.insert(passkey)
            else { throw PageError.transactionLost }
            try db.logs.append(events.passkey(.completedEnrollment, "Passkey enrolled", user))
            try mail.sendNotice(.passkeyEnrolled, to: known, in: db, at: passkey.createdAt)
        }
    }

    /// Ends the login, once.
    func finish(
        adding work: @escaping @Sendable (TenantDatabase) throws -> Void = { _ in }
    ) async throws -> Response {
        let completion = LoginCompletion(
            flow: flow, authorization: authorization, connection: connection, events: events,
            initiatedAt: transaction.initiatedAt)
        let proof = LoginProof(authenticatedAt: transaction.authenticatedAt, strength: transaction.strength)
        let end = visit.now.adding(seconds: SealedState.lifetime)
        return try await completion.finish(userID: user.userID, visit, proof: proof) { [sealed] db in
            guard try db.spentTransactions.spend(OpaqueSecret(text: sealed), until: end) else {
                throw PageError.transactionLost
            }
            try work(db)
        }
    }
}

extension AuthorizationEvents {
    /// What became of a passkey.
    func passkey(_ type: LogType, _ description: String, _ user: User?) -> LogEvent {
        var event = facts.event(type, description)
        event.clientID = authorization.client.clientID
        event.clientName = authorization.client.name
        event.connection = connection?.identity
        event.userID = user?.userID
        event.userName = user?.loginName
        return event
    }
}
