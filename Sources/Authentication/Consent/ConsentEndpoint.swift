import Hummingbird
import Tenancy
import TenantHTTP

/// The consent dialog and its answer.
struct ConsentEndpoint: Sendable {
    let flow: AuthorizationFlow

    func show(_ request: Request, _ context: TenantContext) async throws -> Response {
        let state = try request.queryParameters()["state"]
        let visit = try await Visit(request, context)
        let transaction = try ConsentTransaction(opening: state, visit)
        return try await flow.judging(transaction.request, visit) { authorization in
            let live = try await session(of: transaction, visit)
            let text = state ?? ""
            let page = ConsentPage(
                client: authorization.client, api: authorization.api, user: live.user, scope: transaction.scope,
                transaction: text, csrf: visit.csrfToken(for: text))
            return flow.pages.response(
                page, brand: visit.brand,
                policy: PagePolicy(formTargets: [authorization.redirectURI.policySource]))
        }
    }

    func submit(_ request: Request, _ context: TenantContext) async throws -> Response {
        let fields = try await request.formParameters()
        let visit = try await Visit(request, context)
        let form = try LoginForm(fields, visit)
        let transaction = try ConsentTransaction(opening: form.transaction, visit)
        return try await flow.judging(transaction.request, visit) { authorization in
            let live = try await session(of: transaction, visit)
            switch form.fields["decision"] {
            case "accept":
                return try await accept(form.transaction, transaction, authorization, live, visit)
            case "deny":
                throw AuthorizationRefusal(
                    authorization: authorization,
                    error: .accessDenied("User did not authorize the request"), user: live.user)
            default: throw PageError.badRequest("Missing required parameter: decision")
            }
        }
    }

    /// Grants the scopes that were shown, once.
    private func accept(
        _ sealed: String, _ transaction: ConsentTransaction, _ established: Authorization, _ live: LiveSession,
        _ visit: Visit
    ) async throws -> Response {
        var authorization = established
        authorization.scope = transaction.scope.filter(established.scope.contains)
        let connection = try await visit.shard.connection(named: live.session.connection)
        let events = AuthorizationEvents(
            facts: visit.facts, authorization: authorization, connection: connection,
            prompts: transaction.followsLogin ? [.login, .consent] : [.consent],
            initiatedAt: transaction.initiatedAt)
        let (now, granted) = (visit.now, authorization)
        let issuance = try await AuthorizationIssuance(granted, events: events, visit)
        let answer = try await visit.shard.write { db -> AuthorizationIssuance.Prepared? in
            let isFirst = try db.spentTransactions.spend(
                OpaqueSecret(text: sealed), until: now.adding(seconds: SealedState.lifetime))
            guard isFirst, let session = try db.sessions.find(id: live.session.id) else { return nil }
            try db.consents.allow(
                granted.scope, userID: live.user.userID, clientID: granted.client.clientID,
                audience: ConsentRule(authorization: granted).audience)
            return try issuance.prepare(for: live.user, session, in: db)
        } then: {
            try $0.map(issuance.sign)
        }
        guard let answer else { throw PageError.transactionLost }
        return answer.response(flow.pages, visit)
    }

    /// The session the transaction is for, if the browser still has it.
    private func session(of transaction: ConsentTransaction, _ visit: Visit) async throws -> LiveSession {
        guard let live = try await visit.liveSession(), live.session.id == transaction.sessionID else {
            throw PageError.transactionLost
        }
        return live
    }
}
