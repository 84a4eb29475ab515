import Hummingbird
import Tenancy
import TenantHTTP

/// One request to a page of the second factor: the transaction it belongs to, judged anew, with its user.
struct SecondFactorVisit: Sendable {
    let flow: AuthorizationFlow
    let visit: Visit
    let transaction: SecondFactorTransaction
    /// The transaction as the pages carry it.
    let sealed: String
    let authorization: Authorization
    let connection: Connection
    let user: User

    var events: AuthorizationEvents {
        AuthorizationEvents(
            facts: visit.facts, authorization: authorization, connection: connection,
            prompts: transaction.prompts + [.secondFactor], initiatedAt: transaction.initiatedAt)
    }

    var check: SecondFactorCheck { SecondFactorCheck(userID: user.userID, now: visit.now) }

    static func open(
        _ sealed: String, _ visit: Visit, _ flow: AuthorizationFlow,
        _ body: @Sendable (SecondFactorVisit) async throws -> Response
    ) async throws -> Response {
        let transaction = try SecondFactorTransaction(opening: sealed, visit)
        return try await flow.judging(transaction.request, visit) { authorization in
            let user = try await visit.shard.read { try $0.users.find(transaction.userID) }
            guard let connection = try await visit.shard.connection(named: transaction.connection),
                let user, !user.isBlocked,
                // Or whoever knew the old password could go on to add a factor of their own (spec 08 L12).
                !user.mustLogInAgain(since: transaction.authenticatedAt)
            else { throw PageError.transactionLost }
            return try await body(
                SecondFactorVisit(
                    flow: flow, visit: visit, transaction: transaction, sealed: sealed, authorization: authorization,
                    connection: connection, user: user))
        }
    }

    /// Ends the login, once: a transaction that has led to a session leads to no other.
    func finish(remembersBrowser: Bool) async throws -> Response {
        let completion = LoginCompletion(
            flow: flow, authorization: authorization, connection: connection, events: events,
            initiatedAt: transaction.initiatedAt, offersPasskey: true)
        let proof = LoginProof(
            authenticatedAt: transaction.authenticatedAt, strength: .secondFactor,
            rememberedCookie: remembersBrowser ? OpaqueSecret.random() : nil)
        let now = visit.now
        return try await completion.finish(userID: user.userID, visit, proof: proof) { [sealed] db in
            let isFirst = try db.spentTransactions.spend(
                OpaqueSecret(text: sealed), until: now.adding(seconds: SealedState.lifetime))
            guard isFirst else { throw PageError.transactionLost }
        }
    }

    /// Shows the recovery code that is good from now on; the login goes on from there.
    func show(_ code: RecoveryCode, remembersBrowser: Bool) throws -> Response {
        var passed = transaction
        passed.isPassed = true
        passed.remembersBrowser = remembersBrowser
        let text = try passed.sealed(visit)
        return response(
            RecoveryCodePage(
                client: authorization.client, code: code, transaction: text, csrf: visit.csrfToken(for: text)))
    }

    func response(_ page: some HostedPage, refused: Bool = false) -> Response {
        flow.pages.response(
            page, brand: visit.brand, status: refused ? .unauthorized : .ok,
            policy: PagePolicy(formTargets: [authorization.redirectURI.policySource]))
    }

    func redirect(to path: String) -> Response {
        .found(LoginPaths.link(path, sealed), headers: PagePolicy.plainHeaders)
    }

    /// Writes what became of an attempt that was refused.
    func log(
        _ refusal: SecondFactorRefusal, wrong: LogType, limit: LogType, _ db: TenantDatabase
    ) throws {
        let type =
            switch refusal {
            case .wrongCode: wrong
            case .tooManyAttempts: limit
            }
        try db.logs.append(events.secondFactor(type, refusal.message, user))
    }
}

extension User {
    /// What the user would call the account.
    var loginName: String { email ?? username ?? userID }
}

extension AuthorizationEvents {
    /// What happened to a second factor at a page.
    func secondFactor(_ type: LogType, _ description: String, _ user: User) -> LogEvent {
        var event = facts.event(type, description)
        event.clientID = authorization.client.clientID
        event.clientName = authorization.client.name
        event.connection = connection?.identity
        event.userID = user.userID
        event.userName = user.email ?? user.username ?? user.name
        return event
    }
}
